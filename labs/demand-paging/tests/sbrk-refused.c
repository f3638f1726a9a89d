/* SPDX-License-Identifier: MIT */
/*
 * Asks sbrk for more than there is room for: into the stack, out of the user half, around 2^64.
 * It must return -1 with ENOMEM and leave the heap as it was.
 */
#include "lab.h"

static uint64_t end;

static void
refuse(intptr_t increment)
{
	errno = 0;
	check_msg(sbrk(increment) == (void *)-1, "sbrk(0x%lx): expected -1", increment);
	check_eq(errno, ENOMEM);
	check_addr(heap_end(), end);
	heap_set_end(end);
}

int
main(void)
{
	uint64_t start;

	test_begin("sbrk-refused");

	test_step("stack");
	start = sbrk_pages(2);
	end = start + 2 * PAGE;
	poke(start, 5);
	refuse(STACK_PAGE(9) + 1 - end);
	refuse(STACK_TOP - end);
	refuse(STACK_TOP + between(1, 200 * PAGE) - end);

	test_step("user-half");
	refuse(USER_END + 1 - end);
	refuse(0x800000000000 - end);			/* the first non-canonical address */
	refuse(0x800000000000 + between(1, GIB) - end);
	refuse(1l << between(47, 62));
	refuse(INT64_MAX);
	refuse(INT64_MAX - end);

	test_step("unchanged");
	check_eq(peek(start), 5);
	check_refused('w', end + between(1, PAGE - 1));
	size_t more = between(1, 1000);
	sbrk(more);
	check_addr(heap_end(), end + more);
	check_served('w', end);

	test_end();
}
