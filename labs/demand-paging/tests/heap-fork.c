/* SPDX-License-Identifier: MIT */
/*
 * Forks with some heap pages in use; parent and child then write to them, the child moves its end.
 * The child must start with the parent's values, and neither may see what the other does.
 */
#include "lab.h"

static uint64_t start, used_end, end;	/* the pages from used_end on are the child's only */
static uint64_t parent_seed, child_seed;

static void
child_writes(void *arg)
{
	(void)arg;
	if (!check_addr(heap_end(), end))
		return;
	check_eq(marks_lost(start, used_end, parent_seed), 0);
	mark_pages(start, end, child_seed);
	check_eq(marks_lost(start, end, child_seed), 0);
	uint64_t more = between(3, 6) * PAGE;
	if (check_addr(heap_set_end(end + more), end + more))
		poke(end + more - PAGE, 1);
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
	size_t used = between(6, 12), pages = used + between(3, 8);
	start = heap_pages(pages);
	used_end = start + used * PAGE;
	end = start + pages * PAGE;
	mark_pages(start, used_end, parent_seed);
	check_exited(test_child(child_writes, NULL), 0);
	check_eq(marks_lost(start, used_end, parent_seed), 0);
	check_addr(heap_end(), end);
	check(peek8(used_end) != word_for(used_end, child_seed));

	test_step("parent");
	check_eq(pipe(go), 0);
	pid_t pid = test_child_start();
	if (pid == 0) {
		read(go[0], &c, 1);		/* the parent has written by then */
		size_t lost = marks_lost(start, used_end, parent_seed);

		test_child_exit_with(lost == 0 ? 0 : 2);
	}
	mark_pages(start, used_end, child_seed);
	write(go[1], "x", 1);
	int status = test_child_wait(pid);
	check_msg(status == 0, "expected a child that still finds the values from before fork");

	test_end();
}
