/* SPDX-License-Identifier: MIT */
/*
 * A tree of 100 processes: number N forks numbers 2N and 2N + 1, waits for both and
 * reports the size of its subtree as its exit code.  Everybody must be there, and
 * afterwards no frame may be missing (B6).  Old processes are switched to on the kernel
 * stacks of new ones: what the kernel has mapped since is theirs too (B2).
 */
#include "test.h"

#define PROCESSES	100

/* Be process NUMBER.  => how many processes there are from here down */
static int
subtree(int number)
{
	int size = 1, status;

	for (int child = 2 * number; child <= 2 * number + 1; child++) {
		pid_t pid;

		if (child > PROCESSES)
			break;
		pid = fork();
		if (pid == 0)
			_exit(subtree(child));
		check_msg(pid > 0, "fork of process %d: errno %d", child, errno);
	}
	while (wait(&status) > 0) {
		check(WIFEXITED(status));
		size += WEXITSTATUS(status);
	}
	return size;
}

int
main(void)
{
	size_t before;

	test_begin("forktree");

	test_step("hundred");
	check_eq(subtree(1), PROCESSES);

	test_step("frames");
	before = free_frames();
	check_eq(subtree(1), PROCESSES);
	check_frames(before);
	test_end();
}
