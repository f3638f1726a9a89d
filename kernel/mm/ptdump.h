/* SPDX-License-Identifier: MIT */
/*
 * Page tables as text.  grading/ptdump.py prints the very same from outside the machine.
 */
#ifndef FAULTLINE_MM_PTDUMP_H
#define FAULTLINE_MM_PTDUMP_H

#include "mm/vpmap.h"

/*
 * Call LINE (which gets ARG) with each line of text, its newline included:
 *
 *	root  0x000000123000
 *	user text      0x00000000400000    L4=000 L3=000 L2=002 L1=000
 *	...                                the landmarks of mm/layout.h
 *	L4=000  0x000000124000  PRESENT|WRITABLE|USER|ACCESSED
 *	  L3=000  ...                      each entry that is in use, below its parent
 *
 * The direct map is left out: it is the same everywhere, and long.
 */
void ptdump(const struct vpmap *map, void (*line)(void *arg, const char *text), void *arg);

/* How many tables the user half of MAP has, its root included. */
size_t vpmap_count_tables(const struct vpmap *map);

#endif
