/* SPDX-License-Identifier: MIT */
/*
 * Bounded exhaustive checking of what mmap, munmap, mprotect, madvise and mremap do to
 * a window of a few pages: from every state that can be reached, every operation on every
 * part of the window is tried, and the result compared with a model that knows pages only.
 *
 * After each operation: its answer; the rights of every page; which pages are there, and
 * what is in them; that regions are as few as can be; list, tree, entries, owner counts;
 * the number of free frames; that stale translations were flushed.
 *
 * States are told apart by all that the code could tell them apart by: rights, pages that
 * are there, the tree's shape, the last region found.  So what was tried from a state
 * once need not be tried again when another sequence leads there, and a search that
 * finds no new state has tried all sequences of any length.
 */
#ifndef HOST_WINDOW_H
#define HOST_WINDOW_H

#include "types.h"

#define WINDOW_MAX	6		/* pages */

struct search {
	int pages;			/* of the window */
	int depth;			/* operations in a row; 0: any number */
	bool moves;			/* with mremap to another place */
	/* results */
	int operations;			/* that are tried from every state */
	size_t states, transitions;
	int longest;			/* way to a state */
};

/* => fails the test at the first difference, and says how to get there */
void window_search(struct search *s);

#endif
