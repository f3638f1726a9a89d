/* SPDX-License-Identifier: MIT */
/*
 * Tries to grow the heap into the stack, and over it.
 * Both must be refused and leave everything as it was; growth up to the stack must work.
 */
#include "lab.h"

/* Ask for an end that must be refused.  OLD is where the heap ends. */
static void
refuse(uint64_t end, uint64_t old)
{
	check_msg(heap_set_end(end) == old,
	    "heap end 0x%lx: expected it refused and left at 0x%lx, it is 0x%lx", end, old,
	    heap_end());
	heap_set_end(old);
}

int
main(void)
{
	uint64_t start, old;

	test_begin("heap-bound");

	test_step("into");
	start = heap_pages(3);
	old = heap_set_end(start + 2 * PAGE + between(1, PAGE - 1));
	poke(start, 77);
	refuse(STACK_PAGE(9) + 1, old);
	refuse(between(STACK_PAGE(1), STACK_TOP - 1), old);
	refuse(STACK_TOP, old);

	test_step("over");
	refuse(STACK_TOP + 1, old);
	refuse(STACK_TOP + between(PAGE, 200 * PAGE), old);
	refuse(USER_END - PAGE, old);

	test_step("unchanged");
	check_eq(peek(start), 77);
	check_refused('w', start + 3 * PAGE + between(1, PAGE - 1));
	check_addr(heap_set_end(old + PAGE), old + PAGE);
	check_served('w', start + 3 * PAGE);

	test_step("up-to");
	check_addr(heap_set_end(STACK_LOW - PAGE), STACK_LOW - PAGE);
	check_served('w', STACK_LOW - 2 * PAGE);
	check_addr(heap_set_end(STACK_LOW), STACK_LOW);
	check_served('w', STACK_LOW - PAGE);
	refuse(STACK_LOW + 1, STACK_LOW);
	refuse(STACK_PAGE(between(1, 8)), STACK_LOW);
	check_addr(heap_set_end(old), old);

	test_end();
}
