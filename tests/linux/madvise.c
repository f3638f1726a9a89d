/* SPDX-License-Identifier: MIT */
/* J: madvise, mincore, msync. */
#include "harness.h"

#ifndef MADV_FREE
#define MADV_FREE	8
#endif

BEHAVIOUR(J1_1, "DONTNEED of the middle of 8 pages")
{
	char *at = pages(8, RW);

	memset(at, 4, 8 * P);
	say("%s", outcome(advise(at + 2 * P, 3 * P, MADV_DONTNEED)));
	say("%s", number(resident(at, 8)));
	say("%s", all(at + 2 * P, 3 * P, 0) ? "zero" : "not zero");
	say("%s", all(at, 2 * P, 4) && all(at + 5 * P, 3 * P, 4) ? "kept" : "lost");
	say("%s", store(at + 2 * P));
}

BEHAVIOUR(J1_2, "DONTNEED of private pages of a file, of shared memory")
{
	char *mapped = (char *)map_file(NULL, P, RW, MAP_PRIVATE, file("j1", P), 0);
	char *shared = (char *)map(NULL, P, RW, SHARED);

	mapped[0] = shared[0] = 99;
	say("%s", outcome(advise(mapped, P, MADV_DONTNEED)));
	say("%s", same((unsigned char)mapped[0] == file_byte(0)));
	say("%s", outcome(advise(shared, P, MADV_DONTNEED)));
	say("%d", shared[0]);
}

BEHAVIOUR(J1_3, "frames lost when 100 pages are touched and not needed")
{
	char *at = pages(100, RW);
	long before;

	memset(at, 1, 100 * P);
	advise(at, 100 * P, MADV_DONTNEED);
	before = free_frames();
	memset(at, 1, 100 * P);
	advise(at, 100 * P, MADV_DONTNEED);
	say("%s", lost(before));
}

BEHAVIOUR(J2_1, "DONTNEED over a hole")
{
	char *at = window(3);

	map(at, P, RW, FIXED);
	map(at + 2 * P, P, RW, FIXED);
	at[0] = at[2 * P] = 1;
	say("%s", outcome(advise(at, 3 * P, MADV_DONTNEED)));
	say("%d %d", at[0], at[2 * P]);
}

BEHAVIOUR(J3_1, "NORMAL, RANDOM, SEQUENTIAL, WILLNEED, DONTDUMP, DODUMP")
{
	static const int advice[] = { MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED,
		MADV_DONTDUMP, MADV_DODUMP };
	char *at = pages(2, RW);

	at[0] = 1;
	for (size_t i = 0; i < array_len(advice); i++)
		say("%s", outcome(advise(at, 2 * P, advice[i])));
	say("%d", at[0]);
}

BEHAVIOUR(J3_2, "unknown advice, an unaligned address, what is not mapped, a length that wraps")
{
	char *at = pages(1, RW), *hole = window(1);

	say("%s", outcome(advise(at, P, 9999)));
	say("%s", outcome(advise(at, P, -1)));
	say("%s", outcome(advise(at + 1, P, MADV_DONTNEED)));
	say("%s", outcome(advise(hole, P, MADV_DONTNEED)));
	say("%s", outcome(advise(at, ~0UL, MADV_DONTNEED)));
}

BEHAVIOUR(J3_3, "length 0, with unknown advice")
{
	char *at = pages(1, RW);

	say("%s", outcome(advise(at, 0, MADV_DONTNEED)));
	say("%s", outcome(advise(window(1), 0, MADV_NORMAL)));
	say("%s", outcome(advise(at, 0, 9999)));
}

BEHAVIOUR(J4_1, "DONTNEED of NONE, then RW")
{
	char *at = pages(1, RW);

	at[0] = 8;
	protect(at, P, NONE);
	say("%s", outcome(advise(at, P, MADV_DONTNEED)));
	protect(at, P, RW);
	say("%d", at[0]);
}

