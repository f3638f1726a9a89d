/* SPDX-License-Identifier: MIT */
/*
 * Sixty children, two at a time, use pages all over 10 MiB each: far more than there is, in sum.
 * How far these pages lie apart is another distance in each boot.
 * Each must find its own values, and all memory must come back.
 */
#include "lab.h"

#define CHILDREN	60
#define PAGES		(10 * MIB / PAGE)

static uint64_t start, stride;

/* => how many values were not there any more */
static size_t
use_pages(uint64_t seed)
{
	size_t lost = 0;

	for (uint64_t p = start; p < start + PAGES * PAGE; p += stride)
		poke8(p, word_for(p, seed));
	sched_yield();
	for (uint64_t p = start; p < start + PAGES * PAGE; p += stride)
		lost += peek8(p) != word_for(p, seed);
	return lost;
}

static pid_t
start_child(void)
{
	uint64_t seed = test_random();
	pid_t pid = test_child_start();

	if (pid == 0)
		test_child_exit_with(use_pages(seed) == 0 ? 0 : 2);
	return pid;
}

int
main(void)
{
	test_begin("children");

	test_step("values");
	start = heap_pages(PAGES);
	stride = between(7, 9) * PAGE;
	size_t frames = frames_settled();
	for (size_t i = 0; i < CHILDREN; i += 2) {
		pid_t pids[] = { start_child(), start_child() };

		for (size_t k = 0; k < 2; k++) {
			int status = test_child_wait(pids[k]);

			check_msg(status == 0, "child %zu: expected its own values, got "
			    "wait status 0x%x", i + k, status);
		}
	}

	test_step("memory");
	check_eq(free_frames(), frames);

	test_end();
}
