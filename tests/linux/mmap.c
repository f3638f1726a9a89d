/* SPDX-License-Identifier: MIT */
/* F1 to F16, F22 to F27: mappings of anonymous memory. */
#include "harness.h"

#include <sys/ipc.h>
#include <sys/shm.h>

/* Touch both ends of N bytes. */
static const char *
ends(long at, size_t n)
{
	if (failed(at))
		return outcome(at);
	return text("%s %s", store((char *)at), store((char *)at + n - 1));
}

BEHAVIOUR(F1_1, "two private pages")
{
	char *at = pages(2, RW);

	say("%s", all(at, 2 * P, 0) ? "zero" : "not zero");
	memset(at, 5, 2 * P);
	say("%s", all(at, 2 * P, 5) ? "written" : "not written");
	say("%s", outcome(unmap(at, 2 * P)));
	say("%s", load(at));
}

BEHAVIOUR(F1_2, "a length is rounded up, and a page behind")
{
	char *at = window(3);

	map(at, P + 1, RW, FIXED);
	say("%s", listing(at, 3));
	map(at + 2 * P, 1, RW, FIXED);
	say("%s", listing(at, 3));
}

BEHAVIOUR(F2_1, "length 0, 2^47, ~0")
{
	say("%s", outcome(map(NULL, 0, RW, PRIV)));
	say("%s", outcome(map(NULL, 1UL << 47, RW, PRIV | MAP_NORESERVE)));
	say("%s", outcome(map(NULL, ~0UL, RW, PRIV)));
	say("%s", outcome(map(NULL, -P, RW, PRIV)));
}

BEHAVIOUR(F2_2, "neither private nor shared, with and without anonymous")
{
	say("%s", outcome(map(NULL, P, RW, MAP_ANONYMOUS)));
	say("%s", outcome(map(NULL, P, RW, 0)));
}

BEHAVIOUR(F3_1, "an unaligned MAP_FIXED, an unaligned hint")
{
	char *at = window(2);

	say("%s", outcome(map(at + 1, P, RW, FIXED)));
	say("%s", place(map(at + 0x123, P, RW, PRIV), at));
}

BEHAVIOUR(F3_2, "hint 0x10000123")
{
	say("%lx", map((void *)0x10000123, P, RW, PRIV));
}

BEHAVIOUR(F4_1, "an unaligned offset, a bad descriptor, a negative one, an offset too large")
{
	int fd = file("f4", P);

	say("%s", outcome(map_file(NULL, P, R, MAP_PRIVATE, fd, 1)));
	say("%s", outcome(map_file(NULL, P, R, MAP_PRIVATE, 999, 0)));
	say("%s", outcome(map_file(NULL, P, R, MAP_PRIVATE, -1, 0)));
	say("%s", outcome(map_file(NULL, 2 * P, R, MAP_PRIVATE, fd, -(long)P)));
}

BEHAVIOUR(F4_2, "an unaligned offset of anonymous memory, a descriptor")
{
	say("%s", outcome(map_file(NULL, P, R, PRIV, -1, 1)));
	say("%s", outcome(map_file(NULL, P, R, PRIV, 999, 0)));
}

BEHAVIOUR(F5_1, "a hint that is free, one that is taken")
{
	char *at = window(4);
	long other;

	say("%s", place(map(at + P, P, RW, PRIV), at));
	other = map(at + P, P, RW, PRIV);
	say("%s", failed(other) ? outcome(other) : (char *)other == at + P ? "there" : "elsewhere");
}

BEHAVIOUR(F5_2, "a hint where only half is free")
{
	char *at = window(2);
	long other = map(at + P, 2 * P, RW, PRIV);

	say("%s", (char *)other == at + P ? "there" : "elsewhere");
}

BEHAVIOUR(F6_1, "MAP_FIXED over a written page")
{
	char *at = pages(3, RW);

	memset(at, 1, 3 * P);
	say("%s", place(map(at + P, P, RW, FIXED), at));
	say("%d %d %d", at[P - 1], at[P], at[2 * P]);
}

