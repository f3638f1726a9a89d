/* SPDX-License-Identifier: MIT */
/* setjmp and longjmp, out of deep calls and out of handlers. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static jmp_buf deep;
static sigjmp_buf out;

static int
descend(int n)
{
	volatile char room[500];

	room[0] = (char)n;
	if (n == 0)
		longjmp(deep, 7);
	return descend(n - 1) + room[0];
}

static void
leave(int sig)
{
	siglongjmp(out, sig);
}

int
main(void)
{
	volatile int turns = 0;
	volatile double kept = 1.5;
	sigset_t mask;
	int got;

	got = setjmp(deep);
	if (got == 0)
		descend(500);
	printf("deep: %d\n", got);
	while (turns < 1000) {
		if (setjmp(deep) == 0)
			longjmp(deep, 1);
		turns++;
	}
	printf("turns: %d %.1f\n", turns, kept);
	signal(SIGUSR1, leave);
	signal(SIGFPE, leave);
	signal(SIGSEGV, leave);
	for (int i = 0; i < 3; i++) {
		got = sigsetjmp(out, 1);
		if (got == 0)
			kill(getpid(), SIGUSR1);
		sigprocmask(SIG_BLOCK, NULL, &mask);
		printf("out of a handler: %d, blocked %d\n", got, sigismember(&mask, SIGUSR1));
	}
	got = sigsetjmp(out, 1);
	if (got == 0)
		*(volatile int *)8 = 1;
	printf("out of a fault: %d\n", got);
	got = sigsetjmp(out, 1);
	if (got == 0)
		turns = 5 / (turns - 1000);
	printf("out of a division: %d\n", got);
	return 0;
}
