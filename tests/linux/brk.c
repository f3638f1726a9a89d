/* SPDX-License-Identifier: MIT */
/* E: the heap's break. */
#include "harness.h"

#include <sys/resource.h>

static long
brk_to(const void *at)
{
	return sys(SYS_brk, at);
}

/* The break as it is. */
static char *
current(void)
{
	return (char *)brk_to(NULL);
}

/* The first page of the heap that is not mapped by the image or by the break. */
static char *
base(void)
{
	return (char *)(((uintptr_t)current() + P - 1) & -P);
}

/* Where the break is after brk(AT), from B. */
static const char *
after(const char *at, const char *b)
{
	return place(brk_to(at), b);
}

BEHAVIOUR(E1_1, "brk(0) twice, and page-aligned")
{
	char *one = current(), *two = current();

	say("%s", same(one == two));
	say("%s", yes(one == base()));
}

BEHAVIOUR(E1_2, "the break is above bss")
{
	extern char end[];

	say("%s", yes(current() >= end));
}

BEHAVIOUR(E2_1, "brk(B+100), result, page 0, page 1")
{
	char *b = base();

	say("%s", after(b + 100, b));
	say("%s", store(b));
	say("%s", store(b + P - 1));
	say("%s", store(b + P));
	say("%s", place((long)current(), b));
}

BEHAVIOUR(E3_1, "below the start")
{
	char *b = base();

	say("%s", after(b + P, b));
	say("%s", after(b - 16 * P, b));
	say("%s", after((char *)1, b));
}

BEHAVIOUR(E4_1, "a byte at B+180 over brk(B+100) and brk(B+300)")
{
	char *b = base();

	brk_to(b + 200);
	b[180] = 5;
	say("%s", after(b + 100, b));
	say("%s", after(b + 300, b));
	say("%d", b[180]);
}

BEHAVIOUR(E4_2, "within the last page")
{
	char *b = base();

	say("%s", after(b + P + 1, b));
	b[2 * P - 1] = 5;
	say("%s", after(b + 2 * P, b));
	say("%d", b[2 * P - 1]);
	say("%s", load(b + 2 * P));
}

BEHAVIOUR(E5_1, "shrink and grow again")
{
	char *b = base();

	brk_to(b + 3 * P);
	b[2 * P] = 7;
	say("%s", after(b, b));
	say("%s", load(b + 2 * P));
	say("%s", after(b + 3 * P, b));
	say("%d", b[2 * P]);
}

BEHAVIOUR(E5_2, "resident after a shrink by half")
{
	char *b = base();

	brk_to(b + 8 * P);
	memset(b, 1, 8 * P);
	brk_to(b + 4 * P);
	say("%s", number(resident(b, 4)));
	say("%s", number(resident(b + 4 * P, 1)));
	say("%d", b[4 * P - 1]);
}

BEHAVIOUR(E6_1, "a mapping at B+5, to B+7, B+5, B+4")
{
	char *b = base();

	say("%s", outcome(map(b + 5 * P, P, RW, FIXED)));
	say("%s", after(b + 7 * P, b));
	say("%s", after(b + 5 * P, b));
	say("%s", after(b + 4 * P, b));
}

BEHAVIOUR(E6_2, "the mapping that was in the way is gone")
{
	char *b = base();

	map(b + 2 * P, P, NONE, FIXED);
	say("%s", after(b + 4 * P, b));
	unmap(b + 2 * P, P);
	say("%s", after(b + 4 * P, b));
}

BEHAVIOUR(E13_1, "a mapping over the break, brk of 0, -100, +1 page; it is gone, brk of +1 page")
{
	char *b = base();

	brk_to(b + 2 * P);
	unmap(b, 2 * P);
	say("%s", outcome(map(b, 4 * P, RW, FIXED)));
	say("%s", place((long)current(), b));
	say("%s", after(b + 2 * P - 100, b));
	say("%s", after(b + 3 * P, b));
	unmap(b, 4 * P);
	say("%s", after(b + 3 * P, b));
	say("%s", listing(b, 4));
}

BEHAVIOUR(E13_2, "the break goes down through what was mapped over it")
{
	char *b = base();

	brk_to(b + 4 * P);
	map(b + 2 * P, 4 * P, RW, FIXED);
	say("%s", place((long)current(), b));
	say("%s", after(b + 3 * P, b));
	say("%s", number(resident(b, 3)));
	say("%s", after(b + P, b));
	say("%s", after(b + 5 * P, b));
	say("%s", listing(b, 8));
}

BEHAVIOUR(E7_1, "2^46, 2^47, -1")
{
	char *b = base();

	brk_to(b + P);
	say("%s", after((char *)(1UL << 46), b));
	say("%s", after((char *)(1UL << 47), b));
	say("%s", after((char *)-1, b));
	say("%s", after((char *)-P, b));
}

