/* SPDX-License-Identifier: MIT */
/* Pipes, times and signals for behaviours that wait for something. */
#include "harness.h"

#include <sys/time.h>
#include <time.h>

int rd, wr;
volatile int handled;

void
make_pipe(void)
{
	int fds[2];

	if (failed(sys(SYS_pipe2, fds, O_NONBLOCK)))
		give_up("no pipe");
	rd = fds[0];
	wr = fds[1];
}

int
write_later(void *arg)
{
	(void)arg;
	sleep_ms(50);
	sys(SYS_write, wr, "x", 1);
	return 0;
}

void
sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (sys(SYS_nanosleep, &ts, &ts) == -EINTR)
		continue;
}

long
now_ms(void)
{
	struct timespec ts;

	sys(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
alarm_in_ms(long ms)
{
	struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000 } };

	sys(SYS_setitimer, ITIMER_REAL, &timer, NULL);
}

/* --- signals, as the kernel has them --- */

struct action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

extern void raw_sigreturn(void);
__asm__(".globl raw_sigreturn\n"
    "raw_sigreturn: mov $15, %eax\n"
    "	syscall");

static void
count(int sig)
{
	(void)sig;
	handled++;
}

void
count_signal(int sig, unsigned long flags)
{
	const unsigned long restorer = 0x04000000;
	struct action action = { count, flags | restorer, raw_sigreturn, 0 };

	sys(SYS_rt_sigaction, sig, &action, NULL, MASK);
}

void
ignore_signal(int sig)
{
	struct action action = { SIG_IGN, 0, NULL, 0 };

	sys(SYS_rt_sigaction, sig, &action, NULL, MASK);
}
