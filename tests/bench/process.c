/* SPDX-License-Identifier: MIT */
/* fork, exec, copy-on-write, pipes. */
#include "bench.h"

/* Fork, exit and wait N times, with MIB_TOUCHED MiB of touched memory. */
static void
fork_exit_wait(const char *name, size_t n, size_t mib_touched)
{
	char *at = memory(mib_touched * MIB + P);

	for (size_t i = 0; i < mib_touched * MIB; i += P)
		touch(at + i);
	for (size_t i = 0; i < n; i++) {
		uint64_t from = now();
		long pid = sys_fork();

		if (pid == 0)
			quit(0);
		wait_for(pid);
		sample(i, from, now());
	}
	row(name, n, 1);
	release(at, mib_touched * MIB + P);
}

/* The same, but only until fork returns in the parent. */
static void
fork_returns(const char *name, size_t n, size_t mib_touched, uint32_t divisor)
{
	char *at = memory(mib_touched * MIB + P);

	for (size_t i = 0; i < mib_touched * MIB; i += P)
		touch(at + i);
	for (size_t i = 0; i < n; i++) {
		uint64_t from = now();
		long pid = sys_fork();
		uint64_t to = now();

		if (pid == 0)
			quit(0);
		wait_for(pid);
		sample(i, from, to);
	}
	row(name, n, divisor);
	release(at, mib_touched * MIB + P);
}

static void
fork_exec(void)
{
	char *argv[] = { (char *)self, "!", NULL }, *envp[] = { NULL };

	for (size_t i = 0; i < 60; i++) {
		uint64_t from = now();
		long pid = sys_fork();

		if (pid == 0) {
			sys(SYS_execve, self, argv, envp);
			quit(1);
		}
		wait_for(pid);
		sample(i, from, now());
	}
	row("fork-exec-exit-wait", 60, 1);
}

void
bench_forks(void)
{
	fork_returns("fork", 100, 0, 1);
	fork_returns("fork-16mib", 10, 16, 1);
	fork_exit_wait("fork-exit-wait", 100, 0);
	fork_exit_wait("fork-exit-wait-1mib", 50, 1);
	fork_exit_wait("fork-exit-wait-16mib", 10, 16);
	fork_exec();
}

#define COW_PAGES	256UL

static void
write_all(char *at)
{
	for (size_t i = 0; i < COW_PAGES; i++) {
		uint64_t from = now();

		touch(at + i * P);
		sample(i, from, now());
	}
}

/* A child writes all pages, its parent writes them too. */
static void
both_write(char *at)
{
	for (size_t i = 0; i < 10; i++) {
		uint64_t from = now();
		long pid = sys_fork();

		if (pid == 0) {
			for (size_t page = 0; page < COW_PAGES; page++)
				touch(at + page * P);
			quit(0);
		}
		wait_for(pid);
		for (size_t page = 0; page < COW_PAGES; page++)
			touch(at + page * P);
		sample(i, from, now());
	}
	row("fork-both-write-256", 10, 1);
}

void
bench_cow(void)
{
	char *at = memory(COW_PAGES * P);
	long pid;

	for (size_t i = 0; i < COW_PAGES; i++)
		touch(at + i * P);
	pid = sys_fork();
	if (pid == 0) {
		write_all(at);
		quit(0);
	}
	wait_for(pid);
	row("cow-copied", COW_PAGES, 1);

	pid = sys_fork();
	if (pid == 0)
		quit(0);
	wait_for(pid);
	write_all(at);
	row("cow-last-owner", COW_PAGES, 1);

	both_write(at);
	release(at, COW_PAGES * P);
}

/* Give back each byte that comes. */
static _Noreturn void
echo(int from, int to)
{
	char byte;

	while (sys(SYS_read, from, &byte, 1) == 1)
		sys(SYS_write, to, &byte, 1);
	quit(0);
}

void
bench_pipes(void)
{
	int there[2], back[2];
	char byte = 0;
	long pid;

	if (sys(SYS_pipe, there) != 0 || sys(SYS_pipe, back) != 0)
		fail("pipe");
	pid = sys_fork();
	if (pid == 0) {
		sys(SYS_close, there[1]);
		echo(there[0], back[1]);
	}
	for (size_t i = 0; i < 500; i++) {
		uint64_t from = now();

		sys(SYS_write, there[1], &byte, 1);
		sys(SYS_read, back[0], &byte, 1);
		sample(i, from, now());
	}
	sys(SYS_close, there[1]);
	wait_for(pid);
	sys(SYS_close, there[0]);
	sys(SYS_close, back[0]);
	sys(SYS_close, back[1]);
	row("pipe-round-trip", 500, 1);
}
