/* SPDX-License-Identifier: MIT */
/*
 * Hands system calls addresses in heap pages that nobody has touched yet.
 * They must work as if the program had touched the pages first.
 */
#include "lab.h"

static char data[PAGE];
static char back[PAGE];
static uint64_t start;		/* of 16 fresh pages */
static int fds[2];

/* The kernel writes into fresh pages. */
static void
read_into(void *arg)
{
	size_t n = between(2000, PAGE);
	uint64_t buf = start + between(1, 9) * PAGE + crossing(n);

	(void)arg;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = test_random();
	check_eq(write(fds[1], data, n), n);
	if (check_eq(raw_syscall(SYS_read, fds[0], buf, n), n))
		check_eq(memcmp((void *)buf, data, n), 0);
}

/* The same from a file, many pages at once. */
static void
read_file(void *arg)
{
	const char *path = arg;
	uint64_t buf = start + between(1, 100);
	int file = open(path, O_RDONLY);
	long size = raw_syscall(SYS_read, file, buf, 15 * PAGE);

	if (!check_msg(size > (long)PAGE, "read of a file: expected more than a page, got %ld",
	    size))
		return;
	lseek(file, 0, SEEK_SET);
	for (uint64_t p = buf; size > 0; p += PAGE, size -= PAGE) {
		long n = read(file, back, PAGE);

		if (!check_eq(memcmp((void *)p, back, n), 0))
			break;
	}
}

/* The kernel reads from fresh pages: bytes, and the name of a file that is not there. */
static void
write_from(void *arg)
{
	size_t n = between(2000, PAGE);
	uint64_t buf = start + between(1, 6) * PAGE + crossing(n);

	(void)arg;
	if (!check_eq(raw_syscall(SYS_write, fds[1], buf, n), n))
		return;
	check_eq(read(fds[0], back, n), n);
	check_eq(memcmp((void *)buf, back, n), 0);
	check_eq(raw_syscall(SYS_open, start + between(9, 14) * PAGE, O_RDONLY), -ENOENT);
}

/* The kernel leaves its results in fresh pages. */
static void
results_in(void *arg)
{
	int *pair = (int *)(start + PAGE - 4);		/* one half in each page */
	int *status = (int *)(start + between(3, 15) * PAGE);

	(void)arg;
	if (!check_eq(raw_syscall(SYS_pipe, pair), 0))
		return;
	check_eq(write(pair[1], "abc", 3), 3);
	pid_t pid = fork();
	if (pid == 0)
		_exit(42);
	if (check_eq(raw_syscall(SYS_wait4, pid, status, 0, 0), pid))
		check_exited(*status, 42);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin("heap-syscall");

	test_step("read");
	start = heap_pages(16);
	check_eq(pipe2(fds, O_NONBLOCK), 0);
	check_exited(test_child(read_into, NULL), 0);
	check_exited(test_child(read_file, argv[0]), 0);

	test_step("write");
	check_exited(test_child(write_from, NULL), 0);

	test_step("results");
	check_exited(test_child(results_in, NULL), 0);

	test_end();
}
