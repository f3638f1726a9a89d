/* SPDX-License-Identifier: MIT */
/*
 * Grows the heap and takes it back in pieces, by sbrk, down to the very start.
 * Each call must return the end before it; what is still in the heap must stay.
 */
#include "lab.h"

int
main(void)
{
	uint64_t start, end, seed = test_random();

	test_begin("sbrk-decrement");

	test_step("pieces");
	start = heap_pages(0);
	end = start + 6 * PAGE;
	sbrk(6 * PAGE);
	if (!check_addr(heap_end(), end))
		test_end();
	mark_pages(start, end, seed);
	check_addr(sbrk(-(intptr_t)PAGE), end);
	check_addr(sbrk(-100), end - PAGE);
	check_addr(sbrk(-(intptr_t)(2 * PAGE)), end - PAGE - 100);
	end -= 3 * PAGE + 100;
	check_addr(heap_end(), end);

	test_step("contents");
	check_eq(marks_lost(start, start + 3 * PAGE, seed), 0);

	test_step("to-nothing");
	check_addr(sbrk(-(intptr_t)(end - start)), end);
	check_addr(heap_end(), start);
	check_refused('r', start);
	sbrk(PAGE);
	check_addr(heap_end(), start + PAGE);
	check_served('w', start);

	test_end();
}
