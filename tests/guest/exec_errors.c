/* SPDX-License-Identifier: MIT */
/*
 * An exec that fails says why and leaves its caller as it was; no frame is lost.
 */
#include "test.h"
#include "tinyelf.h"

#define BIG	(132 * 1024)	/* one argument of Linux may have 128 KiB */

static char path[48];
static char *no_args[] = { "x", NULL };
static char *no_env[] = { NULL };

/* execve must answer -ERR, and come back with our memory and registers intact. */
static void
expect(const char *file, char **argv, char **envp, int err)
{
	static volatile uint64_t in_memory;
	volatile uint64_t on_stack = test_random();

	in_memory = on_stack;
	check_eq(raw_syscall(SYS_execve, file, argv, envp), -err);
	check_addr(in_memory, on_stack);
}

static void
expect_image(const void *image, size_t n, mode_t mode, int err)
{
	check_eq(image_write(path, image, n, mode), 0);
	expect(path, no_args, no_env, err);
	unlink(path);
}

/* L3 */
static void
test_paths(void)
{
	static char long_path[PATH_MAX + 10], long_name[NAME_MAX + 20];

	test_step("no-such-file");
	expect("/tmp/no-such-file", no_args, no_env, ENOENT);
	expect("/no-such-directory/file", no_args, no_env, ENOENT);
	expect("", no_args, no_env, ENOENT);

	test_step("bad-path");
	expect("/bin/true/file", no_args, no_env, ENOTDIR);
	memset(long_path, '/', sizeof(long_path) - 1);
	expect(long_path, no_args, no_env, ENAMETOOLONG);
	memset(long_name, 'n', sizeof(long_name) - 1);
	expect(long_name, no_args, no_env, ENAMETOOLONG);

	test_step("not-executable");
	expect_image("text", 4, 0644, EACCES);
	expect("/tmp", no_args, no_env, EACCES);
}

/* L3, L6 */
static void
test_formats(void)
{
	static struct tinyelf e;

	test_step("not-a-program");
	expect_image("", 0, 0755, ENOEXEC);
	expect_image("hello, world\n", 13, 0755, ENOEXEC);
	expect_image("\177ELF", 4, 0755, ENOEXEC);
	tinyelf_init(&e, "", 1);
	expect_image(&e, 40, 0755, ENOEXEC);

	test_step("wrong-kind");
	tinyelf_init(&e, "", 1);
	e.machine = 183;	/* AArch64 */
	expect_image(&e, sizeof(e), 0755, ENOEXEC);
	tinyelf_init(&e, "", 1);
	e.type = 1;		/* an object file */
	expect_image(&e, sizeof(e), 0755, ENOEXEC);
	tinyelf_init(&e, "", 1);
	e.phnum = 0;
	expect_image(&e, sizeof(e), 0755, ENOEXEC);
	tinyelf_init(&e, "", 1);
	e.phentsize = 32;
	expect_image(&e, sizeof(e), 0755, ENOEXEC);
}

/* L7: Linux finds some of these out too late and kills the process instead. */
static void
test_malformed(void)
{
	static const uint64_t bad_address[] = {
		0, 0x1000, 0x00007ffffffff000, 0x0000800000000000, 0xffffffff80100000,
		0xfffffffffffff000,
	};
	static struct tinyelf e;

	if (test_on_linux())
		return;
	test_step("malformed");
	for (size_t i = 0; i < array_len(bad_address); i++) {
		tinyelf_init(&e, "", 1);
		e.p_vaddr = bad_address[i];
		expect_image(&e, sizeof(e), 0755, ENOEXEC);
	}
	tinyelf_init(&e, "", 1);
	e.p_memsz = UINT64_MAX - 0x1000;		/* wraps */
	expect_image(&e, sizeof(e), 0755, ENOEXEC);
	tinyelf_init(&e, "", 1);
	e.p_memsz = e.p_filesz - 1;			/* more in the file than in memory */
	expect_image(&e, sizeof(e), 0755, ENOEXEC);
	tinyelf_init(&e, "", 1);
	e.p_offset = 0x100000;				/* behind the end of the file */
	expect_image(&e, sizeof(e), 0755, ENOEXEC);
	tinyelf_init(&e, "", 1);
	e.phoff = UINT64_MAX - 8;
	expect_image(&e, sizeof(e), 0755, ENOEXEC);
	tinyelf_init(&e, "", 1);
	e.entry = 0xffffffff80100000;
	expect_image(&e, sizeof(e), 0755, ENOEXEC);
}

/* L3 */
static void
test_pointers(void)
{
	static char *bad_args[] = { "x", (char *)0x10, NULL };
	char **kernel = (char **)0xffffffff80100000, **hole = (char **)0x200000;

	test_step("bad-pointers");
	expect(NULL, no_args, no_env, EFAULT);
	expect((char *)kernel, no_args, no_env, EFAULT);
	expect("/bin/true", hole, no_env, EFAULT);
	expect("/bin/true", kernel, no_env, EFAULT);
	expect("/bin/true", no_args, hole, EFAULT);
	expect("/bin/true", bad_args, no_env, EFAULT);
	expect("/bin/true", no_args, bad_args, EFAULT);
}

/* L4 */
static void
test_too_big(void)
{
	static char big[BIG], *big_args[] = { "x", big, NULL }, *many[102];

	test_step("too-big");
	memset(big, 'b', sizeof(big) - 1);
	expect("/bin/true", big_args, no_env, E2BIG);
	expect("/bin/true", no_args, big_args, E2BIG);
	/* All together: no more than a quarter of the stack's limit. */
	memset(big, 'b', BIG - 8 * 1024);
	big[BIG - 8 * 1024] = '\0';
	for (size_t i = 0; i + 1 < array_len(many); i++)
		many[i] = big;
	expect("/bin/true", many, no_env, E2BIG);
	expect("/bin/true", no_args, many, E2BIG);
}

static void
test_all(void)
{
	test_paths();
	test_formats();
	test_malformed();
	test_pointers();
	test_too_big();
}

/* B6, L3: the same failures again: every frame that they took must have come back. */
static void
test_frames(void)
{
	static struct tinyelf bad;
	size_t before;

	test_step("frames");
	tinyelf_init(&bad, "", 1);
	bad.machine = 183;
	check_eq(image_write(path, &bad, sizeof(bad), 0755), 0);
	before = free_frames();
	for (int i = 0; i < 20; i++) {
		expect("/tmp/no-such-file", no_args, no_env, ENOENT);
		expect(path, no_args, no_env, ENOEXEC);
		expect("/bin/true", (char **)0x200000, no_env, EFAULT);
		expect("/bin/true", no_args, (char **)0x200000, EFAULT);
	}
	check_frames(before);
	unlink(path);
}

/* After all that we can still become another program. */
static void
become_true(void *arg unused_arg)
{
	execv("/bin/true", no_args);
}

int
main(void)
{
	test_begin("exec_errors");
	snprintf(path, sizeof(path), "/tmp/exec-%d", getpid());
	test_all();
	test_frames();

	test_step("still-works");
	check_exited(test_child(become_true, NULL), 0);
	test_end();
}
