/* SPDX-License-Identifier: MIT */
/* H: mprotect. */
#include "harness.h"

BEHAVIOUR(H1_1, "NONE, R, RW, RX, back to RW")
{
	static const int rights[] = { NONE, R, RW, RX, RW };
	char *at = pages(1, RW);

	at[0] = 5;
	for (size_t i = 0; i < array_len(rights); i++) {
		const char *result = outcome(protect(at, P, rights[i]));

		say("%s %s", result, listing(at, 1));
	}
	say("%d", at[0]);
}

BEHAVIOUR(H1_2, "length 0, also of what is not mapped, an unaligned address")
{
	char *at = pages(1, RW), *hole = window(1);

	say("%s", outcome(protect(at, 0, R)));
	say("%s", outcome(protect(hole, 0, R)));
	say("%s", outcome(protect(at + 1, P, R)));
	say("%s", listing(at, 1));
}

BEHAVIOUR(H1_3, "a length that is no multiple of a page")
{
	char *at = window(3);

	map(at, 3 * P, RW, FIXED);
	say("%s", outcome(protect(at, P + 1, R)));
	say("%s", listing(at, 3));
}

BEHAVIOUR(H1_4, "write and execute at once")
{
	char *at = pages(1, RW);

	at[0] = (char)0xc3;
	say("%s", outcome(protect(at, P, RW | PROT_EXEC)));
	say("%s", store(at + 1));
	say("%s", call(at));
}

BEHAVIOUR(H2_1, "over a hole, result, what is before, what is behind")
{
	char *at = window(5);

	map(at, 2 * P, RW, FIXED);
	map(at + 3 * P, 2 * P, RW, FIXED);
	say("%s", outcome(protect(at, 5 * P, R)));
	say("%s", listing(at, 5));
}

BEHAVIOUR(H2_2, "that begins in a hole, that ends in one")
{
	char *at = window(4);

	map(at + P, 2 * P, RW, FIXED);
	say("%s", outcome(protect(at, 2 * P, R)));
	say("%s", listing(at, 4));
	say("%s", outcome(protect(at + 2 * P, 2 * P, R)));
	say("%s", listing(at, 4));
}

BEHAVIOUR(H3_1, "the shared mapping of a read-only descriptor, to RW")
{
	char *at = window(2);
	int fd;

	sys(SYS_close, file("h3", 2 * P));
	fd = (int)sys(SYS_open, "h3", O_RDONLY);
	map_file(at, 2 * P, R, MAP_SHARED | MAP_FIXED, fd, 0);
	say("%s", outcome(protect(at, P, RW)));
	say("%s", outcome(protect(at, P, NONE)));
	say("%s", outcome(protect(at, P, W)));
	say("%s", listing(at, 2));
}

BEHAVIOUR(H3_2, "private memory before it in the range")
{
	char *at = window(2);
	int fd;

	sys(SYS_close, file("h3", P));
	fd = (int)sys(SYS_open, "h3", O_RDONLY);
	map(at, P, R, FIXED);
	map_file(at + P, P, R, MAP_SHARED | MAP_FIXED, fd, 0);
	say("%s", outcome(protect(at, 2 * P, RW)));
	say("%s", listing(at, 2));
}

BEHAVIOUR(H4_1, "NONE, then RW, content")
{
	char *at = pages(3, RW);

	memset(at, 6, 3 * P);
	protect(at, 3 * P, NONE);
	say("%s", load(at + P));
	protect(at, 3 * P, RW);
	say("%s", all(at, 3 * P, 6) ? "kept" : "lost");
}

BEHAVIOUR(H5_1, "pages never touched, made R, made RW")
{
	char *at = pages(2, RW);

	protect(at, 2 * P, R);
	say("%s", store(at));
	say("%s", load(at));
	protect(at, 2 * P, RW);
	say("%s", store(at));
	say("%s", store(at + P));
}

BEHAVIOUR(H5_2, "pages never touched of NONE, made RW")
{
	char *at = pages(2, NONE);

	say("%s", load(at));
	protect(at, 2 * P, RW);
	say("%s", store(at + P));
	say("%d", at[0]);
}

static int
change_in_child(void *arg)
{
	char *at = arg;

	protect(at, P, R);
	protect(at, P, RW);
	at[0] = 2;
	return at[0];
}

BEHAVIOUR(H6_1, "after fork the child makes a page R, then RW, and writes")
{
	char *at = pages(1, RW);

	at[0] = 1;
	say("%s", ended(in_child(change_in_child, at)));
	say("parent has %d", at[0]);
}

BEHAVIOUR(H6_2, "a page that reads zero, made R, then RW, and written, its neighbour")
{
	char *at = pages(2, RW);

	load(at);
	load(at + P);
	protect(at, 2 * P, R);
	protect(at, 2 * P, RW);
	at[0] = 3;
	say("%d %d", at[0], at[P]);
}

BEHAVIOUR(H7_1, "unknown bits, what is not mapped, a length that wraps")
{
	char *at = pages(1, RW), *hole = window(1);

	say("%s", outcome(protect(at, P, 0x100)));
	say("%s", outcome(protect(at, P, ~0)));
	say("%s", outcome(protect(hole, P, R)));
	say("%s", outcome(protect(at, ~0UL, R)));
	say("%s", outcome(protect((void *)KERNEL_HALF, P, R)));
	say("%s", listing(at, 1));
}

BEHAVIOUR(H7_2, "PROT_GROWSUP, PROT_GROWSDOWN of ordinary memory")
{
	char *at = pages(1, RW);

	say("%s", outcome(protect(at, P, R | PROT_GROWSUP)));
	say("%s", outcome(protect(at, P, R | PROT_GROWSDOWN)));
	say("%s", outcome(protect(at, P, R | PROT_GROWSUP | PROT_GROWSDOWN)));
}

BEHAVIOUR(H8_1, "the middle to R, a write there, to its neighbours, and back")
{
	char *at = pages(3, RW);

	memset(at, 7, 3 * P);
	protect(at + P, P, R);
	say("%s", store(at + P));
	say("%s %s", store(at), store(at + 2 * P));
	say("%d", at[P]);
	protect(at + P, P, RW);
	say("%s", store(at + P));
	say("%d", at[P + 1]);
}

BEHAVIOUR(H8_2, "200 pages, every other one R, writes refused, entries, and back")
{
	char *at = window(200);
	int refused = 0;

	map(at, 200 * P, RW, FIXED);
	memset(at, 1, 200 * P);
	for (size_t i = 0; i < 200; i += 2)
		protect(at + i * P, P, R);
	for (size_t i = 0; i < 200; i++)
		refused += store(at + i * P)[0] == 'S';
	say("%d, %ld", refused, entries_in(at, 200));
	protect(at, 200 * P, RW);
	say("%s", listing(at, 200));
}

BEHAVIOUR(H8_3, "a private file page, written, R, RW, content")
{
	char *at = (char *)map_file(NULL, P, RW, MAP_PRIVATE, file("h8", P), 0);

	at[0] = 50;
	protect(at, P, R);
	say("%s", store(at));
	protect(at, P, RW);
	at[1] = 51;
	say("%d %d", at[0], at[1]);
	say("%s", same((unsigned char)at[2] == file_byte(2)));
}
