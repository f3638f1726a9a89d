/* SPDX-License-Identifier: MIT */
/*
 * Grows the heap by a few bytes at a time, by sbrk, and fills every byte.
 * Each call must return where its bytes begin: exactly behind the ones before.
 */
#include "lab.h"

#define CALLS	400

static size_t sizes[CALLS];

int
main(void)
{
	uint64_t start, at, seed;

	test_begin("sbrk-small");
	seed = test_random();

	test_step("returns");
	start = at = heap_end();
	for (int i = 0; i < CALLS; i++) {
		sizes[i] = 1 + test_random() % 50;
		if (!check_addr(sbrk(sizes[i]), at))
			break;
		at += sizes[i];
	}
	check_addr(heap_end(), at);

	test_step("contents");
	if (!check_msg(at >= start + CALLS && heap_end() >= at, "expected a heap that grows"))
		test_end();
	for (uint64_t p = start; p < at; p++)
		poke(p, word_for(p, seed));
	size_t lost = 0;
	for (uint64_t p = start; p < at; p++)
		lost += peek(p) != (uint8_t)word_for(p, seed);
	check_eq(lost, 0);

	test_end();
}