BEHAVIOUR(F6_2, "MAP_FIXED over regions and holes")
{
	char *at = window(8);

	map(at, 2 * P, RW, FIXED);
	map(at + 3 * P, P, R, FIXED);
	map(at + 6 * P, P, NONE, FIXED);
	say("%s", place(map(at + P, 6 * P, RX, FIXED), at));
	say("%s", listing(at, 8));
}

BEHAVIOUR(F6_3, "memory after a MAP_FIXED that fails")
{
	char *at = pages(1, RW);

	at[0] = 3;
	say("%s", outcome(map_file(at, P, R, MAP_PRIVATE | MAP_FIXED, 999, 0)));
	say("%d", at[0]);
}

BEHAVIOUR(F7_1, "MAP_FIXED_NOREPLACE where it is free")
{
	char *at = window(3);

	say("%s", place(map(at + P, P, RW, PRIV | MAP_FIXED_NOREPLACE), at));
}

BEHAVIOUR(F7_2, "MAP_FIXED_NOREPLACE over a page, over its first and last, around it")
{
	char *at = window(6);

	map(at + 2 * P, 2 * P, RW, FIXED);
	at[2 * P] = 4;
	say("%s", outcome(map(at + 2 * P, 2 * P, RW, PRIV | MAP_FIXED_NOREPLACE)));
	say("%s", outcome(map(at + P, 2 * P, RW, PRIV | MAP_FIXED_NOREPLACE)));
	say("%s", outcome(map(at + 3 * P, 2 * P, RW, PRIV | MAP_FIXED_NOREPLACE)));
	say("%s", outcome(map(at, 6 * P, RW, PRIV | MAP_FIXED_NOREPLACE)));
	say("%d %s", at[2 * P], listing(at, 6));
}

BEHAVIOUR(F8_1, "the second mapping, from the first")
{
	char *one = pages(1, R), *two = pages(1, W);

	say("%s", place((long)two, one));
}

BEHAVIOUR(F8_2, "a mapping of 5 pages, from the one before")
{
	char *one = pages(3, R), *two = pages(5, W);

	say("%s", place((long)two, one));
}

BEHAVIOUR(F9_1, "the middle of three is unmapped, then the same size mapped")
{
	char *at = pages(9, RW);

	unmap(at + 3 * P, 3 * P);
	say("%s", place(map(NULL, 3 * P, RW, PRIV), at));
}

BEHAVIOUR(F9_2, "a hole of 3 pages, then a page, then 3 pages")
{
	char *at = pages(9, RW);

	unmap(at + 3 * P, 3 * P);
	say("%s", place(map(NULL, P, RW, PRIV), at));
	say("%s", place(map(NULL, 3 * P, RW, PRIV), at));
}

BEHAVIOUR(F10_1, "MAP_32BIT, from 1 GiB to 2 GiB")
{
	long at = map(NULL, MIB, RW, PRIV | MAP_32BIT);

	say("%s", failed(at) ? outcome(at) :
	    yes(at >= (long)GIB && at + (long)MIB <= (long)(2 * GIB)));
	say("%s", ends(at, MIB));
}

BEHAVIOUR(F11_1, "MAP_NORESERVE of 64 GiB, both ends, resident at both")
{
	char *at = (char *)map(NULL, 64 * GIB, RW, PRIV | MAP_NORESERVE);

	say("%s", ends((long)at, 64 * GIB));
	if (!failed((long)at))
		say("%s %s", number(resident(at, 100)),
		    number(resident(at + 64 * GIB - 100 * P, 100)));
}

BEHAVIOUR(F11_2, "1 TiB of NONE")
{
	say("%s", outcome(map(NULL, 1UL << 40, NONE, PRIV)));
}

