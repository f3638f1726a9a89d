/* SPDX-License-Identifier: MIT */
/*
 * Children that stop, go on and end: what wait4 and waitid say, what SIGCHLD says, and
 * children that nobody wants to wait for.  Groups and sessions.
 */
#include "test.h"

static volatile int runs;
static struct linux_siginfo last;

static void
note(int sig unused_arg, struct linux_siginfo *info, struct linux_ucontext *c unused_arg)
{
	runs++;
	last = *info;
}

static void
sleep_ms(int64_t ms)
{
	struct linux_timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (raw_syscall(SYS_nanosleep, &ts, &ts) == -EINTR)
		continue;
}

static int hold[2];	/* a pipe that nobody writes */

/* A child in a group of its own that waits to be killed, or until we end. */
static pid_t
start_child(void)
{
	char c;
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		close(hold[1]);
		while (read(hold[0], &c, 1) < 0)
			continue;
		_exit(9);
	}
	setpgid(pid, pid);
	return pid;
}

static void
end_child(pid_t pid)
{
	int status = 0;

	kill(pid, SIGKILL);
	check_eq(waitpid(pid, &status, 0), pid);
	check_killed(status, SIGKILL);
}

static void
test_stop(void)
{
	static const int sigs[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	int status;
	pid_t pid;

	test_step("stop");
	pid = start_child();
	for (size_t i = 0; i < array_len(sigs); i++) {
		status = 0;
		check_eq(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
		kill(pid, sigs[i]);
		check_eq(waitpid(pid, &status, WUNTRACED), pid);
		check_addr(status, sigs[i] << 8 | 0x7f);
		check_eq(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);	/* once */
		kill(pid, SIGCONT);
		check_eq(waitpid(pid, &status, WCONTINUED), pid);
		check_addr(status, 0xffff);
		check_eq(waitpid(pid, &status, WCONTINUED | WNOHANG), 0);
	}

	test_step("stop-not-asked-for");
	kill(pid, SIGSTOP);
	sleep_ms(20);
	check_eq(waitpid(pid, &status, WNOHANG), 0);

	test_step("stopped-is-deaf");	/* to all but SIGCONT and SIGKILL */
	check_eq(waitpid(pid, &status, WUNTRACED), pid);
	kill(pid, SIGTERM);
	sleep_ms(20);
	check_eq(waitpid(pid, &status, WNOHANG), 0);
	kill(pid, SIGCONT);
	check_eq(waitpid(pid, &status, 0), pid);
	check_killed(status, SIGTERM);

	test_step("stopped-is-killed");
	pid = start_child();
	kill(pid, SIGSTOP);
	check_eq(waitpid(pid, &status, WUNTRACED), pid);
	end_child(pid);
}

static void
test_orphaned(void)
{
	int status = 0;
	pid_t pid;

	/* In a session of its own nobody could continue it: only SIGSTOP stops it. */
	test_step("orphaned-group");
	pid = fork();
	if (pid == 0) {
		raw_syscall(SYS_setsid);
		kill(getpid(), SIGTSTP);
		kill(getpid(), SIGTTIN);
		_exit(3);
	}
	check_eq(waitpid(pid, &status, WUNTRACED), pid);
	check_exited(status, 3);

	/* The leader of a stopped group's parents ends: the group gets SIGHUP and SIGCONT. */
	test_step("orphaned-while-stopped");
	pid = fork();
	if (pid == 0) {
		pid_t child;

		raw_syscall(SYS_setsid);
		child = start_child();
		kill(child, SIGSTOP);
		waitpid(child, &status, WUNTRACED);
		_exit(child == (pid_t)0 ? 1 : 0);
	}
	check_eq(waitpid(pid, &status, 0), pid);
	check_exited(status, 0);
}

static void
test_sigchld(void)
{
	int status;
	pid_t pid;

	test_step("child-exits");
	runs = 0;
	signal_handle(SIGCHLD, note, SA_RESTART);
	pid = fork();
	if (pid == 0)
		_exit(5);
	check_eq(waitpid(pid, &status, 0), pid);
	check_eq(runs, 1);
	check_eq(last.si_code, CLD_EXITED);
	check_eq(last.pid, pid);
	check_eq(last.status, 5);

	test_step("child-is-killed");
	pid = start_child();
	end_child(pid);
	check_eq(runs, 2);
	check_eq(last.si_code, CLD_KILLED);
	check_eq(last.status, SIGKILL);

	test_step("child-stops");
	pid = start_child();
	kill(pid, SIGSTOP);
	check_eq(waitpid(pid, &status, WUNTRACED), pid);
	check_eq(runs, 3);
	check_eq(last.si_code, CLD_STOPPED);
	check_eq(last.status, SIGSTOP);
	kill(pid, SIGCONT);
	check_eq(waitpid(pid, &status, WCONTINUED), pid);
	while (runs < 4)		/* Linux tells when the child runs again */
		sleep_ms(1);
	check_eq(last.si_code, CLD_CONTINUED);

	test_step("no-child-stops");
	signal_handle(SIGCHLD, note, SA_RESTART | SA_NOCLDSTOP);
	kill(pid, SIGSTOP);
	check_eq(waitpid(pid, &status, WUNTRACED), pid);
	check_eq(runs, 4);
	end_child(pid);
	check_eq(runs, 5);
	signal_default(SIGCHLD);
}

/* Children that leave nothing behind. */
static void
test_not_waited_for(void)
{
	int status = 77;

	test_step("sigchld-ignored");
	signal_ignore(SIGCHLD);
	for (int i = 0; i < 3; i++) {
		if (fork() == 0)
			_exit(1);
	}
	check_eq(raw_syscall(SYS_wait4, -1, &status, 0, 0), -ECHILD);
	check_eq(status, 77);

	test_step("no-wait-flag");
	runs = 0;
	signal_handle(SIGCHLD, note, SA_NOCLDWAIT | SA_RESTART);
	if (fork() == 0)
		_exit(1);
	check_eq(raw_syscall(SYS_wait4, -1, &status, 0, 0), -ECHILD);
	check_eq(runs, 1);
	signal_default(SIGCHLD);
}

static void
check_waitid(int which, pid_t id, int options, int code, int status)
{
	struct linux_siginfo info;

	memset(&info, 0xee, sizeof(info));
	check_eq(raw_syscall(SYS_waitid, which, id, &info, options, NULL), 0);
	check_eq(info.si_signo, code != 0 ? SIGCHLD : 0);
	check_eq(info.si_code, code);
	check_eq(info.status, status);
}

static void
test_waitid(void)
{
	struct linux_siginfo info;
	pid_t pid;

	test_step("waitid");
	pid = start_child();
	check_waitid(P_PID, pid, WEXITED | WNOHANG, 0, 0);
	kill(pid, SIGSTOP);
	check_waitid(P_PGID, pid, WSTOPPED | WNOWAIT, CLD_STOPPED, SIGSTOP);
	check_waitid(P_PID, pid, WSTOPPED, CLD_STOPPED, SIGSTOP);
	kill(pid, SIGCONT);
	check_waitid(P_ALL, 0, WCONTINUED, CLD_CONTINUED, SIGCONT);
	kill(pid, SIGTERM);
	check_waitid(P_PID, pid, WEXITED | WNOWAIT, CLD_KILLED, SIGTERM);
	check_waitid(P_PID, pid, WEXITED, CLD_KILLED, SIGTERM);
	check_eq(raw_syscall(SYS_waitid, P_ALL, 0, &info, WEXITED, NULL), -ECHILD);
	check_eq(raw_syscall(SYS_waitid, P_ALL, 0, &info, 0, NULL), -EINVAL);
	check_eq(raw_syscall(SYS_waitid, 9, 0, &info, WEXITED, NULL), -EINVAL);
	check_eq(raw_syscall(SYS_waitid, P_ALL, 0, &info, WEXITED | 0x100, NULL), -EINVAL);
}

static void
test_usage(void)
{
	struct linux_rusage usage;
	int status;
	pid_t pid;

	test_step("usage");
	pid = fork();
	if (pid == 0) {
		for (volatile int i = 0; i < 20000000; i++)
			continue;
		_exit(0);
	}
	memset(&usage, 0xee, sizeof(usage));
	check_eq(raw_syscall(SYS_wait4, pid, &status, 0, &usage), pid);
	check(usage.ru_utime.tv_sec == 0 && usage.ru_utime.tv_usec > 0);
	check_eq(raw_syscall(SYS_getrusage, RUSAGE_CHILDREN, &usage), 0);
	check(usage.ru_utime.tv_sec + usage.ru_utime.tv_usec > 0);
	*(volatile char *)sbrk(PAGE_SIZE) = 1;
	check_eq(raw_syscall(SYS_getrusage, RUSAGE_SELF, &usage), 0);
	check(usage.ru_minflt > 0);
	check_eq(raw_syscall(SYS_getrusage, 2, &usage), -EINVAL);
	check_eq(raw_syscall(SYS_getrusage, RUSAGE_SELF, 8), -EFAULT);
}

static void
in_new_session(void *arg unused_arg)
{
	pid_t pid = getpid();

	check_eq(raw_syscall(SYS_setsid), pid);
	check_eq(raw_syscall(SYS_getsid, 0), pid);
	check_eq(getpgrp(), pid);
	check_eq(raw_syscall(SYS_setsid), -EPERM);
	check_eq(raw_syscall(SYS_setpgid, 0, 0), -EPERM);	/* it leads its session */
	check_eq(raw_syscall(SYS_open, "/dev/tty", O_RDWR), -ENXIO);
}

static void
without_terminal(void *arg unused_arg)
{
	int fd = open("/dev/tty", O_RDWR);

	check_eq(raw_syscall(SYS_ioctl, fd, TIOCNOTTY), 0);
	check_eq(raw_syscall(SYS_open, "/dev/tty", O_RDWR), -ENXIO);
	check_eq(raw_syscall(SYS_ioctl, fd, TIOCNOTTY), -ENOTTY);
}

static void
test_sessions(void)
{
	pid_t pid;
	int fd;

	test_step("session");
	check_exited(test_child(in_new_session, NULL), 0);
	check_eq(raw_syscall(SYS_getsid, 0x3fffffff), -ESRCH);
	check_exited(test_child(without_terminal, NULL), 0);
	fd = open("/dev/tty", O_RDWR);	/* the child gave up its own, not ours */
	check(fd >= 0);
	close(fd);

	test_step("groups");
	pid = start_child();
	check_eq(raw_syscall(SYS_getpgid, pid), pid);
	check_eq(raw_syscall(SYS_setpgid, pid, -1), -EINVAL);
	check_eq(raw_syscall(SYS_setpgid, 0x3fffffff, 0), -ESRCH);
	check_eq(raw_syscall(SYS_setpgid, getppid(), 0), -ESRCH);
	check_eq(raw_syscall(SYS_setpgid, pid, 0x3fffffff), -EPERM);
	end_child(pid);
}

int
main(void)
{
	test_begin("jobs");
	check_eq(pipe(hold), 0);
	test_stop();
	test_orphaned();
	test_sigchld();
	test_not_waited_for();
	test_waitid();
	test_usage();
	test_sessions();
	test_end();
}
