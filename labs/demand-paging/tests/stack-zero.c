/* SPDX-License-Identifier: MIT */
/*
 * Touches fresh stack pages somewhere in the middle, after memory was filled with other bytes.
 * Every other byte of the page must read zero, and no other page may change.
 */
#include "lab.h"

#define LAST	8		/* the pages 1 to 8 are fresh: 9 is the top one */

static char dirt[64 * PAGE];

/*
 * Leave many frames full of bytes that are not zero: LEVELS processes at a time
 * write to their copies of dirt.
 */
static void
leave_dirt(void *levels)
{
	memset(dirt, between(1, 255), sizeof(dirt));
	if ((long)levels > 1)
		test_child(leave_dirt, (void *)((long)levels - 1));
}

/* Touch each page by a read, or by a write of 0.  => how many of their words are not zero */
static size_t
look(bool read_first)
{
	size_t bad = 0;

	for (int i = 1; i <= LAST; i++) {
		uint64_t word = STACK_PAGE(i) + test_random() % (PAGE / 8) * 8;

		if (read_first)
			peek8(word);
		else
			poke8(word, 0);
		bad += words_nonzero(STACK_PAGE(i), PAGE);
	}
	return bad;
}

/* A child that looks at fresh pages and keeps them until somebody writes to LEAVE. */
static pid_t
start_looker(bool read_first, int leave[2])
{
	int done[2];
	char c;

	check_eq(pipe(done), 0);
	pid_t pid = test_child_start();
	if (pid == 0) {
		size_t bad = look(read_first);
		close(done[1]);
		read(leave[0], &c, 1);
		test_child_exit_with(bad == 0 ? 0 : 2);
	}
	close(done[1]);
	read(done[0], &c, 1);		/* the end of the file: it has looked, or died */
	close(done[0]);
	return pid;
}

/* Several children at a time, so that they get different frames. */
static void
look_around(void)
{
	pid_t pids[4];
	int leave[2];

	check_eq(pipe(leave), 0);
	for (size_t i = 0; i < array_len(pids); i++)
		pids[i] = start_looker(i % 2 == 0, leave);
	write(leave[1], "bye!", array_len(pids));
	for (size_t i = 0; i < array_len(pids); i++) {
		int status = test_child_wait(pids[i]);

		check_msg(status == 0,
		    "expected fresh pages that are all zero, got wait status 0x%x",
		    status);
	}
}

/* From the top down: zeroing that runs over a page's end hits a page that is in use. */
static void
neighbors(void *arg)
{
	uint64_t seed = test_random();

	(void)arg;
	for (int i = LAST; i >= 1; i--) {
		peek(STACK_PAGE(i) + PAGE - 16 - test_random() % (PAGE / 2));
		mark_pages(STACK_PAGE(i), STACK_PAGE(i + 1), seed);
	}
	check_eq(marks_lost(STACK_PAGE(1), STACK_PAGE(LAST + 1), seed), 0);
}

int
main(void)
{
	test_begin("stack-zero");

	test_step("whole-page");
	test_child(leave_dirt, (void *)5);
	look_around();

	test_step("neighbors");
	check_exited(test_child(neighbors, NULL), 0);

	test_end();
}