BEHAVIOUR(F12_1, "1 TiB of RW that is to be reserved")
{
	say("%s", outcome(map(NULL, 1UL << 40, RW, PRIV)));
}

BEHAVIOUR(F16_1, "map, unmap, map")
{
	char *one = pages(4, RW);

	unmap(one, 4 * P);
	say("%s", place(map(NULL, 4 * P, RW, PRIV), one));
}

static int
map_two(void *arg)
{
	return map(NULL, P, RW, PRIV) != (long)arg;
}

BEHAVIOUR(F16_2, "a child maps where the parent would, and the parent does then")
{
	char *at = pages(1, RW);

	unmap(at, P);
	say("%s", ended(in_child(map_two, at)));
	say("%s", place(map(NULL, P, RW, PRIV), at));
}

static int
set_to_two(void *at)
{
	*(char *)at = 2;
	return 0;
}

BEHAVIOUR(F22_1, "a child's store in shared memory, and rights")
{
	char *at = (char *)map(NULL, P, RW, SHARED);

	*at = 1;
	in_child(set_to_two, at);
	say("%d", *at);
	say("%s", outcome(protect(at, P, R)));
	say("%s", store(at));
	say("%s", outcome(protect(at, P, RW)));
	say("%s", store(at));
}

BEHAVIOUR(F22_2, "a child touches shared memory first")
{
	volatile char *at = (char *)map(NULL, 4 * P, RW, SHARED);

	in_child(set_to_two, (char *)at + 3 * P);
	say("%d %d", at[0], at[3 * P]);
}

BEHAVIOUR(F23_1, "MAP_LOCKED, MAP_POPULATE|MAP_NONBLOCK, MAP_STACK")
{
	say("%s", ends(map(NULL, 2 * P, RW, PRIV | MAP_LOCKED), 2 * P));
	say("%s", ends(map(NULL, 2 * P, RW, PRIV | MAP_POPULATE | MAP_NONBLOCK), 2 * P));
	say("%s", ends(map(NULL, 2 * P, RW, PRIV | MAP_STACK), 2 * P));
}

BEHAVIOUR(F23_2, "MAP_HUGETLB without such pages")
{
	say("%s", outcome(map(NULL, 2 * MIB, RW, PRIV | MAP_HUGETLB)));
}

BEHAVIOUR(F23_3, "MAP_DENYWRITE, MAP_EXECUTABLE")
{
	say("%s", ends(map(NULL, P, RW, PRIV | MAP_DENYWRITE), P));
	say("%s", ends(map(NULL, P, RW, PRIV | MAP_EXECUTABLE), P));
}

BEHAVIOUR(F23_4, "MAP_SHARED_VALIDATE with an unknown flag, of a file")
{
	int fd = file("f23", P);

	say("%s", outcome(map_file(NULL, P, R, MAP_SHARED_VALIDATE, fd, 0)));
	say("%s", outcome(map_file(NULL, P, R, MAP_SHARED_VALIDATE | 0x200000, fd, 0)));
}

BEHAVIOUR(F26_1, "a mapping above 4 GiB")
{
	char *at = (char *)(1UL << 40);

	say("%lx", map(at, P, RW, FIXED));
	say("%s", store(at));
	say("%s", load((void *)((uintptr_t)at & 0xffffffff)));
}

BEHAVIOUR(F27_1, "System V shared memory of size 0, made, made again, made too large")
{
	long id = sys(SYS_shmget, 4711, P, IPC_CREAT | IPC_EXCL | 0600);

	say("%s", outcome(sys(SYS_shmget, IPC_PRIVATE, 0, IPC_CREAT | 0600)));
	say("%s", outcome(id));
	say("%s", outcome(sys(SYS_shmget, 4711, P, IPC_CREAT | IPC_EXCL | 0600)));
	say("%s", outcome(sys(SYS_shmget, 4711, 2 * P, 0600)));
	sys(SYS_shmctl, id, IPC_RMID, NULL);
}
