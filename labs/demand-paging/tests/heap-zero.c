/* SPDX-License-Identifier: MIT */
/*
 * Touches fresh heap pages somewhere in the middle, after memory was filled with other bytes.
 * Every other byte of the page must read zero, and no other page may change.
 */
#include "lab.h"

#define DIRTY	512
#define FRESH	24

static uint64_t start;		/* of the heap, which this process never touches itself */

/* Leave many frames full of bytes that are not zero. */
static void
leave_dirt(void *arg)
{
	(void)arg;
	memset((void *)start, between(1, 255), DIRTY * PAGE);
}

static void
read_first(void *arg)
{
	(void)arg;
	for (uint64_t p = start; p < start + FRESH * PAGE; p += PAGE) {
		check_eq(peek(p + test_random() % PAGE), 0);
		check_eq(words_nonzero(p, PAGE), 0);
	}
}

static void
write_first(void *arg)
{
	(void)arg;
	for (uint64_t p = start; p < start + FRESH * PAGE; p += PAGE) {
		uint64_t word = p + test_random() % (PAGE / 8) * 8;

		poke8(word, 1);
		check_eq(words_nonzero(p, PAGE), 1);
		check_addr(peek8(word), 1);
	}
}

/* From the top down: zeroing that runs over a page's end hits a page that is in use. */
static void
neighbors(void *arg)
{
	uint64_t end = start + FRESH * PAGE;
	uint64_t seed = test_random();

	(void)arg;
	for (uint64_t p = end - PAGE; p >= start; p -= PAGE) {
		peek(p + PAGE - 16 - test_random() % (PAGE / 2));
		mark_pages(p, p + PAGE, seed);
	}
	check_eq(marks_lost(start, end, seed), 0);
}

int
main(void)
{
	test_begin("heap-zero");

	test_step("whole-page");
	start = heap_pages(DIRTY);
	test_child(leave_dirt, NULL);
	check_exited(test_child(read_first, NULL), 0);
	test_child(leave_dirt, NULL);
	check_exited(test_child(write_first, NULL), 0);

	test_step("neighbors");
	check_exited(test_child(neighbors, NULL), 0);

	test_end();
}
