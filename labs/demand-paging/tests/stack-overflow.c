/* SPDX-License-Identifier: MIT */
/*
 * A child calls itself without end.
 * It must die by SIGSEGV when the stack is used up, not before, and give all its memory back.
 */
#include "lab.h"

static int report[2];
static int reached;		/* pages of stack used so far */
static size_t step;		/* bytes of stack that each call takes, at least */
static volatile bool enough;	/* never, but the compiler does not know that */

static __attribute__((noinline)) int
for_ever(int depth)
{
	volatile char *frame = __builtin_alloca(step);
	int pages = (STACK_TOP - (uint64_t)frame + PAGE - 1) / PAGE;

	frame[0] = depth;
	if (enough)
		return 0;
	if (pages > reached) {
		reached = pages;
		write(report[1], &reached, sizeof(reached));	/* fails once it is closed */
	}
	return for_ever(depth + 1) + frame[0];
}

static void
overflow(void *arg)
{
	(void)arg;
	for_ever(0);
}

int
main(void)
{
	int pages = 0, n;

	test_begin("stack-overflow");

	test_step("death");
	step = between(200, 2000);
	check_eq(pipe2(report, O_NONBLOCK), 0);
	int status = test_child(overflow, NULL);
	while (read(report[0], &n, sizeof(n)) == sizeof(n))
		pages = n;
	close(report[1]);
	if (!check_msg(pages >= 8, "expected a stack of many pages, got %d", pages))
		test_end();
	check_killed(status, SIGSEGV);
	check_msg(pages <= 12, "expected death near page %d, got %d", STACK_PAGES, pages);

	test_step("memory");
	size_t frames = frames_settled();
	check_killed(test_child(overflow, NULL), SIGSEGV);
	check_eq(free_frames(), frames);

	test_end();
}
