/* SPDX-License-Identifier: MIT */
/*
 * A process that never makes a system call does not keep the others from running.
 */
#include "test.h"

#define SPINS	40000000UL	/* several clock ticks, even at one instruction a nanosecond */

static void
spin(unsigned long count)
{
	for (unsigned long i = 0; i < count; i++)
		__asm__ volatile("");
}

static pid_t
start_spinner(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			spin(SPINS);
	check(pid > 0);
	return pid;
}

static void
stop(pid_t pid)
{
	int status = 0;

	check_eq(kill(pid, SIGKILL), 0);
	check_eq(waitpid(pid, &status, 0), pid);
	check_killed(status, SIGKILL);
}

static void
spin_and_report(void *arg unused_arg)
{
	spin(SPINS);
}

int
main(void)
{
	pid_t first, second;

	test_begin("preempt");

	test_step("parent-runs");
	first = start_spinner();
	spin(SPINS);
	check_eq(waitpid(first, NULL, WNOHANG), 0);

	test_step("others-run");
	second = start_spinner();
	check_exited(test_child(spin_and_report, NULL), 0);

	test_step("yield");
	for (int i = 0; i < 3; i++)
		check_eq(sched_yield(), 0);

	test_step("kill-a-spinner");
	stop(first);
	stop(second);
	check_eq(waitpid(-1, NULL, 0), -1);
	check_eq(errno, ECHILD);
	test_end();
}
