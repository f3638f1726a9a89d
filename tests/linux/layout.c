/* SPDX-License-Identifier: MIT */
/* A: the layout of an address space, and its regions. */
#include "harness.h"

#include <stdio.h>
#include <unistd.h>

static int initialized = 1, zeroed[2000];
static const int constant = 1;

BEHAVIOUR(A1_1, "500 regions of alternating rights")
{
	char *at = window(500);
	long ok = 0;

	for (size_t i = 0; i < 500; i++)
		ok += !failed(map(at + i * P, P, i % 2 ? RW : R, FIXED));
	say("%ld mapped, %ld listed", ok, entries_in(at, 500));
}

BEHAVIOUR(A1_2, "an entry names file and offset")
{
	int fd = file("a1", 3 * P);
	long at = map_file(NULL, P, R, MAP_PRIVATE, fd, P);
	const struct entry *e = entry_of((void *)at);
	const char *slash = strrchr(e->name, '/');

	say("offset %lx, %s, %s", e->offset, e->rights, slash == NULL ? e->name : slash + 1);
}

BEHAVIOUR(A1_3, "a shared region is listed as shared")
{
	long at = map(NULL, P, RW, SHARED);

	say("%s", listing((void *)at, 1));
}

BEHAVIOUR(A2_1, "rights of text, constants, data and bss")
{
	say("%s", entry_of((void *)(uintptr_t)A2_1)->rights);
	say("%s", entry_of(&constant)->rights);
	say("%s", entry_of(&initialized)->rights);
	say("%s", entry_of(&zeroed[1999])->rights);
}

BEHAVIOUR(A2_2, "heap and stack are named")
{
	long heap = sys(SYS_brk, 0);
	const struct entry *e;
	int local = 0;

	sys(SYS_brk, heap + (long)P);
	e = entry_of((void *)heap);
	say("%s %s", e->rights, e->name);
	e = entry_of(&local);
	say("%s %s", e->rights, e->name);
}

BEHAVIOUR(A2_3, "what follows the addresses of an anonymous region")
{
	char *at = pages(1, R), line[300], start[32];
	size_t n = 0;
	long fd = sys(SYS_open, "/proc/self/maps", O_RDONLY);

	sprintf(start, "%lx-%lx ", (unsigned long)at, (unsigned long)at + P);
	while (sys(SYS_read, fd, line + n, 1) == 1) {
		if (line[n++] != '\n' && n < sizeof(line))
			continue;
		line[n - 1] = '\0';
		n = 0;
		if (strncmp(line, start, strlen(start)) == 0)
			say("\"%s\"", line + strlen(start));
	}
}

BEHAVIOUR(A2_4, "the listing is in order and disjoint")
{
	static struct entry list[100];
	long n = entries(list, 100);
	bool ordered = n > 4;

	for (long i = 1; i < n; i++)
		ordered = ordered && list[i - 1].end <= list[i].start;
	say("%s", yes(ordered));
}

HELPER(where)
{
	static char line[300];
	int local = 0;

	map(NULL, 3 * P, R, PRIV);
	sprintf(line, "%p %p %lx %p %lx", (void *)(uintptr_t)helper_where, (void *)&initialized,
	    sys(SYS_brk, 0), (void *)&local, map(NULL, P, R, PRIV));
	sys(SYS_write, 1, line, sizeof(line));
	return 0;
}

/* Of what the parent has mapped and allocated between them, exec leaves nothing (F16, E1). */
BEHAVIOUR(A3_1, "two runs have code, data, break, stack and first mapping at")
{
	static char first[300], second[300];
	int fds[2];

	sys(SYS_pipe, fds);
	self_run("where", fds[1]);
	pages(100, RW);
	sys(SYS_brk, sys(SYS_brk, 0) + 100 * (long)P);
	self_run("where", fds[1]);
	sys(SYS_close, fds[1]);
	sys(SYS_read, fds[0], first, sizeof(first));
	sys(SYS_read, fds[0], second, sizeof(second));
	say("%s places", same(first[0] != '\0' && memcmp(first, second, sizeof(first)) == 0));
}

BEHAVIOUR(A4_1, "the page above the stack")
{
	int local = 0;

	say("%s", load((void *)entry_of(&local)->end));
}

BEHAVIOUR(A4_2, "the page above the heap")
{
	long heap = sys(SYS_brk, sys(SYS_brk, 0) + (long)P);

	say("%s", store((void *)heap));
}

BEHAVIOUR(A4_3, "the page below the program")
{
	static struct entry first;

	entries(&first, 1);
	say("%s", load((void *)(first.start - 1)));
}

BEHAVIOUR(A5_1, "read of address 8")
{
	say("%s", load((void *)8));
}

BEHAVIOUR(A5_2, "write to address 8")
{
	say("%s", store((void *)8));
}

