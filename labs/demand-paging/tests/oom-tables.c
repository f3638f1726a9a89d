/* SPDX-License-Identifier: MIT */
/*
 * Children touch one page in each 2 MiB, each of which needs a page table too, until memory ends.
 * Sooner or later there is a frame but no table: the child is killed and the frame comes back.
 */
#include "lab.h"

#define MOST_SPARSE	420

static size_t sparse;		/* frames to be used sparsely; 2 MiB of heap for each two */
static uint64_t start;		/* of enough heap for all that */

/* Use up all but a few frames, those sparsely; the end comes at another point for each MORE. */
static void
eat_sparsely(void *more)
{
	size_t dense = free_frames() - sparse + *(size_t *)more;
	uint64_t p = start;

	for (size_t i = 0; i < dense; i++, p += PAGE)
		poke(p, 1);
	for (;; p += 2 * MIB)
		poke(p, 1);
}

int
main(void)
{
	test_begin("oom-tables");

	test_step("killed");
	sparse = between(380, MOST_SPARSE);
	start = heap_pages((32 * MIB + MOST_SPARSE * 2 * MIB) / PAGE);
	for (size_t more = 0; more < 2; more++) {
		size_t frames = frames_settled();

		if (!check_killed(test_child(eat_sparsely, &more), SIGKILL))
			test_end();
		check_eq(free_frames(), frames);
	}

	test_end();
}
