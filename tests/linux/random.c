/* SPDX-License-Identifier: MIT */
/*
 * Random sequences of calls that change memory.
 *
 *	random SEED N COUNT	sequences of N calls, with the seeds SEED to SEED+COUNT-1:
 *				"seed 17: calls 0123abcd, pages 4567cdef"
 *	random SEED N trace	the same for one seed, each call in a line of its own
 *
 * Each sequence runs in a child, and works on WINDOW pages from a fixed address on and on
 * the heap.  The first number is a hash of all results, the second of all pages at the end.
 * Left out is what Linux does not promise, or does in another way from version to version:
 * where MAYMOVE moves to, MADV_FREE, moving several regions at once, what is stored behind the
 * end of a file (its file system decides when that goes away).
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WINDOW		32
#define BASE		((char *)(1UL << 40))
#define FILE_PAGES	8
#define HEAP_PAGES	16

static uint64_t state, calls_hash;
static bool tracing;
static int descriptor = -1, read_only = -1;
static char *heap;

/* xorshift64 */
static unsigned
below(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % n;
}

static void
mix(uint64_t *hash, uint64_t value)
{
	*hash = (*hash ^ value) * 0x100000001b3;
	*hash ^= *hash >> 29;
}

/* A range inside the window, short more often than long. */
struct range {
	char *at;
	size_t bytes;
};

static struct range
some_range(void)
{
	unsigned first = below(WINDOW), n = 1 + below(below(4) == 0 ? WINDOW : 6);

	if (first + n > WINDOW)
		n = WINDOW - first;
	return (struct range){ BASE + first * P, n * P };
}

/* Note what a call has given: an address is counted from the window's start. */
static void
note(const char *what, struct range r, long result, unsigned how)
{
	long seen = result;

	if (!failed(result) && result >= (long)BASE && result <= (long)(BASE + WINDOW * P))
		seen = result - (long)BASE;
	mix(&calls_hash, (uint64_t)seen);
	if (tracing)
		dprintf(1, "%s [%ld,%ld) %u: %s\n", what, (r.at - BASE) / (long)P,
		    (r.at - BASE + (long)r.bytes) / (long)P, how, number(seen));
}

static int
some_rights(void)
{
	static const int rights[] = { NONE, R, RW, RW, RW, RX, W };

	return rights[below(array_len(rights))];
}

static void
do_map(void)
{
	static const int kinds[] = { PRIV, PRIV, PRIV, SHARED, MAP_PRIVATE, MAP_SHARED };
	struct range r = some_range();
	int kind = kinds[below(array_len(kinds))], prot = some_rights();
	int where = below(3) == 0 ? MAP_FIXED_NOREPLACE : MAP_FIXED;
	int fd = kind & MAP_ANONYMOUS ? -1 : below(3) == 0 ? read_only : descriptor;
	long offset = kind & MAP_ANONYMOUS ? 0 : (long)below(FILE_PAGES + 2) * (long)P;
	unsigned extra = below(8) == 0 ? MAP_POPULATE : below(8) == 0 ? MAP_NORESERVE : 0;

	note("mmap", r, map_file(r.at, r.bytes, prot, kind | where | (int)extra, fd, offset),
	    (unsigned)(kind | where) | extra | (unsigned)prot << 28);
}

/* A hint that is free is taken; else the place is anybody's, and it goes away again. */
static void
do_hint(void)
{
	struct range r = some_range();
	long at = map(r.at, r.bytes, RW, PRIV);

	if (!failed(at) && (char *)at != r.at) {
		unmap(at, r.bytes);
		at = 0;
	}
	note("hint", r, at, 0);
}

static void
do_unmap(void)
{
	struct range r = some_range();

	note("munmap", r, unmap(r.at, r.bytes), 0);
}

static void
do_protect(void)
{
	struct range r = some_range();
	int prot = some_rights();

	note("mprotect", r, protect(r.at, r.bytes, prot), (unsigned)prot);
}

/*
 * Without a move.  What grows is one page: whether more of them are one region depends on what
 * Linux has merged, which it does not promise.
 */
static void
do_resize(void)
{
	struct range r = some_range();
	size_t bytes = (1 + below(8)) * P;

	if (r.at + bytes > BASE + WINDOW * P)
		bytes = P;
	if (bytes > r.bytes)
		r.bytes = P;
	note("resize", r, remap(r.at, r.bytes, bytes, 0), (unsigned)(bytes / P));
}

/* A page that is mapped goes elsewhere in the window, and may grow. */
static void
do_move(void)
{
	struct range r = some_range(), target = some_range();
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED;
	unsigned char present;

	r.bytes = P;
	if (target.bytes > 3 * P)
		target.bytes = 3 * P;
	if (failed(sys(SYS_mincore, r.at, P, &present)))
		return;
	note("move", r, remap(r.at, P, target.bytes, flags, target.at),
	    (unsigned)((target.at - BASE) / (long)P));
}

