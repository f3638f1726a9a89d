/* SPDX-License-Identifier: MIT */
/*
 * Grows the heap and takes it back in pieces, by sbrk, down to the very start.
 * The end must move by exactly that much; what is still in the heap must stay.
 */
#include "lab.h"

int
main(void)
{
	uint64_t start, end, seed;

	test_begin("sbrk-decrement");
	seed = test_random();

	test_step("pieces");
	start = sbrk_pages(6);
	end = start + 6 * PAGE;
	mark_pages(start, end, seed);
	const intptr_t pieces[] = { PAGE, between(1, 1000), 2 * PAGE, between(1, 1000) };
	for (size_t i = 0; i < array_len(pieces); i++) {
		sbrk(-pieces[i]);
		end -= pieces[i];
		check_addr(heap_end(), end);
	}

	test_step("contents");
	check_eq(marks_lost(start, start + 2 * PAGE, seed), 0);

	test_step("to-nothing");
	sbrk(-(intptr_t)(heap_end() - start));
	check_addr(heap_end(), start);
	check_refused('r', start + between(1, PAGE - 1));
	sbrk(PAGE);
	check_addr(heap_end(), start + PAGE);
	check_served('w', start);

	test_end();
}
