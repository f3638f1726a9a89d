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
	uint64_t start, end;

	test_begin("heap-edge");

	test_step("first");
	start = heap_pages(4);
	end = start + 4 * PAGE;
	if (!check_served('w', start))
		test_end();
	check_served('r', start + PAGE);

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
	check_addr(heap_set_end(end + 100), end + 100);
	check_served('w', end);
	check_served('w', end + 99);
	check_served('w', end + PAGE - 1);
	check_refused('w', end + PAGE);

	test_end();
}
