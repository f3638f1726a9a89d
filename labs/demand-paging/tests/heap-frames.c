/* SPDX-License-Identifier: MIT */
/*
 * Counts the free frames of the machine while the heap shrinks, and over a child's life.
 * A shrink must free exactly the pages wholly above the new end; an exit, all.
 */
#include "lab.h"

static uint64_t start;

static void
use_heap(void *arg)
{
	size_t used = between(500, 650);

	(void)arg;
	for (uint64_t p = start; p < start + used * PAGE; p += PAGE)
		poke(p, 1);
	heap_set_end(start + between(200, 400) * PAGE + 5);
}

int
main(void)
{
	test_begin("heap-frames");
	uint64_t seed = test_random();
	size_t pages = between(20, 30), kept = between(8, 12);

	test_step("shrink");
	start = heap_pages(pages);
	mark_pages(start, start + pages * PAGE, seed);
	size_t full = frames_settled();
	heap_set_end(start + kept * PAGE + 1);
	check_eq(free_frames() - full, pages - kept - 1);
	heap_set_end(start + kept * PAGE);
	check_eq(free_frames() - full, pages - kept);
	heap_set_end(start + PAGE);
	check_eq(free_frames() - full, pages - 1);

	test_step("again");
	for (int i = 0; i < 10; i++) {
		heap_set_end(start + pages * PAGE);
		mark_pages(start, start + pages * PAGE, seed);
		check_eq(free_frames(), full);
		heap_set_end(start + PAGE);
		check_eq(free_frames() - full, pages - 1);
	}

	test_step("exit");
	heap_set_end(start + 700 * PAGE);
	full = free_frames();
	for (int i = 0; i < 3; i++)
		check_exited(test_child(use_heap, NULL), 0);
	check_eq(free_frames(), full);

	test_end();
}
