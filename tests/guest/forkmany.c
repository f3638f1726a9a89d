/* SPDX-License-Identifier: MIT */
/*
 * K7, O7: fork until the kernel refuses.  It must do so politely, say why, and have everything
 * back when the children are gone.  Not on Linux, where others would suffer.
 */
#include "test.h"

#define MOST	5000

/* => how many children were made; all are dead and reaped when it returns */
static int
fork_all(void)
{
	static char c;
	int hold[2], count = 0, err;
	pid_t pid;

	check_eq(pipe(hold), 0);
	while (count < MOST && (pid = fork()) >= 0) {
		if (pid == 0) {
			close(hold[1]);
			read(hold[0], &c, 1);	/* until the parent closes its end */
			_exit(0);
		}
		count++;
	}
	err = errno;
	close(hold[1]);
	close(hold[0]);
	for (int i = 0; i < count; i++)
		check(wait(NULL) > 0);
	check_msg(err == EAGAIN || err == ENOMEM, "fork: expected EAGAIN or ENOMEM, got errno %d",
	    err);
	return count;
}

int
main(void)
{
	size_t before;
	int count;

	test_begin("forkmany");
	if (test_on_linux())
		test_end();

	test_step("refused");
	count = fork_all();
	check_msg(count > 50 && count < MOST, "children: expected more than 50, got %d", count);

	test_step("again");
	before = free_frames();
	check_eq(fork_all(), count);
	check_frames(before);
	test_end();
}
