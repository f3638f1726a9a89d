/* SPDX-License-Identifier: MIT */
/*
 * Signals that come while a system call sleeps: it fails with EINTR or is made again, as
 * SA_RESTART says; ignored ones do not disturb it.  Alarms and sleeping.
 */
#include "test.h"

#define MS	1000000L	/* nanoseconds */

static volatile int runs;
static int fds[2];

static void
count(int sig unused_arg, struct linux_siginfo *info unused_arg,
    struct linux_ucontext *c unused_arg)
{
	runs++;
}

/* A handler that lets the sleeping call end, if it is made again. */
static void
count_and_feed(int sig unused_arg, struct linux_siginfo *info unused_arg,
    struct linux_ucontext *c unused_arg)
{
	runs++;
	write(fds[1], "x", 1);
}

static void
sleep_ns(int64_t ns)
{
	struct linux_timespec ts = { ns / 1000000000, ns % 1000000000 };

	raw_syscall(SYS_nanosleep, &ts, NULL);
}

/* A child that sends its parent SIG after a while, and ends. */
static void
signal_later(int sig)
{
	if (fork() == 0) {
		sleep_ns(30 * MS);
		kill(getppid(), sig);
		_exit(0);
	}
}

static int64_t
now(void)
{
	struct linux_timespec ts = { 0, 0 };

	check_eq(raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts), 0);
	return ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
test_read(void)
{
	char c = 0;

	test_step("read-interrupted");
	runs = 0;
	signal_handle(SIGUSR1, count, 0);
	signal_later(SIGUSR1);
	check_eq(raw_syscall(SYS_read, fds[0], &c, 1), -EINTR);
	check_eq(runs, 1);
	wait(NULL);

	test_step("read-restarted");
	runs = 0;
	signal_handle(SIGUSR1, count_and_feed, SA_RESTART);
	signal_later(SIGUSR1);
	check_eq(raw_syscall(SYS_read, fds[0], &c, 1), 1);
	check_eq(c, 'x');
	check_eq(runs, 1);
	wait(NULL);
}

static void
feed_later(void *arg unused_arg)
{
	sleep_ns(30 * MS);
	kill(getppid(), SIGUSR1);
	sleep_ns(30 * MS);
	write(fds[1], "y", 1);
}

static void
test_ignored(void)
{
	pid_t pid;
	char c = 0;

	test_step("read-undisturbed");	/* ignored; and not ignored by chance, as SIGCHLD is */
	signal_ignore(SIGUSR1);
	signal_default(SIGCHLD);
	pid = test_child_start();
	if (pid == 0) {
		feed_later(NULL);
		test_child_exit();
	}
	if (fork() == 0)
		_exit(0);
	check_eq(raw_syscall(SYS_read, fds[0], &c, 1), 1);
	check_eq(c, 'y');
	while (wait(NULL) > 0)
		continue;
}

static void
test_wait(void)
{
	pid_t pid;
	int status = 0;

	test_step("wait-interrupted");
	runs = 0;
	signal_handle(SIGUSR1, count, 0);
	pid = fork();
	if (pid == 0) {
		sleep_ns(20 * MS);
		kill(getppid(), SIGUSR1);
		sleep_ns(40 * MS);
		_exit(7);
	}
	check_eq(raw_syscall(SYS_wait4, pid, &status, 0, 0), -EINTR);
	check_eq(runs, 1);

	test_step("wait-restarted");
	signal_handle(SIGUSR1, count, SA_RESTART);
	signal_later(SIGUSR1);
	check_eq(raw_syscall(SYS_wait4, pid, &status, 0, 0), pid);
	check_exited(status, 7);
	wait(NULL);
	wait(NULL);
	check_eq(runs, 2);
}

static void
test_sleep(void)
{
	struct linux_timespec second = { 1, 0 }, rest = { -1, -1 }, bad = { 0, 1000000000 };
	struct linux_timespec at = { 0, 0 };
	int64_t before = now();

	test_step("sleep");
	sleep_ns(25 * MS);
	check(now() - before >= 25 * MS);
	check_eq(raw_syscall(SYS_nanosleep, &bad, NULL), -EINVAL);
	bad.tv_nsec = -1;
	check_eq(raw_syscall(SYS_nanosleep, &bad, NULL), -EINVAL);
	check_eq(raw_syscall(SYS_nanosleep, 8, NULL), -EFAULT);

	test_step("sleep-interrupted");
	runs = 0;
	signal_handle(SIGUSR1, count, SA_RESTART);	/* makes no difference */
	signal_later(SIGUSR1);
	check_eq(raw_syscall(SYS_nanosleep, &second, &rest), -EINTR);
	check_eq(runs, 1);
	check(rest.tv_sec == 0 && rest.tv_nsec > 0 && rest.tv_nsec < 990 * MS);
	wait(NULL);

	test_step("sleep-until");
	check_eq(raw_syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL), 0);
	at.tv_nsec = now() + 20 * MS;
	at.tv_sec = at.tv_nsec / 1000000000;
	at.tv_nsec %= 1000000000;
	check_eq(raw_syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL), 0);
	check(now() >= at.tv_sec * 1000000000 + at.tv_nsec);
	check_eq(raw_syscall(SYS_clock_nanosleep, 99, 0, &at, NULL), -EINVAL);
}

