/* SPDX-License-Identifier: MIT */
/* F17 to F21: mappings of files. */
#include "harness.h"

/* The byte at AT of the file FD, by read(). */
static int
byte_of(int fd, long at)
{
	unsigned char byte = 0;

	sys(SYS_lseek, fd, at, SEEK_SET);
	return sys(SYS_read, fd, &byte, 1) == 1 ? byte : -1;
}

/* Do N bytes at AT hold what a file has from OFFSET on? */
static const char *
holds(const char *at, size_t n, size_t offset)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)at[i] != file_byte(offset + i))
			return text("different at %zu", i);
	return "same";
}

BEHAVIOUR(F17_1, "a private mapping after close")
{
	int fd = file("f17", 3 * P);
	char *at = (char *)map_file(NULL, 3 * P, RW, MAP_PRIVATE, fd, 0);

	sys(SYS_close, fd);
	say("%s", holds(at, 3 * P, 0));
}

BEHAVIOUR(F17_2, "a private mapping from page 2 on")
{
	char *at = (char *)map_file(NULL, 2 * P, R, MAP_PRIVATE, file("f17", 4 * P), 2 * P);

	say("%s", holds(at, 2 * P, 2 * P));
}

BEHAVIOUR(F17_3, "a store in a private mapping, in the file, in another mapping")
{
	int fd = file("f17", P);
	volatile char *at = (char *)map_file(NULL, P, RW, MAP_PRIVATE, fd, 0);
	volatile char *other = (char *)map_file(NULL, P, R, MAP_PRIVATE, fd, 0);

	at[9] = 99;
	say("%d", at[9]);
	say("%s", same(byte_of(fd, 9) == file_byte(9)));
	say("%s", same(other[9] == file_byte(9)));
}

BEHAVIOUR(F17_4, "a private page that was written, then write() to the file")
{
	int fd = file("f17", 2 * P);
	volatile char *at = (char *)map_file(NULL, 2 * P, RW, MAP_PRIVATE, fd, 0);

	at[0] = 99;
	sys(SYS_lseek, fd, 1, SEEK_SET);
	sys(SYS_write, fd, "x", 1);
	say("%s", same(at[1] == file_byte(1)));
	say("%d", at[0]);
}

BEHAVIOUR(F17_5, "a mapping of an unlinked file")
{
	int fd = file("f17-gone", P);
	char *at = (char *)map_file(NULL, P, R, MAP_PRIVATE, fd, 0);

	sys(SYS_unlink, "f17-gone");
	sys(SYS_close, fd);
	say("%s", holds(at, P, 0));
}

BEHAVIOUR(F18_1, "the rest of the last page, private and shared")
{
	int fd = file("f18", P + 10);
	char *one = (char *)map_file(NULL, 2 * P, R, MAP_PRIVATE, fd, 0);
	char *two = (char *)map_file(NULL, 2 * P, R, MAP_SHARED, fd, 0);

	say("%s %s", holds(one + P, 10, P), all(one + P + 10, P - 10, 0) ? "zero" : "not zero");
	say("%s %s", holds(two + P, 10, P), all(two + P + 10, P - 10, 0) ? "zero" : "not zero");
}

BEHAVIOUR(F18_2, "a store behind the end of the file, in the file")
{
	int fd = file("f18", 10);
	char *at = (char *)map_file(NULL, P, RW, MAP_SHARED, fd, 0);

	at[20] = 7;
	unmap(at, P);
	say("%s", number(sys(SYS_lseek, fd, 0, SEEK_END)));
	say("%d", byte_of(fd, 20));
}

BEHAVIOUR(F19_1, "a store in a shared mapping, by read(), after munmap")
{
	int fd = file("f19", 2 * P);
	char *at = (char *)map_file(NULL, 2 * P, RW, MAP_SHARED, fd, 0);

	at[P + 3] = 99;
	say("%d", byte_of(fd, P + 3));
	say("%s", outcome(sys(SYS_msync, at, 2 * P, MS_SYNC)));
	say("%s", outcome(unmap(at, 2 * P)));
	say("%d", byte_of(fd, P + 3));
}

