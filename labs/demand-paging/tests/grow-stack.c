/* SPDX-License-Identifier: MIT */
/*
 * Uses nine pages of stack: by nested calls, and page by page in any order.
 * Each access must find the page there, and each value must stay.
 */
#include "lab.h"

/*
 * Fill a part of the stack that is less than a page long, another one at each level, call
 * more levels until the ninth page is reached, check what was filled in.  => words lost
 */
static __attribute__((noinline)) size_t
nest(uint64_t seed)
{
	size_t n = 128 + word_for((uint64_t)__builtin_frame_address(0), seed) / 2 % 340;
	volatile uint64_t *frame = __builtin_alloca(n * sizeof(*frame));
	size_t lost = 0;

	for (size_t i = 0; i < n; i += 16)
		frame[i] = word_for((uint64_t)&frame[i], seed);
	if ((uint64_t)frame >= STACK_PAGE(2))
		lost = nest(seed);
	for (size_t i = 0; i < n; i += 16)
		lost += frame[i] != word_for((uint64_t)&frame[i], seed);
	return lost;
}

static void
nested_calls(void *arg)
{
	(void)arg;
	check_eq(nest(test_random()), 0);
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
