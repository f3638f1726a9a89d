/* SPDX-License-Identifier: MIT */
/*
 * Gives system calls pointers to memory that is not there.
 * They must fail with EFAULT; the process must live on.
 */
#include "lab.h"

static uint64_t bad[] = {
	0, 8, 0x10000, 0x3ffff0, 64 * GIB, USER_END,
	0x0000800000000000, 0xffff800000000000, 0xffffffff80100000, 0xfffffffffffffff0,
};

static size_t size;
static int file;
static int fds[2];

static void
pass_them(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < array_len(bad); i++) {
		check_msg(raw_syscall(SYS_read, file, bad[i], size) == -EFAULT,
		    "read to 0x%lx: expected EFAULT", bad[i]);
		check_msg(raw_syscall(SYS_write, fds[1], bad[i], size) == -EFAULT,
		    "write from 0x%lx: expected EFAULT", bad[i]);
		check_msg(raw_syscall(SYS_open, bad[i], O_RDONLY) == -EFAULT,
		    "open of the name at 0x%lx: expected EFAULT", bad[i]);
		check_msg(raw_syscall(SYS_pipe, bad[i]) == -EFAULT,
		    "pipe to 0x%lx: expected EFAULT", bad[i]);
	}
}

int
main(int argc, char **argv)
{
	(void)argc;
	lab_begin("bad-pointer", "refused");
	bad[1] = between(1, 0xffff);
	bad[4] = between(64 * GIB, 1024 * GIB);
	size = between(1, 64);
	file = open(argv[0], O_RDONLY);
	check(file >= 0);
	check_eq(pipe2(fds, O_NONBLOCK), 0);
	check_exited(test_child(pass_them, NULL), 0);

	test_step("straddle");
	long n = (long)between(1, 100);
	uint64_t edge = STACK_TOP - n;
	check_msg(raw_syscall(SYS_write, fds[1], edge, n + between(1, 200)) <= n,
	    "write of bytes behind the stack: expected EFAULT, or %ld at most", n);
	check_msg(raw_syscall(SYS_write, fds[1], edge, -edge) <= n,
	    "write of bytes that wrap around: expected EFAULT, or %ld at most", n);

	test_end();
}
