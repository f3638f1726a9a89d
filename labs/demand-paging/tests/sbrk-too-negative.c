/* SPDX-License-Identifier: MIT */
/*
 * Takes more from the heap, by sbrk, than there is.
 * The call must have no effect and return the current end.
 */
#include "lab.h"

int
main(void)
{
	uint64_t start, end, seed;

	test_begin("sbrk-too-negative");
	seed = test_random();

	test_step("no-effect");
	start = sbrk_pages(3);
	end = start + 3 * PAGE;
	mark_pages(start, end, seed);
	const intptr_t sizes[] = {
		-(intptr_t)(end - start) - PAGE * between(1, 64), -(intptr_t)end,
		-(intptr_t)end - 1, -(intptr_t)between(5 * GIB, 6 * GIB),
		-(intptr_t)(test_random() >> 2), INT64_MIN + 1, INT64_MIN,
	};
	uint64_t results[array_len(sizes)];
	for (size_t i = 0; i < array_len(sizes); i++) {
		results[i] = (uint64_t)sbrk(sizes[i]);
		check_addr(heap_end(), end);
		heap_set_end(end);
	}
	check_eq(marks_lost(start, end, seed), 0);

	test_step("returns");
	for (size_t i = 0; i < array_len(sizes); i++)
		check_addr(results[i], end);

	test_end();
}
