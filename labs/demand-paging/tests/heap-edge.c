/* SPDX-License-Identifier: MIT */
/*
 * Touches the first and the last byte of the heap, and bytes just outside.
 * The page that the heap's end lies in belongs to it as a whole, the next page does not.
 */
#include "lab.h"

int
main(void)
{
	uint64_t bottom = heap_end();
	uint64_t start, end, more;
	size_t pages;

	test_begin("heap-edge");

	test_step("first");
	pages = between(4, 12);
	start = heap_pages(pages);
	end = start + pages * PAGE;
	if (!check_served('w', start))
		test_end();
	check_served('r', start + between(1, pages - 2) * PAGE);

	test_step("last");
	check_served('w', end - 1);
	check_served('r', end - 8);
	check_served('r', end - PAGE);

	test_step("outside");
	check_refused('r', end);
	check_refused('w', end);
	check_refused('w', end + PAGE);
	check_refused('r', bottom - 1);

	test_step("unaligned");
	more = between(2, PAGE - 100);
	check_addr(heap_set_end(end + more), end + more);
	check_served('w', end);
	check_served('w', end + more - 1);
	check_served('w', end + PAGE - 1);
	check_refused('w', end + PAGE);

	test_end();
}
