/* SPDX-License-Identifier: MIT */
/* G: munmap. */
#include "harness.h"

/* N pages at AT, each filled with its number, from 1 on. */
static char *
numbered(size_t n)
{
	char *at = window(n);

	map(at, n * P, RW, FIXED);
	for (size_t i = 0; i < n; i++)
		memset(at + i * P, (int)i + 1, P);
	return at;
}

/* Do pages [FROM, TO) hold their numbers? */
static const char *
kept(const char *at, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (!all(at + i * P, P, (int)i + 1))
			return "different";
	return "same";
}

BEHAVIOUR(G1_1, "the middle of 8 pages")
{
	char *at = numbered(8);

	say("%s", outcome(unmap(at + 3 * P, 2 * P)));
	say("%s", listing(at, 8));
	say("%s %s", kept(at, 0, 3), kept(at, 5, 8));
	say("%s %s", load(at + 3 * P), load(at + 5 * P - 1));
}

BEHAVIOUR(G1_2, "the head, then the tail")
{
	char *at = numbered(8);

	say("%s", outcome(unmap(at, 2 * P)));
	say("%s", outcome(unmap(at + 6 * P, 2 * P)));
	say("%s %s", listing(at, 8), kept(at, 2, 6));
}

BEHAVIOUR(G1_3, "one page at a time, every other one")
{
	char *at = numbered(16);
	int gone = 0;

	for (size_t i = 0; i < 16; i += 2)
		unmap(at + i * P, P);
	for (size_t i = 0; i < 16; i++)
		gone += load(at + i * P)[0] == 'S';
	say("%ld entries, %d pages gone", entries_in(at, 16), gone);
}

BEHAVIOUR(G2_1, "a hole, and twice")
{
	char *at = numbered(2);

	say("%s", outcome(unmap(at, 2 * P)));
	say("%s", outcome(unmap(at, 2 * P)));
	say("%s", outcome(unmap((void *)0x10000, P)));
}

BEHAVIOUR(G3_1, "length 0, an unaligned address")
{
	char *at = numbered(1);

	say("%s", outcome(unmap(at, 0)));
	say("%s", outcome(unmap(at + 1, P)));
	say("%s", kept(at, 0, 1));
}

BEHAVIOUR(G3_2, "the kernel half, over the end of the user range, a length that wraps")
{
	say("%s", outcome(unmap((void *)KERNEL_HALF, P)));
	say("%s", outcome(unmap((void *)(USER_END - P), 2 * P)));
	say("%s", outcome(unmap((void *)(64 * MIB), ~0UL)));
	say("%s", outcome(unmap((void *)(64 * MIB), -(64 * MIB))));
}

BEHAVIOUR(G3_3, "a length that is no multiple of a page")
{
	char *at = numbered(3);

	say("%s", outcome(unmap(at, P + 1)));
	say("%s", listing(at, 3));
}

BEHAVIOUR(G4_1, "over many regions and holes, beyond their ends")
{
	char *at = window(40);

	for (size_t i = 2; i < 38; i += 3)
		map(at + i * P, P, i % 2 ? RW : R, FIXED);
	say("%ld entries", entries_in(at, 40));
	say("%s", outcome(unmap(at, 40 * P)));
	say("%s", listing(at, 40));
}

BEHAVIOUR(G4_2, "from the middle of one region to the middle of another")
{
	char *at = numbered(9);

	protect(at + 3 * P, 3 * P, R);
	say("%s", outcome(unmap(at + P, 7 * P)));
	say("%s %s %s", listing(at, 9), kept(at, 0, 1), kept(at, 8, 9));
}

BEHAVIOUR(G5_1, "frames lost when 100 pages are mapped, touched and unmapped")
{
	char *at = window(100);
	long before;

	for (int i = 0; i < 2; i++) {
		before = free_frames();
		map(at, 100 * P, RW, FIXED);
		memset(at, 1, 100 * P);
		unmap(at, 100 * P);
	}
	say("%s", lost(before));
}

BEHAVIOUR(G5_2, "frames lost when shared memory and a file are mapped and unmapped")
{
	int fd = file("g5", 10 * P);
	long before = 0;

	for (int i = 0; i < 2; i++) {
		char *shared, *mapped;

		before = free_frames();
		shared = (char *)map(NULL, 10 * P, RW, SHARED);
		mapped = (char *)map_file(NULL, 10 * P, RW, MAP_PRIVATE, fd, 0);
		memset(shared, 1, 10 * P);
		memset(mapped, 1, 10 * P);
		unmap(shared, 10 * P);
		unmap(mapped, 10 * P);
	}
	say("%s", lost(before));
}

static int
unmap_and_fill(void *at)
{
	unmap(at, 10 * P);
	map(at, 10 * P, RW, FIXED);
	memset(at, 9, 10 * P);
	return 3;
}

BEHAVIOUR(G5_3, "a child unmaps pages that it shares with its parent, and fills new ones")
{
	char *at = window(10);
	const char *frames = "";
	long before = 0;
	int status = 0;

	map(at, 10 * P, RW, FIXED);
	memset(at, 4, 10 * P);
	for (int i = 0; i < 2; i++) {
		before = free_frames();
		status = in_child(unmap_and_fill, at);
		frames = lost(before);
	}
	say("%s, %s", ended(status), frames);
	say("%s", all(at, 10 * P, 4) ? "kept" : "lost");
}

BEHAVIOUR(G6_1, "a hole that is filled, content, entries")
{
	char *at = window(8);

	map(at, 8 * P, RW, FIXED);
	unmap(at + 3 * P, 2 * P);
	map(at + 3 * P, 2 * P, RW, FIXED);
	say("%s", all(at + 3 * P, 2 * P, 0) ? "zero" : "not zero");
	say("%s", listing(at, 8));
}

BEHAVIOUR(G6_2, "a written hole that is filled, beside its neighbours")
{
	char *at = numbered(5);

	unmap(at + 2 * P, P);
	map(at + 2 * P, P, RW, FIXED);
	say("%s", all(at + 2 * P, P, 0) ? "zero" : "not zero");
	say("%s %s", kept(at, 0, 2), kept(at, 3, 5));
}