static void
do_advise(void)
{
	static const int advice[] = { MADV_DONTNEED, MADV_DONTNEED, MADV_NORMAL, MADV_WILLNEED };
	struct range r = some_range();
	unsigned which = below(array_len(advice));

	note("madvise", r, advise(r.at, r.bytes, advice[which]), which);
}

static void
do_sync(void)
{
	struct range r = some_range();
	unsigned char present[WINDOW];

	note("msync", r, sys(SYS_msync, r.at, r.bytes, MS_SYNC), 0);
	note("mincore", r, sys(SYS_mincore, r.at, r.bytes, present), 0);
}

static void
do_break(void)
{
	char *to = heap + below(HEAP_PAGES * (unsigned)P);
	long result = sys(SYS_brk, to);

	note("brk", (struct range){ BASE, 0 }, result - (long)heap, (unsigned)(to - heap));
	if (result != (long)to || to == heap)
		return;
	note("heap", (struct range){ BASE, 0 }, *(volatile unsigned char *)(to - 1), 0);
	to[-1] = (char)below(256);
}

/* What a fault was, as a number; 0: none. */
static long
fault_of(const char *seen)
{
	return seen[0] == 'o' ? 0 : 1000 * trap.signal + trap.code;
}

static void
do_store(void)
{
	struct range r = some_range();
	char *at = r.at + below((unsigned)P);
	char value = (char)below(256);
	long fault = fault_of(store(at));

	if (fault == 0)
		*(volatile char *)at = value;
	note("store", r, fault, (unsigned char)value);
}

static void
do_load(void)
{
	struct range r = some_range();
	char *at = r.at + below((unsigned)P);
	long fault = fault_of(load(at));

	note("load", r, fault != 0 ? fault : *(volatile unsigned char *)at, 0);
}

/* A child writes what it may in a range, and sums it up; its private pages are its own. */
static void
do_fork(void)
{
	struct range r = some_range();
	long pid = sys(SYS_fork);
	unsigned sum = 0;

	if (pid == 0) {
		for (size_t i = 0; i < r.bytes; i += P) {
			if (fault_of(load(r.at + i)) == 0)
				sum += *(volatile unsigned char *)(r.at + i);
			sum += (unsigned)fault_of(store(r.at + i));
		}
		_exit((int)sum & 0xff);
	}
	note("fork", r, wait_for(pid), 0);
}

static void (*const operations[])(void) = {
	do_map, do_map, do_map, do_map, do_hint, do_unmap, do_unmap, do_protect, do_protect,
	do_resize, do_move, do_advise, do_sync, do_break, do_store, do_store, do_store, do_store,
	do_load, do_load,
};

/* Everything that can be read, and how the rest refuses. */
static uint64_t
pages_hash(void)
{
	uint64_t hash = 1;

	for (size_t page = 0; page < WINDOW; page++) {
		char *at = BASE + page * P;
		long fault = fault_of(load(at));

		mix(&hash, (uint64_t)fault);
		for (size_t i = 0; fault == 0 && i < P; i += 8)
			mix(&hash, *(volatile uint64_t *)(at + i));
		if (tracing)
			dprintf(1, "page [%zu,%zu): fault %ld, hash up to here %08x\n", page,
			    page + 1, fault, (unsigned)hash);
	}
	return hash;
}

static void
sequence(unsigned long seed, unsigned long n)
{
	uint64_t pages;

	state = seed * 0x9e3779b97f4a7c15 + 1;
	calls_hash = 1;
	catch_faults();
	descriptor = file("random", FILE_PAGES * P);
	read_only = (int)sys(SYS_open, "random", O_RDONLY);
	heap = (char *)sys(SYS_brk, 0);
	for (unsigned long i = 0; i < n; i++)
		if (below(40) == 0)
			do_fork();
		else
			operations[below(array_len(operations))]();
	pages = pages_hash();
	dprintf(1, "seed %lu: calls %08x, pages %08x\n", seed,
	    (unsigned)(calls_hash ^ calls_hash >> 32), (unsigned)(pages ^ pages >> 32));
}

int
random_main(int argc, char **argv)
{
	unsigned long seed, n, count;

	if (argc != 3)
		return 2;
	seed = strtoul(argv[0], NULL, 10);
	n = strtoul(argv[1], NULL, 10);
	tracing = strcmp(argv[2], "trace") == 0;
	count = tracing ? 1 : strtoul(argv[2], NULL, 10);
	for (unsigned long i = 0; i < count; i++) {
		long pid = sys(SYS_fork);
		int status;

		if (pid == 0) {
			sequence(seed + i, n);
			_exit(0);
		}
		status = wait_for(pid);
		if (status != 0)
			dprintf(1, "seed %lu: %s\n", seed + i, ended(status));
	}
	dprintf(1, "behaviours: end\n");
	return 0;
}