BEHAVIOUR(F19_2, "a write() seen in a shared mapping")
{
	int fd = file("f19", P);
	volatile char *at = (char *)map_file(NULL, P, R, MAP_SHARED, fd, 0);

	load((char *)at);
	sys(SYS_lseek, fd, 5, SEEK_SET);
	sys(SYS_write, fd, "x", 1);
	say("%c", at[5]);
}

BEHAVIOUR(F19_3, "two shared mappings of one file")
{
	int fd = file("f19", P);
	volatile char *one = (char *)map_file(NULL, P, RW, MAP_SHARED, fd, 0);
	volatile char *two = (char *)map_file(NULL, P, RW, MAP_SHARED, fd, 0);

	one[1] = 77;
	two[2] = 78;
	say("%d %d", two[1], one[2]);
}

BEHAVIOUR(F19_4, "msync after write() to a page that was only read")
{
	int fd = file("f19", 2 * P);
	volatile char *at = (char *)map_file(NULL, 2 * P, RW, MAP_SHARED, fd, 0);

	load((char *)at);
	at[P] = 1;
	sys(SYS_lseek, fd, 0, SEEK_SET);
	sys(SYS_write, fd, "new", 3);
	say("%s", outcome(sys(SYS_msync, at, 2 * P, MS_SYNC)));
	say("%c %d", byte_of(fd, 0), byte_of(fd, P));
}

static int
store_nine(void *at)
{
	*(char *)at = 9;
	return 0;
}

BEHAVIOUR(F19_5, "a child's store in a shared mapping of a file")
{
	int fd = file("f19", P);
	volatile char *at = (char *)map_file(NULL, P, RW, MAP_SHARED, fd, 0);

	in_child(store_nine, (char *)at + 8);
	say("%d %d", at[8], byte_of(fd, 8));
}

BEHAVIOUR(F20_1, "read-only descriptor, shared RW, private RW")
{
	int fd;

	sys(SYS_close, file("f20", P));
	fd = (int)sys(SYS_open, "f20", O_RDONLY);
	say("%s", outcome(map_file(NULL, P, RW, MAP_SHARED, fd, 0)));
	say("%s", outcome(map_file(NULL, P, RW, MAP_PRIVATE, fd, 0)));
}

BEHAVIOUR(F20_2, "read-only descriptor, shared R, mprotect RW, then a store")
{
	char *at;
	int fd;

	sys(SYS_close, file("f20", P));
	fd = (int)sys(SYS_open, "f20", O_RDONLY);
	at = (char *)map_file(NULL, P, R, MAP_SHARED, fd, 0);
	say("%s", outcome(protect(at, P, RW)));
	say("%s", load(at));
	say("%s", store(at));
}

BEHAVIOUR(F20_3, "read-write descriptor, shared R, mprotect RW, then a store")
{
	int fd = file("f20", P);
	char *at = (char *)map_file(NULL, P, R, MAP_SHARED, fd, 0);

	say("%s", outcome(protect(at, P, RW)));
	say("%s", store(at));
	say("%d", byte_of(fd, 0));
}

BEHAVIOUR(F20_4, "write-only descriptor, private R, shared W")
{
	int fd;

	sys(SYS_close, file("f20", P));
	fd = (int)sys(SYS_open, "f20", O_WRONLY);
	say("%s", outcome(map_file(NULL, P, R, MAP_PRIVATE, fd, 0)));
	say("%s", outcome(map_file(NULL, P, W, MAP_SHARED, fd, 0)));
}

BEHAVIOUR(F20_5, "private R of a read-only descriptor, mprotect RW, a store, the file")
{
	char *at;
	int fd;

	sys(SYS_close, file("f20", P));
	fd = (int)sys(SYS_open, "f20", O_RDONLY);
	at = (char *)map_file(NULL, P, R, MAP_PRIVATE, fd, 0);
	load(at);
	say("%s", outcome(protect(at, P, RW)));
	say("%s", store(at + 4));
	say("%d", at[4]);
	say("%s", same(byte_of(fd, 4) == file_byte(4)));
}

BEHAVIOUR(F21_1, "a pipe, a directory")
{
	int fds[2];

	sys(SYS_pipe, fds);
	say("%s", outcome(map_file(NULL, P, R, MAP_PRIVATE, fds[0], 0)));
	say("%s", outcome(map_file(NULL, P, R, MAP_PRIVATE, (int)sys(SYS_open, ".", O_RDONLY), 0)));
}
