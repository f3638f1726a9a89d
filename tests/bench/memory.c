/* SPDX-License-Identifier: MIT */
/* Heap, stack, anonymous mappings. */
#include "bench.h"

#define HEAP_PAGES	1024UL

static void
heap_pairs(char *heap)
{
	for (size_t i = 0; i < 300; i++) {
		uint64_t from = now();

		sys(SYS_brk, heap + P);
		sys(SYS_brk, heap);
		sample(i, from, now());
	}
	row("sbrk-pair", 300, 1);

	for (size_t i = 0; i < 300; i++) {
		uint64_t from = now();

		sys(SYS_brk, heap + P);
		touch(heap);
		sys(SYS_brk, heap);
		sample(i, from, now());
	}
	row("sbrk-pair-touched", 300, 1);
}

void
bench_heap(void)
{
	char *heap = (char *)((sys(SYS_brk, 0) + (long)P - 1) & -(long)P);

	sys(SYS_brk, heap);
	if (sys(SYS_brk, heap + HEAP_PAGES * P) != (long)(heap + HEAP_PAGES * P))
		fail("brk");
	for (size_t i = 0; i < HEAP_PAGES; i++) {
		uint64_t from = now();

		touch(heap + i * P);
		sample(i, from, now());
	}
	sys(SYS_brk, heap);
	row("fault-heap", HEAP_PAGES, 1);

	for (size_t i = 0; i < 20; i++) {
		uint64_t from = now();

		sys(SYS_brk, heap + HEAP_PAGES * P);
		for (size_t page = 0; page < HEAP_PAGES; page++)
			touch(heap + page * P);
		sys(SYS_brk, heap);
		sample(i, from, now());
	}
	row("heap-cycle", 20, HEAP_PAGES);

	for (size_t i = 0; i < 20; i++) {
		uint64_t from;

		sys(SYS_brk, heap + HEAP_PAGES * P);
		for (size_t page = 0; page < HEAP_PAGES; page++)
			touch(heap + page * P);
		from = now();
		sys(SYS_brk, heap);
		sample(i, from, now());
	}
	row("heap-return", 20, HEAP_PAGES);
	heap_pairs(heap);
}

/* In a child: its stack stays large.  A kernel whose stacks are small has no figure here. */
void
bench_stack(void)
{
	long pid = sys_fork();

	if (pid == 0) {
		char *at = (char *)((uintptr_t)__builtin_frame_address(0) & -P) - 2 * P;

		for (size_t i = 0; i < 1000; i++) {
			uint64_t from = now();

			touch(at - i * P);
			sample(i, from, now());
		}
		quit(0);
	}
	if (ended_well(pid))
		row("fault-stack", 1000, 1);
}

static void
read_faults(void)
{
	char *at = memory(512 * P);

	for (size_t i = 0; i < 512; i++) {
		uint64_t from = now();

		look(at + i * P);
		sample(i, from, now());
	}
	row("fault-read", 512, 1);
	for (size_t i = 0; i < 512; i++) {
		uint64_t from = now();

		touch(at + i * P);
		sample(i, from, now());
	}
	row("fault-write-after-read", 512, 1);
	release(at, 512 * P);
}

static void
map_pairs(void)
{
	for (size_t i = 0; i < 300; i++) {
		uint64_t from = now();

		release(memory(P), P);
		sample(i, from, now());
	}
	row("mmap-pair", 300, 1);

	for (size_t i = 0; i < 300; i++) {
		uint64_t from = now();
		char *at = memory(P);

		touch(at);
		release(at, P);
		sample(i, from, now());
	}
	row("mmap-pair-touched", 300, 1);

	for (size_t i = 0; i < 20; i++) {
		uint64_t from = now();
		char *at = memory(256 * P);

		for (size_t page = 0; page < 256; page++)
			touch(at + page * P);
		release(at, 256 * P);
		sample(i, from, now());
	}
	row("mmap-256-touched", 20, 1);
}

/* The first pages of a region: when these are not all, it is split and merged each time. */
static void
protect_pairs(const char *name, size_t pages, size_t all)
{
	char *at = memory(all * P);

	for (size_t page = 0; page < all; page++)
		touch(at + page * P);
	for (size_t i = 0; i < 100; i++) {
		uint64_t from = now();

		sys(SYS_mprotect, at, pages * P, PROT_READ);
		sys(SYS_mprotect, at, pages * P, RW);
		sample(i, from, now());
	}
	row(name, 100, 1);
	release(at, all * P);
}

void
bench_mappings(void)
{
	read_faults();
	map_pairs();
	protect_pairs("mprotect-1", 1, 256);
	protect_pairs("mprotect-256", 256, 256);
}
