/* SPDX-License-Identifier: MIT */
/*
 * faulttrace PROGRAM [ARG...]: run PROGRAM; the kernel prints a line on the console for
 * each page fault of it and of its children.
 */
#include "user.h"

int
main(int argc, char **argv)
{
	if (argc < 2) {
		dprintf(STDERR, "usage: faulttrace PROGRAM [ARG...]\n");
		return 2;
	}
	if (raw_syscall(SYS_fl_faulttrace, FAULTTRACE_EXEC) < 0) {
		dprintf(STDERR, "faulttrace: this kernel has no fault trace\n");
		return 1;
	}
	execvp(argv[1], argv + 1);
	dprintf(STDERR, "faulttrace: %s: %s\n", argv[1], strerror(errno));
	return 127;
}
