/* SPDX-License-Identifier: MIT */
/*
 * Children touch one page in each 2 MiB, each of which needs a page table too, until memory ends.
 * Sooner or later there is a frame but no table: the child is killed and the frame comes back.
 */
#include "lab.h"

static uint64_t start;		/* of 64 GiB of heap */

/* Shift by DENSE pages first, so that memory ends at different points. */
static void
eat_sparsely(void *dense)
{
	uint64_t p = start;

	for (size_t i = 0; i < *(size_t *)dense; i++)
		poke(p + i * PAGE, 1);
	for (;;)
		poke(p += 2 * MIB, 1);
}

int
main(void)
{
	test_begin("oom-tables");

	test_step("killed");
	start = heap_pages(64 * GIB / PAGE);
	for (size_t dense = 1; dense <= 4; dense++) {
		size_t frames = frames_settled();

		if (!check_killed(test_child(eat_sparsely, &dense), SIGKILL))
			test_end();
		check_eq(free_frames(), frames);
	}

	test_end();
}
