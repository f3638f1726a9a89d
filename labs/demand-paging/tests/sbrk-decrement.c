/* SPDX-License-Identifier: MIT */
/*
 * Grows the heap and takes it back in pieces, by sbrk, down to the very start.
 * The end must move by exactly that much; what is still in the heap must stay.
 */
#include "lab.h"

int
main(void)
{
	uint64_t start, end, seed = test_random();

	test_begin("sbrk-decrement");

	test_step("pieces");
	start = sbrk_pages(6);
	end = start + 6 * PAGE;
	mark_pages(start, end, seed);
	const intptr_t pieces[] = { PAGE, 100, 2 * PAGE };
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
	check_refused('r', start + 8);
	sbrk(PAGE);
	check_addr(heap_end(), start + PAGE);
	check_served('w', start);

	test_end();
}