/* sbrk as the C library has it: the old break, or -ENOMEM. */
static long
sbrk_by(long increment)
{
	long old = brk_to(NULL), new = old + increment;

	if ((increment > 0 && new < old) || (increment < 0 && new > old))
		return -ENOMEM;
	return brk_to((char *)new) == new ? old : -ENOMEM;
}

BEHAVIOUR(E8_1, "sbrk +4096, +8192, -4096, 0")
{
	char *b = base();

	brk_to(b);
	say("%s", place(sbrk_by(4096), b));
	say("%s", place(sbrk_by(8192), b));
	say("%s", place(sbrk_by(-4096), b));
	say("%s", place(sbrk_by(0), b));
}

BEHAVIOUR(E8_2, "sbrk of half the address space, of less than the heap")
{
	char *b = base();

	brk_to(b + P);
	say("%s", place(sbrk_by(INTPTR_MAX / 2), b));
	say("%s", place(sbrk_by(-(long)(64 * MIB)), b));
	say("%s", place(sbrk_by(0), b));
}

BEHAVIOUR(E8_3, "sbrk +20 MiB and back")
{
	char *b = base();

	brk_to(b);
	say("%s", place(sbrk_by(20 * MIB), b));
	say("%s", store(b + 20 * MIB - 1));
	say("%s", place(sbrk_by(-(long)(20 * MIB)), b));
	say("%s", load(b + 20 * MIB - 1));
	say("%s", place(sbrk_by(0), b));
}

BEHAVIOUR(E9_1, "resident of 100 MiB of heap")
{
	char *b = base();

	say("%s", same(brk_to(b + 100 * MIB) == (long)(b + 100 * MIB)));
	say("%s", number(resident(b, 100 * MIB / P)));
	say("%s", store(b + 50 * MIB));
	say("%s", number(resident(b, 100 * MIB / P)));
}

static int
grow_by_three(void *b)
{
	long at = brk_to((char *)b + 3 * P);

	*((char *)b + 2 * P) = 1;
	return at == (long)((char *)b + 3 * P) ? 3 : 4;
}

BEHAVIOUR(E10_1, "a child's break, the parent's")
{
	char *b = base();

	brk_to(b + P);
	say("%s", ended(in_child(grow_by_three, b)));
	say("%s", place((long)current(), b));
	say("%s", load(b + 2 * P));
	say("%s", after(b + 2 * P, b));
}

BEHAVIOUR(E11_1, "RLIMIT_DATA of 1 MiB, +16 MiB, +4 pages")
{
	static const struct rlimit one = { MIB, MIB };
	char *b = base();

	brk_to(b);
	say("%s", outcome(sys(SYS_prlimit64, 0, RLIMIT_DATA, &one, NULL)));
	say("%s", after(b + 16 * MIB, b));
	say("%s", after(b + 4 * P, b));
}

BEHAVIOUR(E11_2, "4 MiB, RLIMIT_DATA of 1 MiB, down to 2 MiB, to half of one")
{
	static const struct rlimit one = { MIB, MIB };
	char *b = base();

	brk_to(b + 4 * MIB);
	say("%s", outcome(sys(SYS_prlimit64, 0, RLIMIT_DATA, &one, NULL)));
	say("%s", after(b + 2 * MIB, b));
	say("%s", after(b + MIB / 2, b));
}

BEHAVIOUR(E12_1, "a call into the heap")
{
	char *b = base();

	brk_to(b + P);
	b[0] = (char)0xc3;
	say("%s", call(b));
}

BEHAVIOUR(E12_2, "a page of the heap that is made executable, and one unmapped")
{
	char *b = base();

	brk_to(b + 4 * P);
	b[P] = (char)0xc3;
	say("%s", outcome(protect(b + P, P, RX)));
	say("%s", call(b + P));
	say("%s", outcome(unmap(b + 2 * P, P)));
	say("%s", place((long)current(), b));
	say("%s", after(b + 5 * P, b));
	say("%s", store(b + 2 * P));
}

/* Compare with a model: pages below the break hold their own number, new ones are zero. */
BEHAVIOUR(E14_1, "10^4 times grow and shrink, wrong pages, frames lost")
{
	enum { MAX = 64 };
	char *b = base();
	const char *frames;
	long before;
	unsigned seed = 1, wrong = 0;
	size_t now = 0;

	brk_to(b + MAX * P);
	memset(b, 1, MAX * P);
	brk_to(b);
	before = free_frames();
	for (int i = 0; i < 10000; i++) {
		size_t next = (seed = seed * 1103515245 + 12345) >> 16;

		next %= MAX + 1;
		brk_to(b + next * P);
		for (size_t page = now; page < next; page++) {
			wrong += b[page * P + 8] != 0;
			b[page * P + 8] = (char)(page + 1);
		}
		for (size_t page = 0; page < next; page++)
			wrong += b[page * P + 8] != (char)(page + 1);
		now = next;
	}
	brk_to(b);
	frames = lost(before);
	say("%u, %s", wrong, frames);
}
