/* SPDX-License-Identifier: MIT */
/*
 * A system call that does not exist answers ENOSYS, whatever its number looks like.
 * Most of them exist on Linux: there only the last step checks anything.
 */
#include "test.h"

static const uint16_t implemented[] = {
	SYS_read, SYS_write, SYS_open, SYS_close, SYS_stat, SYS_fstat, SYS_lseek, SYS_brk,
	SYS_ioctl, SYS_readv, SYS_writev, SYS_access, SYS_pipe, SYS_sched_yield, SYS_mincore,
	SYS_dup, SYS_dup2, SYS_getpid, SYS_fork, SYS_execve, SYS_exit, SYS_wait4, SYS_kill,
	SYS_uname, SYS_fcntl, SYS_ftruncate, SYS_getcwd, SYS_chdir, SYS_mkdir, SYS_rmdir,
	SYS_unlink, SYS_sysinfo, SYS_getuid, SYS_getgid, SYS_geteuid, SYS_getegid, SYS_setpgid,
	SYS_getppid, SYS_getpgrp, SYS_getpgid, SYS_arch_prctl, SYS_reboot, SYS_gettid,
	SYS_getdents64, SYS_set_tid_address, SYS_exit_group, SYS_openat, SYS_newfstatat,
	SYS_dup3, SYS_pipe2, SYS_fl_sbrk,
};

static bool
is_implemented(long nr)
{
	for (size_t i = 0; i < array_len(implemented); i++)
		if (implemented[i] == nr)
			return true;
	return false;
}

static void
expect_nosys(long nr)
{
	long answer;

	if (is_implemented(nr) || test_on_linux())
		return;
	answer = raw_syscall(nr);
	check_msg(answer == -ENOSYS, "system call 0x%lx: expected %d, got %ld", nr, -ENOSYS,
	    answer);
}

int
main(void)
{
	static const long strange[] = {
		0x7fffffff, 0x80000000, 0x80000000 + SYS_getpid, 0xffffffff, 0xffffffff00000200,
		0x40000000, 0x40000000 + SYS_getpid, INT64_MAX, -1, -ENOSYS,
		1023, 1025, 4096, 65535, 65536 + SYS_getpid,
	};

	test_begin("nosys");

	test_step("small-numbers");
	for (long nr = 0; nr < 512; nr++)
		expect_nosys(nr);

	test_step("strange-numbers");
	for (size_t i = 0; i < array_len(strange); i++)
		expect_nosys(strange[i]);

	test_step("upper-half");	/* is not looked at: the number is an int */
	check_eq(raw_syscall(0x100000000 + SYS_getpid), getpid());
	check_eq(raw_syscall(INT64_MIN + SYS_getpid), getpid());
	test_end();
}
