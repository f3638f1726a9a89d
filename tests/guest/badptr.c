/* SPDX-License-Identifier: MIT */
/*
 * Bad pointers in system calls: the answer is EFAULT, for every call and every kind of
 * bad address, and the kernel lives.
 */
#include "test.h"

static const struct {
	const char *name;
	uint64_t address;
} bad[] = {
	{ "null", 0 },
	{ "near-null", 8 },
	{ "hole", 0x200000 },
	{ "end-of-user-half", 0x00007ffffffff000 },
	{ "non-canonical", 0x0000800000000000 },
	{ "non-canonical-top", 0x8000000000000000 },
	{ "direct-map", 0xffff800000100000 },
	{ "kernel-image", 0xffffffff80100000 },
	{ "last-bytes", 0xfffffffffffffffc },
};

static int fds[2];		/* a pipe with a few bytes in it */
static int file, directory, zero;
static char file_path[32];
static char bytes[256];

static void
set_up(void)
{
	snprintf(file_path, sizeof(file_path), "/tmp/badptr-%d", getpid());
	check_eq(pipe(fds), 0);
	check_eq(write(fds[1], "0123456789", 10), 10);
	file = open(file_path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	check_eq(write(file, "0123456789", 10), 10);
	check_eq(lseek(file, 0, SEEK_SET), 0);
	directory = open("/", O_RDONLY | O_DIRECTORY);
	zero = open("/dev/zero", O_RDWR);
	check(file >= 0 && directory >= 0 && zero >= 0);
}

/* M1, N14 */
static void
check_data(uint64_t p)
{
	struct linux_iovec bad_base = { p, 8 };

	check_eq(raw_syscall(SYS_write, fds[1], p, 8), -EFAULT);
	check_eq(raw_syscall(SYS_read, fds[0], p, 8), -EFAULT);
	check_eq(raw_syscall(SYS_write, file, p, 8), -EFAULT);
	check_eq(raw_syscall(SYS_read, file, p, 8), -EFAULT);
	check_eq(raw_syscall(SYS_read, zero, p, 8), -EFAULT);
	check_eq(raw_syscall(SYS_getdents64, directory, p, 1024), -EFAULT);
	check_eq(raw_syscall(SYS_writev, fds[1], p, 1), -EFAULT);
	check_eq(raw_syscall(SYS_readv, fds[0], p, 1), -EFAULT);
	check_eq(raw_syscall(SYS_writev, fds[1], &bad_base, 1), -EFAULT);
	check_eq(raw_syscall(SYS_readv, fds[0], &bad_base, 1), -EFAULT);
}

/* M1, N14 */
static void
check_paths(uint64_t p)
{
	static char *no_args[] = { NULL };

	check_eq(raw_syscall(SYS_open, p, O_RDONLY), -EFAULT);
	check_eq(raw_syscall(SYS_openat, AT_FDCWD, p, O_RDONLY), -EFAULT);
	check_eq(raw_syscall(SYS_stat, p, bytes), -EFAULT);
	check_eq(raw_syscall(SYS_newfstatat, AT_FDCWD, p, bytes, 0), -EFAULT);
	check_eq(raw_syscall(SYS_access, p, F_OK), -EFAULT);
	check_eq(raw_syscall(SYS_chdir, p), -EFAULT);
	check_eq(raw_syscall(SYS_mkdir, p, 0755), -EFAULT);
	check_eq(raw_syscall(SYS_rmdir, p), -EFAULT);
	check_eq(raw_syscall(SYS_unlink, p), -EFAULT);
	check_eq(raw_syscall(SYS_execve, p, no_args, no_args), -EFAULT);
}

/* M8, N14 */
static void
check_results(uint64_t p)
{
	check_eq(raw_syscall(SYS_stat, "/", p), -EFAULT);
	check_eq(raw_syscall(SYS_fstat, file, p), -EFAULT);
	check_eq(raw_syscall(SYS_newfstatat, AT_FDCWD, "/", p, 0), -EFAULT);
	check_eq(raw_syscall(SYS_getcwd, p, 64), -EFAULT);
	check_eq(raw_syscall(SYS_uname, p), -EFAULT);
	check_eq(raw_syscall(SYS_sysinfo, p), -EFAULT);
	check_eq(raw_syscall(SYS_mincore, bytes - (uintptr_t)bytes % PAGE_SIZE, PAGE_SIZE, p),
	    -EFAULT);
	check_eq(raw_syscall(SYS_arch_prctl, ARCH_GET_FS, p), -EFAULT);
}

/* M8: no pipe stays open whose numbers cannot be told: the next file gets the same number. */
static void
check_pipe(uint64_t p)
{
	int next = dup(0), again;

	close(next);
	check_eq(raw_syscall(SYS_pipe, p), -EFAULT);
	check_eq(raw_syscall(SYS_pipe2, p, O_CLOEXEC), -EFAULT);
	again = dup(0);
	check_eq(again, next);
	close(again);
}

static void
do_nothing(void *arg unused_arg)
{
}

/* The child may be gone after the failure, as on Linux, or still be there. */
static void
check_wait(uint64_t p)
{
	pid_t pid = fork();

	if (pid == 0) {
		do_nothing(NULL);
		_exit(0);
	}
	check_eq(raw_syscall(SYS_wait4, pid, p, 0, 0), p == 0 ? pid : -EFAULT);
	waitpid(pid, NULL, 0);
}

/* M1, N14: lengths that wrap around or leave the user half, from a good address. */
static void
check_lengths(void)
{
	test_step("lengths");
	check_eq(raw_syscall(SYS_write, fds[1], bytes, SIZE_MAX), -EFAULT);
	check_eq(raw_syscall(SYS_read, fds[0], bytes, SIZE_MAX), -EFAULT);
	check_eq(raw_syscall(SYS_write, fds[1], bytes, SIZE_MAX - (uintptr_t)bytes + 9), -EFAULT);
	check_eq(raw_syscall(SYS_read, fds[0], bytes, 1UL << 47), -EFAULT);
}

/* N14: a buffer that begins well and runs out of its region: a short count, or EFAULT. */
static void
check_running_out(void)
{
	char *last = (char *)(((uintptr_t)bss_end + PAGE_SIZE - 1) & ~(uintptr_t)(PAGE_SIZE - 1));
	long n;

	test_step("running-out");
	n = raw_syscall(SYS_write, file, last - 16, 32);
	check_msg(n == -EFAULT || (n > 0 && n <= 16), "write: expected -14 or 1 to 16, got %ld", n);
	lseek(file, 0, SEEK_SET);
	ftruncate(file, 100);
	n = raw_syscall(SYS_read, file, last - 16, 32);
	check_msg(n == -EFAULT || (n > 0 && n <= 16), "read: expected -14 or 1 to 16, got %ld", n);
}

/* M4, N14: reading into text or constants: the kernel may not write what the program may not. */
static void
check_read_only(void)
{
	static const char constant[16] = "do not change";
	char before = *(volatile char *)(uintptr_t)do_nothing;

	test_step("read-only");
	check_eq(raw_syscall(SYS_read, zero, do_nothing, 1), -EFAULT);
	check_eq(*(volatile char *)(uintptr_t)do_nothing, before);
	check_eq(raw_syscall(SYS_read, zero, constant, 4), -EFAULT);
	check_str((const char *)(uintptr_t)constant, "do not change");
	check_eq(raw_syscall(SYS_fstat, file, do_nothing), -EFAULT);
	check_eq(raw_syscall(SYS_pipe, constant), -EFAULT);
}

int
main(void)
{
	test_begin("badptr");
	test_step("set-up");
	set_up();
	for (size_t i = 0; i < array_len(bad); i++) {
		test_step(bad[i].name);
		check_data(bad[i].address);
		check_paths(bad[i].address);
		check_results(bad[i].address);
		check_pipe(bad[i].address);
		check_wait(bad[i].address);
	}
	check_lengths();
	check_running_out();
	check_read_only();

	test_step("pipe-still-works");
	check_eq(read(fds[0], bytes, sizeof(bytes)), 10);
	check_eq(memcmp(bytes, "0123456789", 10), 0);
	unlink(file_path);
	test_end();
}
