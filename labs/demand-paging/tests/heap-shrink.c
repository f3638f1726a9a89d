/* SPDX-License-Identifier: MIT */
/*
 * Fills a heap, gives the upper part of it back, and uses that part again.
 * A page given back must be gone at once; taken again, it must be absent and then zero.
 */
#include "lab.h"

#define PAGES	8
#define KEPT	3

static uint64_t start, seed;

static void
fill_and_shrink(void)
{
	mark_pages(start, start + PAGES * PAGE, seed);
	heap_set_end(start + PAGES * PAGE - 100);
	check_addr(heap_set_end(start + KEPT * PAGE), start + KEPT * PAGE);
}

/* What must kill: an access to a page that was given back a moment ago. */
static void
use_after(void *arg)
{
	fill_and_shrink();
	peek(start + *(size_t *)arg * PAGE + 8);
}

static void
keep_rest(void *arg)
{
	(void)arg;
	fill_and_shrink();
	check_eq(marks_lost(start, start + KEPT * PAGE, seed), 0);
}

static void
use_again(void *arg)
{
	(void)arg;
	fill_and_shrink();
	if (!check_addr(heap_set_end(start + PAGES * PAGE), start + PAGES * PAGE))
		return;
	check_eq(resident((void *)start, PAGES), KEPT);
	for (uint64_t p = start + KEPT * PAGE; p < start + PAGES * PAGE; p += PAGE)
		check_eq(words_nonzero(p, PAGE), 0);
	check_eq(marks_lost(start, start + KEPT * PAGE, seed), 0);
}

int
main(void)
{
	test_begin("heap-shrink");
	seed = test_random();

	test_step("kept");
	start = heap_pages(PAGES);
	if (!check_exited(test_child(keep_rest, NULL), 0))
		test_end();

	test_step("gone");
	for (size_t page = KEPT; page < PAGES; page++)
		check_killed(test_child(use_after, &page), SIGSEGV);

	test_step("again");
	check_exited(test_child(use_again, NULL), 0);

	test_end();
}
