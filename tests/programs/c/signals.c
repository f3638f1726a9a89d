/* SPDX-License-Identifier: MIT */
/* Handlers, masks, waiting, timers, children, broken pipes. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t count[65];
static volatile int order[10], n_order, value;

static void
handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	count[sig]++;
	value = info->si_code;
	if (n_order < 10)
		order[n_order++] = sig;
}

static void
handle(int sig, int flags)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags };

	sigaction(sig, &sa, NULL);
}

static void
masks(void)
{
	sigset_t set, old, pending;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, &old);
	raise(SIGUSR2);
	raise(SIGUSR1);
	raise(SIGUSR1);
	sigpending(&pending);
	printf("blocked: %d %d, pending %d\n", count[SIGUSR1], count[SIGUSR2],
	    sigismember(&pending, SIGUSR1));
	sigprocmask(SIG_SETMASK, &old, NULL);
	printf("let in: %d %d\n", count[SIGUSR1], count[SIGUSR2]);
	sigprocmask(SIG_BLOCK, &set, &old);
	kill(getpid(), SIGUSR1);
	sigsuspend(&old);
	printf("sigsuspend: %s, %d\n", strerror(errno), count[SIGUSR1]);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void
timers(void)
{
	struct itimerval it = { { 0, 2000 }, { 0, 2000 } }, off = { { 0, 0 }, { 0, 0 } };

	handle(SIGALRM, 0);
	setitimer(ITIMER_REAL, &it, NULL);
	while (count[SIGALRM] < 3)
		pause();
	setitimer(ITIMER_REAL, &off, NULL);
	printf("alarms: at least 3: %d\n", count[SIGALRM] >= 3);
}

static void
interrupted(int flags)
{
	int fds[2];
	char c = '-';
	ssize_t n;
	pid_t pid;

	if (pipe(fds) < 0)
		return;
	handle(SIGUSR1, flags);
	pid = fork();
	if (pid == 0) {
		usleep(20000);
		kill(getppid(), SIGUSR1);
		usleep(20000);
		n = write(fds[1], "x", 1);
		_exit(n != 1);
	}
	n = read(fds[0], &c, 1);
	printf("read: %zd %c %s\n", n, c, n < 0 ? strerror(errno) : "");
	while (waitpid(pid, NULL, 0) < 0)
		continue;
	close(fds[0]);
	close(fds[1]);
}

static void
children(void)
{
	int status;
	pid_t pid;

	handle(SIGCHLD, SA_RESTART);
	pid = fork();
	if (pid == 0)
		_exit(4);
	waitpid(pid, &status, 0);
	printf("child: %d, SIGCHLD %d, code %d\n", WEXITSTATUS(status), count[SIGCHLD], value);
	pid = fork();
	if (pid == 0) {
		for (;;)
			pause();
	}
	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	printf("stopped: %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	printf("killed: %d\n", WTERMSIG(status));
}

static void
broken_pipe(void)
{
	int fds[2];
	ssize_t n;

	if (pipe(fds) < 0)
		return;
	close(fds[0]);
	handle(SIGPIPE, 0);
	n = write(fds[1], "x", 1);
	printf("write: %zd %s, SIGPIPE %d\n", n, strerror(errno), count[SIGPIPE]);
	close(fds[1]);
}

int
main(void)
{
	handle(SIGUSR1, 0);
	handle(SIGUSR2, 0);
	masks();
	for (int i = 0; i < n_order; i++)
		printf("order: %d\n", order[i]);
	timers();
	interrupted(0);
	interrupted(SA_RESTART);
	children();
	broken_pipe();
	handle(SIGTERM, SA_RESETHAND);
	raise(SIGTERM);
	printf("once: %d\n", count[SIGTERM]);
	fflush(stdout);
	raise(SIGTERM);
	return 1;
}
