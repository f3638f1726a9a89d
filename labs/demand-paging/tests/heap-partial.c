/* SPDX-License-Identifier: MIT */
/*
 * Shrinks the heap into the middle of a page and grows it again, byte by byte.
 * The page that the end lies in must stay present and keep what was written to it.
 */
#include "lab.h"

int
main(void)
{
	uint64_t start, page, seed;

	test_begin("heap-partial");
	seed = test_random();

	test_step("shrink");
	start = heap_pages(5);
	page = start + between(1, 3) * PAGE;
	mark_pages(start, start + 5 * PAGE, seed);
	size_t ofs = 16 + test_random() % 1000;
	heap_set_end(page + ofs);
	check(page_present(page));
	if (check_msg(page_up(heap_end()) == page + PAGE, "expected an end in the page at 0x%lx, "
	    "got 0x%lx", page, heap_end()))
		check_eq(marks_lost(start, page + PAGE, seed), 0);
	heap_set_end(page + 1);
	check(page_present(page));

	test_step("grow");
	heap_set_end(page + ofs);
	heap_set_end(page + PAGE - 1);
	heap_set_end(page + PAGE + 1);
	check_eq(marks_lost(start, page + PAGE, seed), 0);

	test_end();
}
