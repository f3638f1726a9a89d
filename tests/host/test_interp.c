/* SPDX-License-Identifier: MIT */
/*
 * Loading programs that name an interpreter, good and bad ones.
 * host-test: kernel/elf.c kernel/segment.c
 * host-test: MM tests/host/space.c tests/host/invariants.c
 * host-test: tests/host/elffile.c tests/host/sweep.c tests/host/store.c tests/host/fakes.c
 */
#include "host.h"

#include "../../kernel/elf.h"
#include "elffile.h"
#include "fs/fs.h"
#include "mm/pmem.h"
#include "proc.h"
#include "space.h"

static struct inode file;
static struct exec_info info;

static Elf64_Ehdr *
header(void)
{
	return elffile_header(&file);
}

static Elf64_Phdr *
phdr(int i)
{
	return elffile_phdr(&file, i);
}

static Elf64_Phdr *
interp_phdr(int i)
{
	return elffile_phdr(&elffile_interpreter, i);
}

/*
 * The same program with an interpreter named after the headers, which is the same file again
 * but for the name, and position-independent.
 */
static void
make_dynamic(void)
{
	static const char name[] = ELFFILE_INTERPRETER;

	elffile_make(&file);
	elffile_interpreter = file;
	host_store_init(&elffile_interpreter.cache, elffile_interpreter.bytes, MAX_FILE);
	elffile_header(&elffile_interpreter)->e_type = ET_DYN;
	elffile_header(&elffile_interpreter)->e_entry = 0x1000;
	interp_phdr(0)->p_vaddr -= 0x400000;
	interp_phdr(1)->p_vaddr -= 0x400000;
	header()->e_phnum = 4;
	*phdr(3) = (Elf64_Phdr){
		.p_type = PT_INTERP, .p_offset = 0x800, .p_filesz = sizeof(name),
	};
	memcpy(file.bytes + 0x800, name, sizeof(name));
}

static void
begin(void)
{
	elffile_begin();
	make_dynamic();
}

static err_t
try(void)
{
	return elffile_try(&file, &info);
}

/* L13 */
START_TEST(test_interpreter)
{
	vaddr_t base = MMAP_TOP - 0x5000;

	begin();
	make_dynamic();
	ck_assert_int_eq(as_init(&as), ERR_OK);
	ck_assert_int_eq(elf_load(&as, &file, &info), ERR_OK);
	ck_assert_uint_eq(info.base, base);
	ck_assert_uint_eq(info.start, base + 0x1000);
	ck_assert(info.entry == 0x401000 && info.phdr == 0x400040 && info.phnum == 4);
	ck_assert_ptr_eq(as_find_memregion(&as, base, 1)->store,
	    &elffile_interpreter.cache.store);
	ck_assert_ptr_eq(as_find_memregion(&as, 0x400000, 1)->store, &file.cache.store);
	ck_assert_int_eq(as_find_memregion(&as, base + 0x4fff, 1)->perm, MEMPERM_URW);
	ck_assert(as.heap->start > 0x405000 && as.heap->start < 0x410000);
	check_space(&as);
	as_destroy(&as);

	/* One that is linked to an address stays there. */
	elffile_header(&elffile_interpreter)->e_type = ET_EXEC;
	elffile_header(&elffile_interpreter)->e_entry = 0x601000;
	interp_phdr(0)->p_vaddr += 0x600000;
	interp_phdr(1)->p_vaddr += 0x600000;
	ck_assert_int_eq(try(), ERR_OK);
	ck_assert(info.base == 0 && info.start == 0x601000);
	interp_phdr(0)->p_vaddr = 0x400000;				/* over the program */
	ck_assert_int_eq(try(), ERR_LIBBAD);
}
END_TEST

#define refused(change, want) \
	do { \
		make_dynamic(); \
		change; \
		ck_assert_msg(try() == (want), "%s", #change); \
	} while (0)

/* L13 */
START_TEST(test_bad_interpreter)
{
	Elf64_Ehdr *eh = elffile_header(&elffile_interpreter);

	begin();
	refused(phdr(3)->p_filesz = 1, ERR_NOEXEC);
	refused(phdr(3)->p_filesz -= 1, ERR_NOEXEC);		/* no end of the name */
	refused(phdr(3)->p_filesz = PATH_MAX + 1, ERR_NOEXEC);
	refused(phdr(3)->p_filesz = UINT64_MAX, ERR_NOEXEC);
	refused(phdr(3)->p_filesz = PATH_MAX, ERR_NOEXEC);
	refused(phdr(3)->p_offset = MAX_FILE - 2, ERR_IO);
	refused(phdr(3)->p_offset = UINT64_MAX - 2, ERR_IO);
	refused(file.bytes[0x801] = 'x', ERR_NOENT);
	refused(eh->e_ident[0] ^= 1, ERR_LIBBAD);
	refused(eh->e_machine = EM_386, ERR_LIBBAD);
	refused(eh->e_type = ET_REL, ERR_LIBBAD);
	refused(eh->e_phnum = 0, ERR_LIBBAD);
	refused(eh->e_entry = 0x3000, ERR_LIBBAD);
	refused(eh->e_entry = UINT64_MAX, ERR_LIBBAD);
	refused(interp_phdr(0)->p_vaddr = UINT64_MAX - 0x1000, ERR_LIBBAD);
	refused(interp_phdr(1)->p_memsz = 1ul << 46, ERR_OK);
	refused(interp_phdr(1)->p_memsz = USER_END - 0x10000, ERR_NOMEM);
	refused(interp_phdr(0)->p_type = interp_phdr(1)->p_type = PT_NOTE, ERR_LIBBAD);
	refused(elffile_interpreter.cache.size = 63, ERR_IO);
	refused(elffile_interpreter.cache.size = DATA_OFS, ERR_LIBBAD);
}
END_TEST

/* B10, L12 */
START_TEST(test_allocation_failures)
{
	begin();
	ck_assert_uint_gt(elffile_sweep(&file), 9);
}
END_TEST

/* The interpreter's file lies about anything. */
START_TEST(test_hostile)
{
	unsigned loaded = 0;

	begin();
	srand(4);
	for (int round = 0; round < 10000; round++) {
		make_dynamic();
		elffile_spoil(&elffile_interpreter);
		loaded += try() == ERR_OK;
	}
	ck_assert(loaded > 0 && loaded < 10000);
}
END_TEST

HOST_MAIN("interp", test_interpreter, test_bad_interpreter, test_allocation_failures,
    test_hostile)
