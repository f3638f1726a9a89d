/* SPDX-License-Identifier: MIT */
/* I: mremap. */
#include "harness.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP	4
#endif
#define MOVE		MREMAP_MAYMOVE
#define TO		(MREMAP_MAYMOVE | MREMAP_FIXED)
#define KEEP		(MREMAP_MAYMOVE | MREMAP_DONTUNMAP)

/* N pages of RW at AT, each filled with its number, from 1 on. */
static char *
numbered(char *at, size_t n)
{
	map(at, n * P, RW, FIXED);
	for (size_t i = 0; i < n; i++)
		memset(at + i * P, (int)i + 1, P);
	return at;
}

/* Do N pages hold their numbers? */
static const char *
kept(const char *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!all(at + i * P, P, (int)i + 1))
			return "different";
	return "same";
}

BEHAVIOUR(I1_1, "grow in place")
{
	char *at = numbered(window(6), 2);

	say("%s", place(remap(at, 2 * P, 5 * P, 0), at));
	say("%s %s", kept(at, 2), all(at + 2 * P, 3 * P, 0) ? "zero" : "not zero");
	say("%s", listing(at, 6));
}

BEHAVIOUR(I1_2, "grow up to the next region, which is equal")
{
	char *at = numbered(window(6), 2);

	map(at + 4 * P, 2 * P, RW, FIXED);
	say("%s", place(remap(at, 2 * P, 4 * P, 0), at));
	say("%s", kept(at, 2));
}

BEHAVIOUR(I2_1, "shrink")
{
	char *at = numbered(window(6), 5);

	say("%s", place(remap(at, 5 * P, 2 * P, 0), at));
	say("%s %s", kept(at, 2), load(at + 2 * P));
	say("%s", listing(at, 6));
}

BEHAVIOUR(I2_2, "shrink over regions and a hole")
{
	char *at = numbered(window(8), 3);

	map(at + 3 * P, P, R, FIXED);
	map(at + 5 * P, 2 * P, RW, FIXED);
	say("%s", place(remap(at, 6 * P, P, 0), at));
	say("%s", listing(at, 8));
}

BEHAVIOUR(I2_3, "to the same size")
{
	char *at = numbered(window(2), 2);

	say("%s", place(remap(at, 2 * P, 2 * P, 0), at));
	say("%s", kept(at, 2));
}

BEHAVIOUR(I3_1, "blocked by the next region, without MAYMOVE")
{
	char *at = numbered(window(6), 2);

	map(at + 3 * P, P, R, FIXED);
	say("%s", outcome(remap(at, 2 * P, 4 * P, 0)));
	say("%s %s", kept(at, 2), listing(at, 6));
}

BEHAVIOUR(I3_2, "the old end lies inside the region, without MAYMOVE")
{
	char *at = numbered(window(6), 4);

	say("%s", outcome(remap(at, 2 * P, 3 * P, 0)));
	say("%s %s", kept(at, 4), listing(at, 6));
}

BEHAVIOUR(I4_1, "moved because it is blocked")
{
	char *at = numbered(window(6), 2);
	char *to;

	map(at + 2 * P, P, R, FIXED);
	to = (char *)remap(at, 2 * P, 4 * P, MOVE);
	say("%s", failed((long)to) ? outcome((long)to) : to == at ? "there" : "elsewhere");
	say("%s %s", kept(to, 2), all(to + 2 * P, 2 * P, 0) ? "zero" : "not zero");
	say("%s", load(at));
	say("%s", listing(at, 3));
}

BEHAVIOUR(I4_2, "the middle of a region moves when it grows")
{
	char *at = numbered(window(6), 5);
	char *to = (char *)remap(at + P, 2 * P, 3 * P, MOVE);

	say("%s", to == at + P ? "there" : "elsewhere");
	say("%s", listing(at, 6));
	say("%d %d %d", to[0], to[P], to[2 * P]);
}

BEHAVIOUR(I4_3, "resident pages are moved, absent ones stay absent")
{
	char *at = window(10);
	char *to;

	map(at, 8 * P, RW, FIXED);
	at[0] = at[5 * P] = 1;
	map(at + 8 * P, P, R, FIXED);
	to = (char *)remap(at, 8 * P, 9 * P, MOVE);
	say("%s", number(resident(to, 9)));
	say("%d %d", to[0], to[5 * P]);
}

BEHAVIOUR(I4_4, "shared memory moves, and stays shared")
{
	char *at = (char *)map(NULL, 2 * P, RW, SHARED), *target = window(4);
	char *to;

	at[0] = 5;
	to = (char *)remap(at, 2 * P, 2 * P, TO, target);
	say("%s", place((long)to, target));
	say("%d %s", to[0], listing(to, 2));
}

BEHAVIOUR(I5_1, "past the end of the user range, without MAYMOVE, with it")
{
	char *at = pages(1, NONE);
	long to;

	say("%s", outcome(remap(at, P, 1UL << 46, 0)));
	to = remap(at, P, 1UL << 46, MOVE);
	say("%s", failed(to) ? outcome(to) : to < (long)at ? "lower" : "not lower");
}

BEHAVIOUR(I6_1, "what is not mapped")
{
	char *at = window(2);

	say("%s", outcome(remap(at, P, P, 0)));
	say("%s", outcome(remap(at, P, 2 * P, MOVE)));
	say("%s", outcome(remap((void *)KERNEL_HALF, P, 2 * P, MOVE)));
}

BEHAVIOUR(I6_2, "growing a range of two regions")
{
	char *at = numbered(window(8), 4);

	protect(at + 2 * P, 2 * P, R);
	say("%s", outcome(remap(at, 4 * P, 5 * P, 0)));
	say("%s", outcome(remap(at, 4 * P, 5 * P, MOVE)));
	say("%s %s", kept(at, 4), listing(at, 8));
}

