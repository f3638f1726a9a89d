/* SPDX-License-Identifier: MIT */
/*
 * Ranges over regions: everything that can be done to a few pages (window.h).  After each
 * step all must hold that always holds (O8): A9, A10, B13 are part of that.
 * host-test: MM tests/host/window.c tests/host/pagemodel.c tests/host/space.c
 * host-test: tests/host/invariants.c tests/host/fakes.c
 */
#include "host.h"

#include "mm/layout.h"
#include "space.h"
#include "window.h"

/* Start without `as`: the search makes one for each way. */
static void
begin(void)
{
	space_begin(LARGE_PG_SIZE);
	as_destroy(&as);
}

/* All sequences of any length on a window of N pages. */
START_TEST(test_small_window)
{
	struct search s = { .pages = 3, .moves = true };

	begin();
	window_search(&s);
	printf("3 pages: %d operations, %zu states, %zu transitions, depth %d\n", s.operations,
	    s.states, s.transitions, s.longest);
	ck_assert_uint_gt(s.states, 100);
}
END_TEST

START_TEST(test_large_window)
{
	struct search s = { .pages = WINDOW_MAX, .depth = 3 };

	begin();
	window_search(&s);
	printf("6 pages: %d operations, %zu states, %zu transitions, depth %d\n", s.operations,
	    s.states, s.transitions, s.longest);
}
END_TEST

HOST_MAIN("range", test_small_window, test_large_window)
