/* SPDX-License-Identifier: MIT */
/*
 * Forks with some heap pages in use; parent and child then write to them, the child moves its end.
 * The child must start with the parent's values, and neither may see what the other does.
 */
#include "lab.h"

#define PAGES	16
#define USED	10		/* the rest is never touched by the parent */

static uint64_t start, parent_seed, child_seed;

static void
child_writes(void *arg)
{
	uint64_t end = start + PAGES * PAGE;

	(void)arg;
	if (!check_addr(heap_end(), end))
		return;
	check_eq(marks_lost(start, start + USED * PAGE, parent_seed), 0);
	mark_pages(start, end, child_seed);
	check_eq(marks_lost(start, end, child_seed), 0);
	if (check_addr(heap_set_end(end + 3 * PAGE), end + 3 * PAGE))
		poke(end + 2 * PAGE, 1);
}

int
main(void)
{
	int go[2];
	char c;

	test_begin("heap-fork");
	parent_seed = test_random();
	child_seed = test_random();

	test_step("child");
	start = heap_pages(PAGES);
	mark_pages(start, start + USED * PAGE, parent_seed);
	check_exited(test_child(child_writes, NULL), 0);
	check_eq(marks_lost(start, start + USED * PAGE, parent_seed), 0);
	check_addr(heap_end(), start + PAGES * PAGE);
	check(peek8(start + USED * PAGE) != word_for(start + USED * PAGE, child_seed));

	test_step("parent");
	check_eq(pipe(go), 0);
	pid_t pid = test_child_start();
	if (pid == 0) {
		read(go[0], &c, 1);		/* the parent has written by then */
		size_t lost = marks_lost(start, start + USED * PAGE, parent_seed);

		test_child_exit_with(lost == 0 ? 0 : 2);
	}
	mark_pages(start, start + USED * PAGE, child_seed);
	write(go[1], "x", 1);
	int status = test_child_wait(pid);
	check_msg(status == 0, "expected a child that still finds the values from before fork");

	test_end();
}