BEHAVIOUR(A5_3, "call of address 8")
{
	say("%s", call((void *)8));
}

BEHAVIOUR(A5_4, "MAP_FIXED at 0")
{
	say("%s", outcome(map(NULL, P, RW, FIXED)));
}

/* Where the machine's administrator has chosen another lowest address, this says nothing. */
static bool
usual_lowest_address(void)
{
	char line[16] = "";
	long fd = sys(SYS_open, "/proc/sys/vm/mmap_min_addr", O_RDONLY);

	if (failed(fd))
		return true;
	sys(SYS_read, fd, line, sizeof(line) - 1);
	if (strncmp(line, "65536", 5) == 0)
		return true;
	say("left out: vm.mmap_min_addr is not 65536");
	return false;
}

BEHAVIOUR(A5_5, "MAP_FIXED at 0xf000, at 0xf000 for two pages, at 0x10000")
{
	if (!usual_lowest_address())
		return;
	say("%s", outcome(map((void *)0xf000, P, RW, FIXED)));
	say("%s", outcome(map((void *)0xf000, 2 * P, RW, FIXED)));
	say("%s", outcome(map((void *)0x10000, P, RW, FIXED)));
}

BEHAVIOUR(A5_6, "hint 0x1000")
{
	if (usual_lowest_address())
		say("%lx", map((void *)0x1000, P, RW, PRIV));
}

BEHAVIOUR(A6_1, "MAP_FIXED at the end of the user range")
{
	say("%s", outcome(map((void *)USER_END, P, RW, FIXED)));
}

BEHAVIOUR(A6_2, "MAP_FIXED over the end of the user range")
{
	say("%s", outcome(map((void *)(USER_END - P), 2 * P, RW, FIXED)));
}

BEHAVIOUR(A6_3, "MAP_FIXED at 2^47 and in the kernel half")
{
	say("%s", outcome(map((void *)NON_CANONICAL, P, RW, FIXED)));
	say("%s", outcome(map((void *)KERNEL_HALF, P, RW, FIXED)));
	say("%s", outcome(map((void *)-P, P, RW, FIXED)));
}

BEHAVIOUR(A6_4, "hint in the kernel half")
{
	long at = map((void *)KERNEL_HALF, P, RW, PRIV);

	say("%s", failed(at) ? outcome(at) : at < (long)USER_END && at > 0 ? "elsewhere" : "there");
}

BEHAVIOUR(A9_1, "equal neighbours")
{
	char *at = window(3);

	map(at, P, RW, FIXED);
	map(at + P, P, RW, FIXED);
	say("%s", listing(at, 3));
}

BEHAVIOUR(A9_2, "neighbours of other rights")
{
	char *at = window(2);

	map(at, P, RW, FIXED);
	map(at + P, P, R, FIXED);
	say("%s", listing(at, 2));
}

BEHAVIOUR(A9_3, "a hole that is filled")
{
	char *at = window(3);

	map(at, P, RW, FIXED);
	map(at + 2 * P, P, RW, FIXED);
	say("%s", listing(at, 3));
	map(at + P, P, RW, FIXED);
	say("%s", listing(at, 3));
}

BEHAVIOUR(A9_4, "a private and a shared neighbour")
{
	char *at = window(2);

	map(at, P, RW, FIXED);
	map(at + P, P, RW, SHARED | MAP_FIXED);
	say("%s", listing(at, 2));
}

BEHAVIOUR(A9_5, "neighbours in a file, one behind the other and not")
{
	int fd = file("a9", 4 * P);
	char *at = window(3);

	map_file(at, P, R, MAP_PRIVATE | MAP_FIXED, fd, 0);
	map_file(at + P, P, R, MAP_PRIVATE | MAP_FIXED, fd, P);
	map_file(at + 2 * P, P, R, MAP_PRIVATE | MAP_FIXED, fd, 3 * P);
	say("%s", listing(at, 3));
}

BEHAVIOUR(A10_1, "mprotect of the middle, and back")
{
	char *at = window(8);

	map(at, 8 * P, RW, FIXED);
	protect(at + 3 * P, 2 * P, R);
	say("%s", listing(at, 8));
	protect(at + 3 * P, 2 * P, RW);
	say("%s", listing(at, 8));
}

BEHAVIOUR(A10_2, "mprotect of the start and of the end")
{
	char *at = window(8);

	map(at, 8 * P, RW, FIXED);
	protect(at, P, R);
	protect(at + 7 * P, P, R);
	say("%s", listing(at, 8));
}

BEHAVIOUR(A10_3, "munmap of the middle")
{
	char *at = window(8);

	map(at, 8 * P, RW, FIXED);
	unmap(at + 3 * P, 2 * P);
	say("%s", listing(at, 8));
}
