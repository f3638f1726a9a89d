/* SPDX-License-Identifier: MIT */
/*
 * Grows the heap by a little more than 20 MiB, 5 GiB and 2 GiB, by sbrk, and uses pages of it.
 * No size may be cut to 32 bits; all of it goes back again.
 */
#include "lab.h"

static uint64_t start;		/* the heap's end at the beginning; page-aligned */

/* Use some pages of the SIZE bytes that sbrk is asked for, and give them back. */
static void
grow_and_use(size_t size)
{
	uint64_t seed = test_random();
	size_t stride = (size / 12) & ~(PAGE - 1);

	sbrk(size);
	if (!check_addr(heap_end(), start + size))
		return;
	poke(start + size - PAGE, 1);
	for (uint64_t p = start; p + PAGE <= start + size; p += stride)
		mark_pages(p, p + PAGE, seed);
	for (uint64_t p = start; p + PAGE <= start + size; p += stride)
		if (!check_eq(marks_lost(p, p + PAGE, seed), 0))
			break;
	sbrk(-(intptr_t)size);
	check_addr(heap_end(), start);
}

int
main(void)
{
	test_begin("sbrk-large");

	test_step("20-mib");
	start = sbrk_pages(1) + PAGE;
	grow_and_use(20 * MIB + between(0, 99) * PAGE);

	test_step("5-gib");
	grow_and_use(5 * GIB + between(0, 99) * PAGE);

	test_step("2-gib");
	grow_and_use(2 * GIB + between(0, 99) * PAGE);

	test_end();
}
