/* SPDX-License-Identifier: MIT */
/*
 * Signals, children and time by way of a C library made for Linux.  What is printed is the
 * same on Linux and here (test_boot.py compares): no addresses, no process ids.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

extern char **environ;

static volatile sig_atomic_t seen;
static volatile double computed;

static void
show_status(const char *what, int status)
{
	if (WIFEXITED(status))
		printf("%s: exit %d\n", what, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		printf("%s: %s\n", what, strsignal(WTERMSIG(status)));
	else
		printf("%s: stopped\n", what);
}

/* A handler that uses the floating-point unit, in the middle of somebody else's sum. */
static void
compute(int sig)
{
	seen = sig;
	computed = 1.0 / 3 + sig;
}

static void
test_handler(void)
{
	double sum = 0;

	signal(SIGUSR1, compute);
	for (int i = 1; i < 100; i++) {
		sum += 1.0 / i;
		if (i % 25 == 0)
			raise(SIGUSR1);
	}
	printf("handler: %d %.6f, sum %.6f\n", (int)seen, computed, sum);
}

static sigjmp_buf back;
static char alternate[16384];

static void
jump_back(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *c = context;

	printf("caught %s, code %d, trap %d\n", strsignal(sig), info->si_code,
	    (int)c->uc_mcontext.gregs[REG_TRAPNO]);
	siglongjmp(back, sig);
}

static void
test_fault(void)
{
	struct sigaction action = {
		.sa_sigaction = jump_back,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};
	stack_t st = { .ss_sp = alternate, .ss_size = sizeof(alternate) };
	volatile int *nowhere = (int *)0x200000;

	sigaltstack(&st, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGILL, &action, NULL);
	if (sigsetjmp(back, 1) == 0)
		*nowhere = 1;
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("ud2");
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("hlt");
	signal(SIGSEGV, SIG_DFL);
	signal(SIGILL, SIG_DFL);
}

static void
test_sets(void)
{
	struct timespec soon = { 0, 1000000 };
	sigset_t set, pending;
	int sig = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR2);
	sigpending(&pending);
	printf("pending: %d %d\n", sigismember(&pending, SIGUSR2), sigismember(&pending, SIGUSR1));
	sigwait(&set, &sig);
	printf("waited for: %s\n", strsignal(sig));
	sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 77 });
	siginfo_t info;
	sig = sigwaitinfo(&set, &info);
	printf("queued: %d, value %d\n", sig == SIGRTMIN + 1, info.si_value.sival_int);
	sig = sigtimedwait(&set, NULL, &soon);
	printf("nothing: %d %s\n", sig, strerror(errno));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void
test_children(void)
{
	char *argv[] = { "sh", "-c", "exit 9", NULL };
	struct rusage usage;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		abort();
	waitpid(pid, &status, 0);
	show_status("abort", status & ~0x80);
	pid = vfork();
	if (pid == 0)
		_exit(3);
	wait4(pid, &status, 0, &usage);
	show_status("vfork", status);
	status = posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ);
	printf("spawn: %d\n", status);
	waitpid(pid, &status, 0);
	show_status("spawned", status);
	printf("spawn of nothing: %s\n",
	    strerror(posix_spawn(&pid, "/no/such/file", NULL, NULL, argv, environ)));
	fflush(stdout);
	show_status("system", system("exit 4"));
}

static void
test_time(void)
{
	struct itimerval timer = { { 0, 0 }, { 0, 20000 } };
	struct timespec before, after, nap = { 0, 10000000 };

	clock_gettime(CLOCK_MONOTONIC, &before);
	nanosleep(&nap, NULL);
	clock_gettime(CLOCK_MONOTONIC, &after);
	printf("slept: %d\n", (after.tv_sec - before.tv_sec) * 1000000000L +
	    after.tv_nsec - before.tv_nsec >= nap.tv_nsec);
	signal(SIGALRM, compute);
	setitimer(ITIMER_REAL, &timer, NULL);
	pause();
	printf("alarm: %s\n", strsignal(seen));
	printf("sleep: %u\n", (alarm(1), sleep(30)) > 20);
	printf("a date: %d\n", time(NULL) > 1700000000);
}

int
main(void)
{
	test_handler();
	test_fault();
	test_sets();
	test_children();
	test_time();
	fflush(stdout);
	return 0;
}
