/* SPDX-License-Identifier: MIT */
/*
 * Waiting for several files: the terminal, pipes of other processes, memory given back.
 * What poll and select say about each kind of file is in tests/linux/poll.c.
 */
#include "test.h"

#define MANY	30

static int
ready(int fd, int events, int ms)
{
	struct linux_pollfd p = { fd, (uint16_t)events, 0 };
	long n = raw_syscall(SYS_poll, &p, 1, ms);

	return n < 0 ? (int)n : p.revents;
}

static void
test_terminal(void)
{
	int count = -1;

	check_eq(ready(STDOUT, POLLIN | POLLOUT, 0), POLLOUT);
	check_eq(ready(STDIN, POLLIN, 20), 0);
	check_eq(raw_syscall(SYS_ioctl, STDIN, FIONREAD, &count), 0);
	check_eq(count, 0);
}

/* A child for each of MANY pipes, which ends when its turn has come; each wakes us once. */
static void
test_many(void)
{
	static struct linux_pollfd p[MANY];
	int go[2], got = 0;
	char c;

	for (int i = 0; i < MANY / 2; i++) {
		int fds[2];

		check_eq(pipe(fds), 0);
		p[i] = (struct linux_pollfd){ fds[0], POLLIN, 0 };
		check_eq(pipe(go), 0);
		if (fork() == 0) {
			close(go[1]);
			close(fds[0]);
			check_eq(read(go[0], &c, 1), 0);
			check_eq(write(fds[1], "x", 1), 1);
			_exit(0);
		}
		close(fds[1]);
		close(go[0]);
		check_eq(raw_syscall(SYS_poll, p, i + 1, 0), 0);
		close(go[1]);		/* go */
		check_eq(raw_syscall(SYS_poll, p, i + 1, -1), 1);
		check_eq(p[i].revents & POLLIN, POLLIN);
		check_eq(read(p[i].fd, &c, 1), 1);
		check_eq(wait(NULL) > 0, 1);
		check_eq(raw_syscall(SYS_poll, &p[i], 1, -1), 1);
		check_eq(p[i].revents, POLLHUP);
		close(p[i].fd);
		p[i].fd = -1;
		got++;
	}
	check_eq(got, MANY / 2);
}

/* Killed while it waits: its watches are gone when the pipe is used again. */
static void
test_killed(void)
{
	int fds[2], status;
	pid_t pid;

	check_eq(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		ready(fds[0], POLLIN, -1);
		_exit(0);
	}
	check_eq(ready(fds[0], POLLIN, 30), 0);
	kill(pid, SIGKILL);
	check_eq(waitpid(pid, &status, 0), pid);
	check_killed(status, SIGKILL);
	check_eq(write(fds[1], "x", 1), 1);
	check_eq(ready(fds[0], POLLIN, -1), POLLIN);
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	size_t before;

	test_begin("polling");
	test_step("terminal");
	test_terminal();
	test_step("many");
	test_many();
	test_step("killed");
	test_killed();
	test_step("memory");
	before = free_frames();
	test_many();
	test_killed();
	check_frames(before);
	test_end();
}