static void
sleep_stopped(void *arg unused_arg)
{
	int64_t before = now();

	sleep_ns(120 * MS);
	check(now() - before >= 120 * MS);
}

/* Stopped and continued, a sleeping process sleeps on. */
static void
test_stopped(void)
{
	int status = 0;
	pid_t pid;

	test_step("sleep-stopped");
	pid = test_child_start();
	if (pid == 0) {
		sleep_stopped(NULL);
		test_child_exit();
	}
	sleep_ns(20 * MS);
	kill(pid, SIGSTOP);
	check_eq(waitpid(pid, &status, WUNTRACED), pid);
	check(WIFSTOPPED(status));
	kill(pid, SIGCONT);
	check_exited(test_child_wait(pid), 0);
}

static void
test_alarm(void)
{
	struct linux_itimerval timer = { { 0, 10000 }, { 0, 10000 } }, old;
	int status = 0;

	test_step("alarm");
	runs = 0;
	signal_handle(SIGALRM, count, 0);
	check_eq(raw_syscall(SYS_alarm, 100), 0);
	check_eq(raw_syscall(SYS_alarm, 50), 100);
	check_eq(raw_syscall(SYS_getitimer, ITIMER_REAL, &old), 0);
	check(old.it_value.tv_sec == 49 && old.it_value.tv_usec > 0 && old.it_interval.tv_sec == 0);
	check_eq(raw_syscall(SYS_alarm, 0), 50);
	check_eq(raw_syscall(SYS_alarm, 0), 0);

	test_step("timer");
	check_eq(raw_syscall(SYS_setitimer, ITIMER_REAL, &timer, &old), 0);
	check_eq(old.it_value.tv_sec + old.it_value.tv_usec, 0);
	for (int i = 1; i <= 3; i++) {
		while (runs < i)
			check_eq(raw_syscall(SYS_pause), -EINTR);
	}
	memset(&timer, 0, sizeof(timer));
	check_eq(raw_syscall(SYS_setitimer, ITIMER_REAL, &timer, &old), 0);
	check_eq(old.it_interval.tv_usec, 10000);
	runs = 0;
	sleep_ns(50 * MS);
	check_eq(runs, 0);
	timer.it_value.tv_usec = 1000000;
	check_eq(raw_syscall(SYS_setitimer, ITIMER_REAL, &timer, NULL), -EINVAL);
	check_eq(raw_syscall(SYS_setitimer, 3, &timer, NULL), -EINVAL);

	test_step("alarm-kills");
	signal_default(SIGALRM);
	if (fork() == 0) {
		timer.it_value.tv_usec = 10000;
		raw_syscall(SYS_setitimer, ITIMER_REAL, &timer, NULL);
		for (;;)
			continue;
	}
	check(wait(&status) > 0);
	check_killed(status, SIGALRM);
}

static void
test_pipe(void)
{
	static char block[4096];
	int flags;

	test_step("broken-pipe");
	signal_handle(SIGPIPE, count, 0);
	runs = 0;
	close(fds[0]);
	check_eq(raw_syscall(SYS_write, fds[1], "x", 1), -EPIPE);
	check_eq(runs, 1);
	signal_ignore(SIGPIPE);
	check_eq(raw_syscall(SYS_write, fds[1], "x", 1), -EPIPE);
	close(fds[1]);

	test_step("write-interrupted");	/* what was written counts */
	check_eq(pipe(fds), 0);
	flags = fcntl(fds[1], F_GETFL, 0);
	fcntl(fds[1], F_SETFL, flags | O_NONBLOCK);
	while (write(fds[1], block, sizeof(block)) > 0)
		continue;
	fcntl(fds[1], F_SETFL, flags);
	signal_handle(SIGUSR1, count, 0);
	signal_later(SIGUSR1);
	check_eq(raw_syscall(SYS_write, fds[1], block, 1), -EINTR);
	wait(NULL);
	check_eq(read(fds[0], block, sizeof(block)), sizeof(block));
	signal_later(SIGUSR1);
	check_eq(raw_syscall(SYS_write, fds[1], block, 1), 1);
	wait(NULL);
}

int
main(void)
{
	test_begin("sigsleep");
	check_eq(pipe(fds), 0);
	test_read();
	test_ignored();
	test_wait();
	test_sleep();
	test_stopped();
	test_alarm();
	test_pipe();
	test_end();
}
