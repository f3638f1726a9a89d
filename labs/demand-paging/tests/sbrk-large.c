/* SPDX-License-Identifier: MIT */
/*
 * Grows the heap by 20 MiB and by 5 GiB, by sbrk, and uses pages all over it.
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
	for (uint64_t p = start; p + PAGE <= start + size; p += stride)
		mark_pages(p, p + PAGE, seed);
	poke(start + size - PAGE, 1);
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
	grow_and_use(20 * MIB);

	test_step("5-gib");
	grow_and_use(5 * GIB);

	test_step("2-gib");
	grow_and_use(2 * GIB);

	test_end();
}