BEHAVIOUR(I6_3, "growing a range that ends in a hole")
{
	char *at = numbered(window(8), 2);

	say("%s", outcome(remap(at, 3 * P, 5 * P, MOVE)));
	say("%s", kept(at, 2));
}

BEHAVIOUR(I7_1, "new size 0, an unaligned address, an unknown flag")
{
	char *at = numbered(window(4), 1);

	say("%s", outcome(remap(at, P, 0, 0)));
	say("%s", outcome(remap(at + 1, P, 2 * P, 0)));
	say("%s", outcome(remap(at, P, 2 * P, 0x100)));
	say("%s", kept(at, 1));
}

BEHAVIOUR(I7_2, "FIXED without MAYMOVE, DONTUNMAP without MAYMOVE, DONTUNMAP that resizes")
{
	char *at = numbered(window(4), 1), *target = window(2);

	say("%s", outcome(remap(at, P, P, MREMAP_FIXED, target)));
	say("%s", outcome(remap(at, P, P, MREMAP_DONTUNMAP)));
	say("%s", outcome(remap(at, P, 2 * P, KEEP)));
	say("%s", kept(at, 1));
}

BEHAVIOUR(I7_3, "old size 0 of private, of shared memory")
{
	char *at = pages(1, RW), *shared = (char *)map(NULL, P, RW, SHARED);
	char *twin;

	say("%s", outcome(remap(at, 0, P, MOVE)));
	twin = (char *)remap(shared, 0, P, MOVE);
	if (failed((long)twin))
		give_up("%s", outcome((long)twin));
	shared[0] = 9;
	say("a twin with %d", twin[0]);
}

BEHAVIOUR(I8_1, "P+1 is two pages")
{
	char *at = numbered(window(4), 1);

	say("%s", place(remap(at, P, P + 1, 0), at));
	say("%s", listing(at, 4));
	say("%s", place(remap(at, P + 1, 1, 0), at));
	say("%s", listing(at, 4));
}

BEHAVIOUR(I9_1, "FIXED replaces what is there")
{
	char *at = numbered(window(2), 2), *target = numbered(window(4), 4);

	say("%s", place(remap(at, 2 * P, 2 * P, TO, target + P), target));
	say("%d %d %d %d", target[0], target[P], target[2 * P], target[3 * P]);
	say("%s", load(at));
	say("%s", load(at + P));
}

BEHAVIOUR(I9_2, "FIXED over the old range, at its end, unaligned, past the user range")
{
	char *at = numbered(window(6), 2);

	say("%s", outcome(remap(at, 2 * P, 2 * P, TO, at + P)));
	say("%s", outcome(remap(at, P, 2 * P, TO, at)));
	say("%s", outcome(remap(at, 2 * P, 2 * P, TO, at + 3 * P + 1)));
	say("%s", outcome(remap(at, 2 * P, 2 * P, TO, USER_END)));
	say("%s", place(remap(at, 2 * P, 2 * P, TO, at + 2 * P), at));
	say("%s", kept(at + 2 * P, 2));
}

BEHAVIOUR(I9_3, "FIXED that shrinks, that grows")
{
	char *at = numbered(window(4), 4), *target = window(4), *next = window(6);

	say("%s", place(remap(at, 4 * P, 2 * P, TO, target), target));
	say("%s %s %s", listing(at, 4), listing(target, 4), kept(target, 2));
	say("%s", place(remap(target, 2 * P, 4 * P, TO, next), next));
	say("%s %s", listing(next, 6), kept(next, 2));
}

BEHAVIOUR(I9_4, "FIXED keeps rights and mapping of a file")
{
	char *at = (char *)map_file(NULL, 2 * P, R, MAP_PRIVATE, file("i9", 3 * P), P);
	char *target = window(2);

	say("%s", place(remap(at, 2 * P, 2 * P, TO, target), target));
	say("%s", same((unsigned char)target[0] == file_byte(P)));
	say("%s", same((unsigned char)target[P + 5] == file_byte(2 * P + 5)));
	say("%s", store(target));
}

BEHAVIOUR(I9_5, "FIXED at 0, and what is there afterwards")
{
	char *at = numbered(window(2), 2);

	say("%s", outcome(remap(at, P, P, TO, 0)));
	say("%s %s", kept(at, 2), listing(at, 2));
}

BEHAVIOUR(I10_1, "DONTUNMAP, new place, old range")
{
	char *at = numbered(window(2), 2);
	char *to = (char *)remap(at, 2 * P, 2 * P, KEEP);

	say("%s", failed((long)to) ? outcome((long)to) : to == at ? "there" : "elsewhere");
	if (failed((long)to))
		return;
	say("%s", kept(to, 2));
	say("%s", listing(at, 2));
	say("%s", all(at, 2 * P, 0) ? "zero" : "not zero");
}

BEHAVIOUR(I10_2, "DONTUNMAP with FIXED")
{
	char *at = numbered(window(2), 2), *target = window(2);

	say("%s", place(remap(at, 2 * P, 2 * P, KEEP | MREMAP_FIXED, target), target));
	say("%s", kept(target, 2));
	say("%d", at[P]);
}

BEHAVIOUR(I11_1, "new size ~0, an old size that wraps")
{
	char *at = numbered(window(2), 2);

	say("%s", outcome(remap(at, P, ~0UL, 0)));
	say("%s", outcome(remap(at, P, ~0UL, MOVE)));
	say("%s", outcome(remap(at, -P, P, MOVE)));
	say("%s %s", kept(at, 2), listing(at, 2));
}
