/* SPDX-License-Identifier: MIT */
/*
 * Grows the heap by 1 GiB on a machine of 32 MiB and touches a few pages of it.
 * Growing must cost no memory at all, a touch the page touched (and its tables).
 */
#include "lab.h"

#define TOUCHES	8

int
main(void)
{
	size_t frames = frames_settled();
	size_t offset[TOUCHES];
	uint64_t start;

	test_begin("heap-lazy");

	test_step("grow");
	start = heap_pages(GIB / PAGE);
	check_eq(free_frames(), frames);
	check_eq(resident((void *)start, 512), 0);
	check_eq(resident((void *)(start + between(512, 200000) * PAGE), 512), 0);

	test_step("touch");
	for (int i = 0; i < TOUCHES; i++) {
		offset[i] = i * (GIB / TOUCHES) + (2 + test_random() % 1000) * PAGE;
		poke(start + offset[i] + test_random() % PAGE, i + 1);
	}
	for (int i = 0; i < TOUCHES; i++) {
		uint64_t page = start + offset[i];

		check_msg(page_present(page), "0x%lx: expected present", page);
		check_msg(!page_present(page - PAGE), "0x%lx: expected absent", page - PAGE);
		check_msg(!page_present(page + PAGE), "0x%lx: expected absent", page + PAGE);
	}
	frames -= free_frames();
	check_msg(frames >= TOUCHES && frames <= 2 * TOUCHES + 3,
	    "expected %d to %d frames for %d pages and their tables, got %zu",
	    TOUCHES, 2 * TOUCHES + 3, TOUCHES, frames);

	test_end();
}
