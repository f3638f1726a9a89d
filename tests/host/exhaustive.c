/* SPDX-License-Identifier: MIT */
/*
 * The large search of window.h, for `make check-exhaustive`: without sanitizers, and
 * without an end but that there is nothing new.
 * host-test: MM tests/host/window.c tests/host/pagemodel.c tests/host/space.c
 * host-test: tests/host/invariants.c tests/host/fakes.c
 */
#include "host.h"

#include "mm/layout.h"
#include "space.h"
#include "window.h"

static void
search(int pages, int depth, bool moves)
{
	struct search s = { .pages = pages, .depth = depth, .moves = moves };

	space_begin(LARGE_PG_SIZE);
	as_destroy(&as);
	window_search(&s);
	printf("%d pages%s: %d operations, %zu states, %zu transitions; ", pages,
	    moves ? ", moves" : "", s.operations, s.states, s.transitions);
	if (depth == 0)
		printf("every sequence: nothing is more than %d away\n", s.longest);
	else
		printf("every sequence of %d\n", depth);
	fflush(stdout);
}

START_TEST(test_five_pages)
{
	search(5, 0, true);
}
END_TEST

START_TEST(test_six_pages)
{
	search(6, 4, true);
}
END_TEST

HOST_MAIN("exhaustive", test_five_pages, test_six_pages)
