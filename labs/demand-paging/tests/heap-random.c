/* SPDX-License-Identifier: MIT */
/*
 * Moves the heap's end up and down at random, a thousand times, and reads and writes all over it.
 * Every word must hold what was last written since its page was last given back, or zero.
 */
#include "lab.h"

#define PAGES	48
#define SLOTS	(PAGES * 4)		/* four words of each page */
#define ROUNDS	1000

static uint64_t start, end;
static uint64_t want[SLOTS];

static uint64_t
slot_addr(size_t slot)
{
	return start + slot * (PAGE / 4);
}

static void
move_end(void)
{
	end = start + test_random() % (PAGES * PAGE);
	check_addr(page_up(heap_set_end(end)), page_up(end));
	for (size_t i = 0; i < SLOTS; i++)
		if (slot_addr(i) >= page_up(end))
			want[i] = 0;
}

static void
use_words(void)
{
	size_t slots = (end - start) / (PAGE / 4);

	for (int i = 0; i < 6 && slots > 0; i++) {
		size_t slot = test_random() % slots;

		check_addr(peek8(slot_addr(slot)), want[slot]);
		want[slot] = test_random();
		poke8(slot_addr(slot), want[slot]);
	}
}

int
main(void)
{
	test_begin("heap-random");

	test_step("contents");
	start = heap_pages(1) + PAGE;
	size_t frames = frames_settled();
	for (int i = 0; i < ROUNDS; i++) {
		move_end();
		use_words();
	}

	test_step("memory");
	check_addr(heap_set_end(start), start);
	check_eq(resident((void *)start, PAGES), 0);
	check_eq(free_frames(), frames);

	test_end();
}
