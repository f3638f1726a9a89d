/* SPDX-License-Identifier: MIT */
/*
 * Runs small programs whose one segment, text, goes on for two pages behind the file's end.
 * These pages read zero. A write to one must kill, whether it is there already or not.
 */
#include "lab.h"

#define BASE	0x400000
#define PROGRAM	"/tmp/read-only"

/* Machine code; run() puts another address behind the file in the place of BASE + 0x1800. */
#define LOAD	0x0f, 0xb6, 0x3c, 0x25, 0x00, 0x18, 0x40, 0x00	/* movzbl 0x401800, %edi */
#define STORE	0xc6, 0x04, 0x25, 0x00, 0x18, 0x40, 0x00, 0x07	/* movb $7, 0x401800 */
#define CALL(n)	0xb8, (n), 0x00, 0x00, 0x00, 0x0f, 0x05		/* movl $n, %eax; syscall */
#define EXIT	CALL(SYS_exit)						/* with %edi */

/* sysinfo(0x401800): the kernel writes there, or rather does not. */
#define KERNEL_STORE	0xbf, 0x00, 0x18, 0x40, 0x00, CALL(SYS_sysinfo)
/* mincore(0x401000, 4096, %rsp + n), to know whether the page is there. */
#define LOOK(n)		0xbf, 0x00, 0x10, 0x40, 0x00, 0xbe, 0x00, 0x10, 0x00, 0x00, \
			0x48, 0x8d, 0x54, 0x24, (n), CALL(SYS_mincore)
#define PUSH		0x6a, 0x00				/* pushq $0: room for two answers */
#define DIFFERENCE	0x0f, 0xb6, 0x7c, 0x24, 0x01, 0x40, 0x2a, 0x3c, 0x24
						/* movzbl 1(%rsp), %edi; subb (%rsp), %dil */

static uint32_t target;		/* in the first page behind the file */

static struct {
	/* ELF header */
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
	/* program header */
	uint32_t p_type, p_flags;
	uint64_t p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
	/* text */
	uint8_t code[96];
} image = {
	.ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1 }, .type = 2, .machine = 62, .version = 1,
	.entry = BASE + 120, .phoff = 64, .ehsize = 64, .phentsize = 56, .phnum = 1,
	.p_type = 1, .p_flags = 5, .p_vaddr = BASE, .p_paddr = BASE,
	.p_filesz = sizeof(image), .p_memsz = 3 * PAGE, .p_align = PAGE,
};

static void
run_image(void *arg)
{
	char *argv[] = { PROGRAM, NULL };

	(void)arg;
	test_child_exec(PROGRAM, argv, environ);
	_exit(1);
}

/* Run the N bytes at CODE.  => the wait status */
static int
run(const uint8_t *code, size_t n)
{
	const uint32_t template = BASE + 0x1800;
	int fd;

	memset(image.code, 0, sizeof(image.code));
	memcpy(image.code, code, n);
	for (size_t i = 0; i + sizeof(target) <= n; i++)
		if (memcmp(&image.code[i], &template, sizeof(template)) == 0)
			memcpy(&image.code[i], &target, sizeof(target));
	unlink(PROGRAM);
	fd = open(PROGRAM, O_WRONLY | O_CREAT, 0755);
	if (!check(fd >= 0) || !check_eq(write_all(fd, &image, sizeof(image)), 0))
		return -1;
	close(fd);
	return test_child(run_image, NULL);
}

int
main(void)
{
	static const uint8_t load[] = { LOAD, EXIT };
	static const uint8_t store[] = { STORE, EXIT };
	static const uint8_t load_store[] = { LOAD, STORE, EXIT };
	static const uint8_t kernel_store[] = {
		PUSH, LOOK(0), KERNEL_STORE, LOOK(1), DIFFERENCE, EXIT,
	};

	lab_begin("read-only", "read");
	target = BASE + between(0x1000, 0x1e00);
	check_exited(run(load, sizeof(load)), 0);

	test_step("write");
	check_killed(run(store, sizeof(store)), SIGSEGV);
	check_killed(run(load_store, sizeof(load_store)), SIGSEGV);
	check_msg(run(kernel_store, sizeof(kernel_store)) == 0,
	    "expected no page from a write that is refused, got one");

	test_end();
}
