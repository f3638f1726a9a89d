/* SPDX-License-Identifier: MIT */
/* System calls that do little. */
#include "bench.h"

void
bench_calls(void)
{
	static char byte;
	int fds[2];
	long null;

	for (size_t i = 0; i < 1000; i++) {
		uint64_t from = now();

		sys(SYS_getpid);
		sample(i, from, now());
	}
	row("getpid", 1000, 1);

	null = sys(SYS_open, "/dev/null", 1);
	if (null < 0)
		fail("/dev/null");
	for (size_t i = 0; i < 500; i++) {
		uint64_t from = now();

		sys(SYS_write, null, &byte, 1);
		sample(i, from, now());
	}
	row("write-null", 500, 1);
	sys(SYS_close, null);

	if (sys(SYS_pipe, fds) != 0)
		fail("pipe");
	for (size_t i = 0; i < 500; i++) {
		uint64_t from = now();

		sys(SYS_write, fds[1], &byte, 1);
		sys(SYS_read, fds[0], &byte, 1);
		sample(i, from, now());
	}
	row("pipe-self", 500, 1);
	sys(SYS_close, fds[0]);
	sys(SYS_close, fds[1]);
}
