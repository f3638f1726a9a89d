/* SPDX-License-Identifier: MIT */
/*
 * Goes to the very ends of the stack and one byte beyond.
 * The stack is ten pages: all of them must be served, no byte outside.
 */
#include "lab.h"

static void
touch_all_pages(void *arg)
{
	(void)arg;
	for (int i = STACK_PAGES - 1; i >= 0; i--)
		peek(STACK_PAGE(i) + test_random() % PAGE);
}

int
main(void)
{
	test_begin("grow-stack-edgecase");

	test_step("lowest");
	if (!check_served('w', STACK_PAGE(STACK_PAGES - 2)))
		test_end();
	check_served('w', STACK_LOW);
	check_served('r', STACK_LOW + 1);
	check_served('r', STACK_LOW + between(2, PAGE - 2));
	check_served('r', STACK_LOW + PAGE - 1);
	check_exited(test_child(touch_all_pages, NULL), 0);

	test_step("below");
	check_refused('w', STACK_LOW - 1);
	check_refused('r', STACK_LOW - 8);
	check_refused('w', STACK_LOW - PAGE);
	check_refused('w', STACK_LOW - 2 * PAGE);
	check_refused('w', STACK_LOW - between(3 * PAGE, 1000 * PAGE));

	test_step("above");
	check_refused('w', STACK_TOP);
	check_refused('r', STACK_TOP + PAGE - 1);
	check_refused('r', STACK_TOP + between(1, 200 * PAGE));

	test_end();
}
