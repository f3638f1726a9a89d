/* SPDX-License-Identifier: MIT */
/*
 * Counts the free frames of the machine while the heap shrinks, and over a child's life.
 * A shrink must free exactly the pages wholly above the new end; an exit, all.
 */
#include "lab.h"

#define PAGES	24

static uint64_t start;

static void
use_heap(void *arg)
{
	(void)arg;
	for (uint64_t p = start; p < start + 600 * PAGE; p += PAGE)
		poke(p, 1);
	heap_set_end(start + 300 * PAGE + 5);
}

int
main(void)
{
	uint64_t seed = test_random();

	test_begin("heap-frames");

	test_step("shrink");
	start = heap_pages(PAGES);
	mark_pages(start, start + PAGES * PAGE, seed);
	size_t full = frames_settled();
	heap_set_end(start + 10 * PAGE + 1);
	check_eq(free_frames() - full, 13);
	heap_set_end(start + 10 * PAGE);
	check_eq(free_frames() - full, 14);
	heap_set_end(start + PAGE);
	check_eq(free_frames() - full, 23);

	test_step("again");
	for (int i = 0; i < 10; i++) {
		heap_set_end(start + PAGES * PAGE);
		mark_pages(start, start + PAGES * PAGE, seed);
		check_eq(free_frames(), full);
		heap_set_end(start + PAGE);
		check_eq(free_frames() - full, 23);
	}

	test_step("exit");
	heap_set_end(start + 700 * PAGE);
	full = free_frames();
	for (int i = 0; i < 3; i++)
		check_exited(test_child(use_heap, NULL), 0);
	check_eq(free_frames(), full);

	test_end();
}
