/* SPDX-License-Identifier: MIT */
/*
 * Hands system calls addresses in stack pages that nobody has touched yet.
 * They must work as if the program had touched the pages first.
 */
#include "lab.h"

static char data[2 * PAGE];
static char back[PAGE];

static void
fill_data(void)
{
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = test_random();
}

/* The kernel writes into fresh pages. */
static void
read_into(void *arg)
{
	int fds[2];
	size_t n = between(2000, PAGE);
	uint64_t buf = STACK_PAGE(between(1, 6)) + crossing(n);

	(void)arg;
	check_eq(pipe2(fds, O_NONBLOCK), 0);
	check_eq(write(fds[1], data, n), n);
	if (check_eq(raw_syscall(SYS_read, fds[0], buf, n), n))
		check_eq(memcmp((void *)buf, data, n), 0);
}

/* The kernel reads from fresh pages: bytes, and the name of a file that is not there. */
static void
write_from(void *arg)
{
	int fds[2];
	size_t n = between(2000, PAGE);
	uint64_t buf = STACK_PAGE(between(2, 6)) + crossing(n);

	(void)arg;
	check_eq(pipe2(fds, O_NONBLOCK), 0);
	if (!check_eq(raw_syscall(SYS_write, fds[1], buf, n), n))
		return;
	check_eq(read(fds[0], back, n), n);
	check_eq(memcmp((void *)buf, back, n), 0);
	check_eq(raw_syscall(SYS_open, STACK_PAGE(1) + between(0, 4000), O_RDONLY), -ENOENT);
}

/* The kernel leaves its results in fresh pages. */
static void
results_in(void *arg)
{
	int *fds = (int *)(STACK_PAGE(between(5, 7)) - 4);	/* one half in each page */
	int *status = (int *)STACK_PAGE(between(1, 3));
	pid_t pid;

	(void)arg;
	if (!check_eq(raw_syscall(SYS_pipe, fds), 0))
		return;
	check_eq(write(fds[1], "abc", 3), 3);
	pid = fork();
	if (pid == 0)
		_exit(42);
	if (check_eq(raw_syscall(SYS_wait4, pid, status, 0, 0), pid))
		check_exited(*status, 42);
}

int
main(void)
{
	test_begin("stack-syscall");
	fill_data();

	test_step("read");
	check_exited(test_child(read_into, NULL), 0);

	test_step("write");
	check_exited(test_child(write_from, NULL), 0);

	test_step("results");
	check_exited(test_child(results_in, NULL), 0);

	test_end();
}
