/* SPDX-License-Identifier: MIT */
/*
 * Uses nine pages of stack: by nested calls, and page by page in any order.
 * Each access must find the page there, and each value must stay.
 */
#include "lab.h"

#define NEST	8

/* Fill most of a page, call NEST - DEPTH levels more, check what was filled in.  => words lost */
static __attribute__((noinline)) size_t
nest(int depth, uint64_t seed)
{
	volatile uint64_t frame[PAGE / 8 - 32];
	size_t lost = 0;

	for (size_t i = 0; i < array_len(frame); i += 16)
		frame[i] = word_for((uint64_t)&frame[i], seed);
	if (depth < NEST)
		lost = nest(depth + 1, seed);
	for (size_t i = 0; i < array_len(frame); i += 16)
		lost += frame[i] != word_for((uint64_t)&frame[i], seed);
	return lost;
}

static void
nested_calls(void *arg)
{
	(void)arg;
	check_eq(nest(1, test_random()), 0);
}

/* Visit the pages below the top one in a random order, a far one first. */
static void
any_order(void *arg)
{
	uint64_t seed = test_random();
	size_t first = test_random() % 4;

	(void)arg;
	for (size_t i = 0; i < 8; i++) {
		size_t page = 1 + (first + 5 * i) % 8;

		mark_pages(STACK_PAGE(page), STACK_PAGE(page + 1), seed);
	}
	check_eq(marks_lost(STACK_PAGE(1), STACK_PAGE(9), seed), 0);
}

int
main(void)
{
	test_begin("grow-stack");

	test_step("nested-calls");
	check_exited(test_child(nested_calls, NULL), 0);

	test_step("any-order");
	check_exited(test_child(any_order, NULL), 0);

	test_end();
}
