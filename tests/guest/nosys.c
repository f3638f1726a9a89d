/* SPDX-License-Identifier: MIT */
/*
 * N7: a system call that does not exist answers ENOSYS, whatever its number looks like.
 * Most of them exist on Linux: there only the last step checks anything.
 */
#include "test.h"

static const uint16_t implemented[] = {
	SYS_read, SYS_write, SYS_open, SYS_close, SYS_stat, SYS_fstat, SYS_lseek, SYS_brk,
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_ioctl, SYS_readv,
	SYS_writev, SYS_access, SYS_pipe, SYS_sched_yield, SYS_mincore, SYS_dup, SYS_dup2,
	SYS_pause, SYS_nanosleep, SYS_getitimer, SYS_alarm, SYS_setitimer, SYS_getpid,
	SYS_clone, SYS_fork, SYS_vfork, SYS_execve, SYS_exit, SYS_wait4, SYS_kill,
	SYS_uname, SYS_fcntl, SYS_ftruncate, SYS_getcwd, SYS_chdir, SYS_mkdir, SYS_rmdir,
	SYS_unlink, SYS_gettimeofday, SYS_getrlimit, SYS_getrusage, SYS_sysinfo, SYS_times,
	SYS_getuid, SYS_getgid, SYS_geteuid, SYS_getegid, SYS_setpgid, SYS_getppid,
	SYS_getpgrp, SYS_setsid, SYS_getpgid, SYS_getsid, SYS_rt_sigpending,
	SYS_rt_sigtimedwait, SYS_rt_sigqueueinfo, SYS_rt_sigsuspend, SYS_sigaltstack,
	SYS_arch_prctl, SYS_setrlimit, SYS_reboot, SYS_gettid, SYS_tkill, SYS_time,
	SYS_futex, SYS_sched_getaffinity, SYS_getdents64, SYS_set_tid_address,
	SYS_restart_syscall, SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep,
	SYS_exit_group, SYS_tgkill, SYS_waitid, SYS_openat, SYS_newfstatat, SYS_dup3,
	SYS_pipe2, SYS_prlimit64, SYS_getrandom, SYS_fl_sbrk, SYS_mmap, SYS_mprotect,
	SYS_munmap, SYS_mremap, SYS_msync, SYS_madvise, SYS_fl_faulttrace,
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
		1023, 1026, 4096, 65535, 65536 + SYS_getpid,
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