BEHAVIOUR(J5_1, "msync SYNC, ASYNC, INVALIDATE, both, unknown")
{
	char *at = (char *)map_file(NULL, P, RW, MAP_SHARED, file("j5", P), 0);

	at[0] = 1;
	say("%s", outcome(sys(SYS_msync, at, P, MS_SYNC)));
	say("%s", outcome(sys(SYS_msync, at, P, MS_ASYNC)));
	say("%s", outcome(sys(SYS_msync, at, P, MS_SYNC | MS_INVALIDATE)));
	say("%s", outcome(sys(SYS_msync, at, P, MS_SYNC | MS_ASYNC)));
	say("%s", outcome(sys(SYS_msync, at, P, 0x100)));
}

BEHAVIOUR(J5_2, "msync of anonymous memory, over a hole, unaligned, length 0")
{
	char *at = window(3);

	map(at, P, RW, FIXED);
	map(at + 2 * P, P, RW, FIXED);
	say("%s", outcome(sys(SYS_msync, at, P, MS_SYNC)));
	say("%s", outcome(sys(SYS_msync, at, 3 * P, MS_SYNC)));
	say("%s", outcome(sys(SYS_msync, at + 1, P, MS_SYNC)));
	say("%s", outcome(sys(SYS_msync, at + P, 0, MS_SYNC)));
}

/* The bytes that mincore leaves for N pages. */
static const char *
map_of(const void *at, size_t n)
{
	unsigned char present[17];
	char line[17];
	long result;

	memset(present, 0xee, sizeof(present));
	result = sys(SYS_mincore, at, n * P, present);
	if (failed(result))
		return outcome(result);
	if (present[n] != 0xee)
		return "more than asked for";
	for (size_t i = 0; i < n; i++)
		line[i] = (char)('0' + present[i]);
	line[n] = '\0';
	return text("%s", line);
}

BEHAVIOUR(J6_1, "mincore of 8 pages, 3 of them touched")
{
	char *at = pages(8, RW);

	at[0] = at[3 * P] = at[7 * P] = 1;
	say("%s", map_of(at, 8));
}

BEHAVIOUR(J6_2, "mincore over a hole, unaligned, to a bad place, of length 0")
{
	char *at = window(3);
	unsigned char present[8];

	map(at, P, RW, FIXED);
	map(at + 2 * P, P, RW, FIXED);
	say("%s", outcome(sys(SYS_mincore, at, 3 * P, present)));
	say("%s", outcome(sys(SYS_mincore, at + 1, P, present)));
	say("%s", outcome(sys(SYS_mincore, at, P, 8)));
	say("%s", outcome(sys(SYS_mincore, at, 0, present)));
	say("%s", outcome(sys(SYS_mincore, KERNEL_HALF, P, present)));
}

BEHAVIOUR(J6_3, "mincore of NONE that was written, of R")
{
	char *at = pages(4, RW);

	at[0] = at[P] = 1;
	protect(at, 2 * P, NONE);
	protect(at + 2 * P, 2 * P, R);
	load(at + 3 * P);
	say("%s", map_of(at, 4));
}

BEHAVIOUR(J7_1, "FREE of private memory")
{
	char *at = pages(2, RW);

	memset(at, 6, 2 * P);
	say("%s", outcome(advise(at, 2 * P, MADV_FREE)));
	say("%s", yes(at[0] == 6 || at[0] == 0));
	say("%s", yes(all(at, P, at[0])));
	at[P] = 7;
	say("%d", at[P]);
}

BEHAVIOUR(J7_2, "FREE of shared memory, of a file")
{
	char *mapped = (char *)map_file(NULL, P, RW, MAP_PRIVATE, file("j7", P), 0);

	say("%s", outcome(advise(map(NULL, P, RW, SHARED), P, MADV_FREE)));
	say("%s", outcome(advise(mapped, P, MADV_FREE)));
}
