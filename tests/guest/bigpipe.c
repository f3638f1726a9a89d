/* SPDX-License-Identifier: MIT */
/*
 * Pipes: 1 MiB in pieces of odd sizes arrives whole and in order; the ends tell each
 * other when they are gone; small writes of two writers are not mixed.
 */
#include "test.h"

#define TOTAL		(1024 * 1024)
#define PIECE		8192	/* longer than a pipe's buffer may be */
#define RECORD		64
#define RECORDS		500	/* of each writer */

static int fds[2];
static unsigned char buf[PIECE];

static unsigned char
byte_at(size_t i)
{
	return (unsigned char)(i ^ (i >> 8) * 3 ^ (i >> 16) * 5);
}

static void
write_stream(void)
{
	close(fds[0]);
	for (size_t done = 0; done < TOTAL;) {
		size_t n = test_random() % PIECE + 1;

		if (n > TOTAL - done)
			n = TOTAL - done;
		for (size_t i = 0; i < n; i++)
			buf[i] = byte_at(done + i);
		check_eq(write(fds[1], buf, n), n);
		done += n;
	}
	test_child_exit();
}

static void
read_stream(void)
{
	size_t done = 0, bad = 0;
	ssize_t n;

	while ((n = read(fds[0], buf, test_random() % PIECE + 1)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			bad += buf[i] != byte_at(done + (size_t)i);
		done += (size_t)n;
	}
	check_eq(n, 0);
	check_eq(done, TOTAL);
	check_eq(bad, 0);
}

static void
test_stream(void)
{
	int status = 0;
	pid_t pid;

	check_eq(pipe(fds), 0);
	pid = fork();
	if (pid == 0)
		write_stream();
	close(fds[1]);
	read_stream();
	close(fds[0]);
	check_eq(wait(&status), pid);
	check_exited(status, 0);
}

/* Nobody can read any more: the writer is killed. */
static void
write_to_nobody(void *arg unused_arg)
{
	check_eq(pipe(fds), 0);
	close(fds[0]);
	write(fds[1], "x", 1);
	check_msg(false, "write to a pipe without readers: expected death, got errno %d", errno);
}

/* The reader goes away while the writer sleeps on a full pipe. */
static void
test_reader_leaves(void)
{
	int status = 0;
	pid_t pid;

	check_eq(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		for (;;)
			write(fds[1], buf, sizeof(buf));
	}
	close(fds[1]);
	check_eq(read(fds[0], buf, 100), 100);
	close(fds[0]);
	check_eq(wait(&status), pid);
	check_killed(status, SIGPIPE);
}

static void
write_records(char letter)
{
	static char record[RECORD];

	close(fds[0]);
	memset(record, letter, RECORD);
	for (int i = 0; i < RECORDS; i++)
		check_eq(write(fds[1], record, RECORD), RECORD);
	test_child_exit();
}

static void
test_two_writers(void)
{
	size_t mixed = 0, count = 0;
	ssize_t n = 0;

	check_eq(pipe(fds), 0);
	if (fork() == 0)
		write_records('a');
	if (fork() == 0)
		write_records('b');
	close(fds[1]);
	for (;; count++) {
		size_t got = 0;

		while (got < RECORD && (n = read(fds[0], buf + got, RECORD - got)) > 0)
			got += (size_t)n;
		if (got < RECORD)
			break;
		for (int i = 1; i < RECORD; i++)
			mixed += buf[i] != buf[0];
	}
	check_eq(count, 2 * RECORDS);
	check_eq(mixed, 0);
	close(fds[0]);
	while (wait(NULL) > 0)
		continue;
}

int
main(void)
{
	size_t before;

	test_begin("bigpipe");

	test_step("megabyte");
	test_stream();

	test_step("end");
	check_eq(pipe(fds), 0);
	check_eq(write(fds[1], "last", 4), 4);
	close(fds[1]);
	check_eq(read(fds[0], buf, sizeof(buf)), 4);
	check_eq(read(fds[0], buf, sizeof(buf)), 0);
	close(fds[0]);

	test_step("no-reader");
	check_killed(test_child(write_to_nobody, NULL), SIGPIPE);

	test_step("reader-leaves");
	test_reader_leaves();

	test_step("two-writers");
	test_two_writers();

	test_step("frames");
	before = free_frames();
	test_stream();
	check_frames(before);
	test_end();
}
