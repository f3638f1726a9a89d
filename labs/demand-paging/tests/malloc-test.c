/* SPDX-License-Identifier: MIT */
/*
 * Allocates and frees memory of many sizes with malloc, which gets it from sbrk.
 * No two pieces may overlap, and each must keep its bytes until it is freed.
 */
#include "lab.h"

#define SLOTS	32
#define ROUNDS	600

static struct {
	uint64_t *words;
	size_t n;
	uint64_t seed;
} slots[SLOTS];

static void
slot_fill(size_t i)
{
	size_t bytes = 8 + test_random() % (test_random() % 8 == 0 ? 20000 : 300);

	slots[i].n = bytes / 8;
	slots[i].seed = test_random();
	slots[i].words = malloc(bytes);
	if (!check_msg(slots[i].words != NULL, "malloc(%zu): expected memory, got none", bytes))
		test_end();
	for (size_t w = 0; w < slots[i].n; w++)
		slots[i].words[w] = word_for(w, slots[i].seed);
}

static void
slot_check_and_free(size_t i)
{
	size_t lost = 0;

	for (size_t w = 0; w < slots[i].n; w++)
		lost += slots[i].words[w] != word_for(w, slots[i].seed);
	check_eq(lost, 0);
	free(slots[i].words);
	slots[i].words = NULL;
}

int
main(void)
{
	test_begin("malloc-test");

	test_step("patterns");
	/* What malloc keeps of its first pages begins in the middle of the last one. */
	free(malloc(15 * PAGE + between(100, 3000)));
	for (int round = 0; round < ROUNDS; round++) {
		size_t i = test_random() % SLOTS;

		if (slots[i].words != NULL)
			slot_check_and_free(i);
		else
			slot_fill(i);
	}
	for (size_t i = 0; i < SLOTS; i++)
		if (slots[i].words != NULL)
			slot_check_and_free(i);

	test_step("large");
	size_t words = between(295000, 305000);
	uint64_t *p = calloc(words, 8);
	if (check(p != NULL)) {
		for (size_t i = between(0, 996); i < words; i += 997)
			if (!check_eq(p[i], 0))
				break;
		p[words - 1] = 1;
		free(p);
	}

	test_end();
}
