/* SPDX-License-Identifier: MIT */
/*
 * Fills a heap, gives the upper part of it back, and uses that part again.
 * A page given back must be gone at once; taken again, it must be absent and then zero.
 */
#include "lab.h"

#define GONE	17		/* pages that are given back; a mistake in every 16th shows */

static uint64_t start, seed;
static size_t pages, kept, cut;		/* cut: bytes of the last page that go first */

static void
fill_and_shrink(void)
{
	mark_pages(start, start + pages * PAGE, seed);
	heap_set_end(start + pages * PAGE - cut);
	check_addr(heap_set_end(start + kept * PAGE), start + kept * PAGE);
}

/* What must kill: an access to a page that was given back a moment ago. */
static void
use_after(void *arg)
{
	fill_and_shrink();
	peek(start + *(size_t *)arg * PAGE + between(0, PAGE - 1));
}

static void
keep_rest(void *arg)
{
	(void)arg;
	fill_and_shrink();
	check_eq(marks_lost(start, start + kept * PAGE, seed), 0);
}

static void
use_again(void *arg)
{
	(void)arg;
	fill_and_shrink();
	if (!check_addr(heap_set_end(start + pages * PAGE), start + pages * PAGE))
		return;
	check_eq(resident((void *)start, pages), kept);
	for (uint64_t p = start + kept * PAGE; p < start + pages * PAGE; p += PAGE)
		check_eq(words_nonzero(p, PAGE), 0);
	check_eq(marks_lost(start, start + kept * PAGE, seed), 0);
}

int
main(void)
{
	test_begin("heap-shrink");
	seed = test_random();
	kept = between(2, 4);
	pages = kept + GONE;
	cut = between(1, PAGE - 1);

	test_step("kept");
	start = heap_pages(pages);
	if (!check_exited(test_child(keep_rest, NULL), 0))
		test_end();

	test_step("gone");
	for (size_t page = kept; page < pages; page++)
		check_killed(test_child(use_after, &page), SIGSEGV);

	test_step("again");
	check_exited(test_child(use_again, NULL), 0);

	test_end();
}
