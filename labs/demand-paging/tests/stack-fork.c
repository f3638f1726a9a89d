/* SPDX-License-Identifier: MIT */
/*
 * Forks with some stack pages in use; parent and child then write to the same addresses.
 * The child must start with the parent's values, and neither may see what the other writes.
 */
#include "lab.h"

#define END	STACK_PAGE(9)

static uint64_t start, parent_seed, child_seed;

static void
child_writes(void *arg)
{
	(void)arg;
	check_eq(marks_lost(start, END, parent_seed), 0);
	mark_pages(start, END, child_seed);
	mark_pages(STACK_PAGE(1), STACK_PAGE(2), child_seed);
	check_eq(marks_lost(start, END, child_seed), 0);
}

int
main(void)
{
	int go[2];
	char c;

	test_begin("stack-fork");
	parent_seed = test_random();
	child_seed = test_random();
	start = STACK_PAGE(between(3, 7));

	test_step("child");
	mark_pages(start, END, parent_seed);
	check_exited(test_child(child_writes, NULL), 0);
	check_eq(marks_lost(start, END, parent_seed), 0);
	check(peek8(STACK_PAGE(1)) != word_for(STACK_PAGE(1), child_seed));

	test_step("parent");
	check_eq(pipe(go), 0);
	pid_t pid = test_child_start();
	if (pid == 0) {
		read(go[0], &c, 1);		/* the parent has written by then */
		test_child_exit_with(marks_lost(start, END, parent_seed) == 0 ? 0 : 2);
	}
	mark_pages(start, END, child_seed);
	write(go[1], "x", 1);
	int status = test_child_wait(pid);
	check_msg(status == 0, "expected a child that still finds the values from before fork");

	test_end();
}
