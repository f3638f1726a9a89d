/* SPDX-License-Identifier: MIT */
/*
 * Files that may be programs or scripts.  Whatever is in one, elf_load returns, and all is given
 * back.  What it loads shows the file's bytes, and can be touched.
 * host-test: kernel/elf.c kernel/segment.c kernel/script.c MM kernel/pgfault.c
 * host-test: tests/host/elffile.c tests/host/sweep.c tests/host/cpu.c
 * host-test: tests/host/store.c tests/host/space.c tests/host/invariants.c tests/host/fakes.c
 */
#include "fuzz.h"

#include "../../kernel/elf.h"
#include "cpu.h"
#include "elffile.h"
#include "mm/fault.h"
#include "mm/pmem.h"
#include "proc.h"
#include "script.h"
#include "space.h"

static struct inode file;

void
fuzz_begin(void)
{
	elffile_begin();
}

/* Touch both ends of every region: none may be more than the file has. */
static void
touch_all(void)
{
	list_for_each(node, &as.regions) {
		const struct memregion *r = list_entry(node, struct memregion, as_node);

		if (r->end == r->start)
			continue;
		must(r->start >= USER_START && r->end <= USER_END);
		(void)cpu_access(&as, r->start, is_write_memperm(r->perm) ? PF_WRITE : 0);
		(void)cpu_access(&as, r->end - 1, 0);
	}
}

/* Is S a string that lies in LINE, and does it not begin with a blank? */
static void
expect_word(const char *line, const char *s)
{
	size_t n;

	must(s > line && s < line + SCRIPT_LINE);
	n = strnlen(s, line + SCRIPT_LINE - s);
	must(n > 0 && s + n < line + SCRIPT_LINE);
	must(s[0] != ' ' && s[0] != '\t');
	must(memchr(s, '\n', n) == NULL);
}

/* Take the first line of DATA for a script's, whatever it begins with. */
static void
parse_script(const uint8_t *data, size_t size)
{
	struct script s = { .line = { 0 } };

	memcpy(s.line, data, min(size, sizeof(s.line)));
	if (!script_parse(&s))
		return;
	expect_word(s.line, s.interpreter);
	must(strpbrk(s.interpreter, " \t") == NULL);
	if (s.argument != NULL) {
		expect_word(s.line, s.argument);
		must(s.argument > s.interpreter + strlen(s.interpreter));
	}
}

void
fuzz_one(const uint8_t *data, size_t size)
{
	size_t before = pmem_free_count();
	struct exec_info info;
	err_t err;

	if (size > MAX_FILE)
		return;
	parse_script(data, size);
	memcpy(file.bytes, data, size);
	memset(file.bytes + size, 0, MAX_FILE - size);
	host_store_init(&file.cache, file.bytes, size);
	elffile_interpreter = file;		/* one that names it is its own interpreter */
	host_store_init(&elffile_interpreter.cache, elffile_interpreter.bytes, size);
	must_eq(as_init(&as), ERR_OK);
	err = elf_load(&as, &file, &info);
	must(err == ERR_OK || err == ERR_NOEXEC || err == ERR_NOMEM || err == ERR_NOENT ||
	    err == ERR_LIBBAD || err == ERR_IO);
	if (err == ERR_OK) {
		must(cpu_access(&as, info.start, PF_FETCH) != SEGV);
		must(as.heap != NULL && as.heap->start == as.brk_start);
		touch_all();
	}
	check_space(&as);
	vpmap_load(&kernel_vpmap);
	as_destroy(&as);
	must_eq(file.cache.users, 0);
	must_eq(elffile_interpreter.refs, 0);
	must_eq(elffile_interpreter.cache.users, 0);
	must_eq(pmem_free_count(), before);
}
