/* SPDX-License-Identifier: MIT */
/* V3 to V5: holes, copies, locks, files without names, many descriptors. */
#include "harness.h"

#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef FALLOC_FL_KEEP_SIZE
#define FALLOC_FL_KEEP_SIZE	1
#define FALLOC_FL_PUNCH_HOLE	2
#endif
#ifndef FALLOC_FL_COLLAPSE_RANGE
#define FALLOC_FL_COLLAPSE_RANGE 8
#endif
#ifndef SYS_close_range
#define SYS_close_range	436
#endif

static long
size_of(int fd)
{
	struct stat st;

	return sys(SYS_fstat, fd, &st) == 0 ? st.st_size : -1;
}

/* How many of the file's bytes are in pages? */
static long
pages_of(int fd)
{
	struct stat st;

	return sys(SYS_fstat, fd, &st) == 0 ? st.st_blocks / 8 : -1;
}

BEHAVIOUR(V3_1, "a sparse file: SEEK_DATA and SEEK_HOLE from each page on, at the end, beyond")
{
	int fd = file("v3_1", 0);

	sys(SYS_ftruncate, fd, 5 * P + 10);
	sys(SYS_pwrite64, fd, "x", 1, P + 5);
	sys(SYS_pwrite64, fd, "x", 1, 3 * P);
	for (long page = 0; page < 5; page++)
		say("%ld %s", sys(SYS_lseek, fd, page * P, SEEK_DATA) / (long)P,
		    number(sys(SYS_lseek, fd, page * P, SEEK_HOLE)));
	say("%s", number(sys(SYS_lseek, fd, P + 7, SEEK_DATA)));
	say("%s", number(sys(SYS_lseek, fd, 4 * P, SEEK_DATA)));
	say("%s", number(sys(SYS_lseek, fd, 5 * P + 10, SEEK_HOLE)));
	say("%s", number(sys(SYS_lseek, fd, -1, SEEK_DATA)));
	say("%s", number(sys(SYS_lseek, fd, 0, 5)));
	say("%ld", pages_of(fd));
}

BEHAVIOUR(V3_2, "fallocate: pages and size with each mode, what there was stays")
{
	char byte = 0;
	int fd = file("v3_2", 10);

	say("%s", outcome(sys(SYS_fallocate, fd, 0, P, 2 * P)));
	say("%ld %ld", size_of(fd) / (long)P, pages_of(fd));
	say("%s", outcome(sys(SYS_fallocate, fd, FALLOC_FL_KEEP_SIZE, 5 * P, P)));
	say("%ld %ld", size_of(fd) / (long)P, pages_of(fd));
	say("%s", outcome(sys(SYS_fallocate, fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, P,
	    P)));
	say("%ld %ld", size_of(fd) / (long)P, pages_of(fd));
	sys(SYS_pread64, fd, &byte, 1, 3);
	say("%s", same((unsigned char)byte == file_byte(3)));
	say("%s", outcome(sys(SYS_fallocate, fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2,
	    4)));
	sys(SYS_pread64, fd, &byte, 1, 3);
	say("%d", byte);
	sys(SYS_pread64, fd, &byte, 1, 6);
	say("%s", same((unsigned char)byte == file_byte(6)));
	sys(SYS_ftruncate, fd, 0);
	say("%ld", pages_of(fd));
}

BEHAVIOUR(V3_3, "fallocate refused: modes, lengths, descriptors, too long")
{
	int fd = file("v3_3", 10), fds[2];

	sys(SYS_pipe, fds);
	say("%s", outcome(sys(SYS_fallocate, fd, 0, 0, 0)));
	say("%s", outcome(sys(SYS_fallocate, fd, 0, -1, 1)));
	say("%s", outcome(sys(SYS_fallocate, fd, FALLOC_FL_PUNCH_HOLE, 0, 1)));
	say("%s", outcome(sys(SYS_fallocate, fd, FALLOC_FL_COLLAPSE_RANGE, 0, P)));
	say("%s", outcome(sys(SYS_fallocate, fd, 0, 0x7fffffffffffffff, 1)));
	say("%s", outcome(sys(SYS_fallocate, fds[1], 0, 0, 1)));
	say("%s", outcome(sys(SYS_fallocate, sys(SYS_open, "v3_3", O_RDONLY), 0, 0, 1)));
	say("%s", outcome(sys(SYS_fallocate, 99, 0, 0, 1)));
}

BEHAVIOUR(V3_4, "a hole punched under a mapping: the page is zero, and a store fills it again")
{
	char byte = 'x';
	int fd = file("v3_4", 3 * P);
	volatile char *at = (char *)map_file(NULL, 3 * P, RW, MAP_SHARED, fd, 0);

	say("%s", same(at[P] == (char)file_byte(P)));
	sys(SYS_fallocate, fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, P, P);
	say("%d", at[P]);
	at[P] = 'y';
	sys(SYS_pread64, fd, &byte, 1, P);
	say("%c", byte);
	say("%s", same(at[2 * P] == (char)file_byte(2 * P)));
}

BEHAVIOUR(V4_1, "sendfile: from an offset, from the file's own, at its end, to a pipe")
{
	long at = 6;
	int in = file("v4_1", 10), out = file("v4_1o", 0), fds[2];

	sys(SYS_lseek, in, 3, SEEK_SET);
	say("%s", number(sys(SYS_sendfile, out, in, &at, 100)));
	say("%ld", at);
	say("%s", number(sys(SYS_lseek, in, 0, SEEK_CUR)));
	say("%s", number(sys(SYS_sendfile, out, in, NULL, 2)));
	say("%s", number(sys(SYS_lseek, in, 0, SEEK_CUR)));
	say("%s", number(sys(SYS_sendfile, out, in, &at, 1)));
	sys(SYS_pipe, fds);
	say("%s", number(sys(SYS_sendfile, fds[1], in, NULL, 100)));
	say("%ld", size_of(out));
}

BEHAVIOUR(V4_2, "sendfile refused: from a pipe, to O_APPEND, the wrong ways, a negative offset")
{
	long minus = -1;
	int in = file("v4_2", 10), out = file("v4_2o", 0), fds[2];
	long writer = sys(SYS_open, "v4_2", O_WRONLY);

	sys(SYS_pipe, fds);
	say("%s", number(sys(SYS_sendfile, out, fds[0], NULL, 1)));
	say("%s", number(sys(SYS_sendfile, sys(SYS_open, "v4_2o", O_WRONLY | O_APPEND), in, NULL,
	    1)));
	say("%s", number(sys(SYS_sendfile, out, writer, NULL, 1)));
	say("%s", number(sys(SYS_sendfile, sys(SYS_open, "v4_2o", O_RDONLY), in, NULL, 1)));
	say("%s", number(sys(SYS_sendfile, out, in, &minus, 1)));
	say("%s", number(sys(SYS_sendfile, out, in, (void *)8, 1)));
	say("%s", number(sys(SYS_sendfile, 99, in, NULL, 1)));
	say("%s", number(sys(SYS_sendfile, out, 99, NULL, 1)));
}

BEHAVIOUR(V4_3, "copy_file_range: own and given offsets, at the end, onto itself, refused")
{
	long from = 4, to = 0;
	int in = file("v4_3", 10), out = file("v4_3o", 0);

	say("%s", number(sys(SYS_copy_file_range, in, &from, out, NULL, 100, 0)));
	say("%ld", from);
	say("%s", number(sys(SYS_lseek, out, 0, SEEK_CUR)));
	say("%s", number(sys(SYS_copy_file_range, in, &from, out, NULL, 100, 0)));
	from = 2;
	say("%s", number(sys(SYS_copy_file_range, in, &from, in, &to, 3, 0)));
	from = 5;
	say("%s", number(sys(SYS_copy_file_range, in, &from, in, &to, 3, 0)));
	say("%ld %ld", from, to);
	say("%s", number(sys(SYS_copy_file_range, in, NULL, out, NULL, 1, 1)));
	say("%s", number(sys(SYS_copy_file_range, in, NULL, sys(SYS_open, "v4_3o", O_RDONLY), NULL,
	    1, 0)));
	say("%s", number(sys(SYS_copy_file_range, in, NULL, sys(SYS_open, ".", O_RDONLY), NULL, 1,
	    0)));
	say("%s", number(sys(SYS_copy_file_range, in, NULL, sys(SYS_open, "/dev/null", O_WRONLY),
	    NULL, 1, 0)));
}

BEHAVIOUR(V5_1, "flock: shared twice, exclusive beside them, converted, by a duplicate, released")
{
	int a, b;

	file("v5_1", 0);
	a = (int)sys(SYS_open, "v5_1", O_RDONLY);
	b = (int)sys(SYS_open, "v5_1", O_RDONLY);
	say("%s", outcome(sys(SYS_flock, a, LOCK_SH)));
	say("%s", outcome(sys(SYS_flock, b, LOCK_SH | LOCK_NB)));
	say("%s", outcome(sys(SYS_flock, b, LOCK_EX | LOCK_NB)));
	say("%s", outcome(sys(SYS_flock, a, LOCK_EX | LOCK_NB)));
	say("%s", outcome(sys(SYS_flock, b, LOCK_SH | LOCK_NB)));
	say("%s", outcome(sys(SYS_flock, sys(SYS_dup, a), LOCK_UN)));
	say("%s", outcome(sys(SYS_flock, b, LOCK_EX | LOCK_NB)));
	sys(SYS_close, b);
	say("%s", outcome(sys(SYS_flock, a, LOCK_EX | LOCK_NB)));
	say("%s", outcome(sys(SYS_flock, a, 3)));
	say("%s", outcome(sys(SYS_flock, 99, LOCK_SH)));
}

static int
take_lock(void *arg)
{
	long fd = sys(SYS_open, "v5_2", O_RDONLY);

	sys(SYS_write, *(int *)arg, "w", 1);
	return failed(sys(SYS_flock, fd, LOCK_EX)) ? 1 : 0;
}

BEHAVIOUR(V5_2, "flock waits until the other file is closed")
{
	int fds[2], fd = file("v5_2", 0);
	char byte;
	long pid;

	sys(SYS_pipe, fds);
	sys(SYS_flock, fd, LOCK_EX);
	pid = start(take_lock, &fds[1]);
	sys(SYS_read, fds[0], &byte, 1);
	for (int i = 0; i < 20; i++)
		sys(SYS_sched_yield);
	say("%s", number(sys(SYS_wait4, pid, NULL, 1, NULL)));
	sys(SYS_flock, fd, LOCK_UN);
	say("%s", ended(wait_for(pid)));
}

BEHAVIOUR(V5_3, "memfd_create: size, name in /proc, an unknown flag, a long name, mapped")
{
	static char name[300];
	char link[60] = "", path[40];
	long fd = sys(SYS_memfd_create, "store", 1);

	say("%s", outcome(fd));
	say("%s", number(sys(SYS_fcntl, fd, F_GETFD)));
	say("%ld", size_of((int)fd));
	say("%s", outcome(sys(SYS_ftruncate, fd, P)));
	say("%s", outcome(map_file(NULL, P, RW, MAP_SHARED, (int)fd, 0)));
	snprintf(path, sizeof(path), "/proc/self/fd/%ld", fd);
	sys(SYS_readlink, path, link, sizeof(link) - 1);
	say("%s", link);
	say("%s", outcome(sys(SYS_memfd_create, "x", 0x100)));
	memset(name, 'n', 250);
	say("%s", outcome(sys(SYS_memfd_create, name, 0)));
	name[249] = '\0';
	say("%s", outcome(sys(SYS_memfd_create, name, 0)));
	say("%s", outcome(sys(SYS_memfd_create, NULL, 0)));
}

BEHAVIOUR(V5_4, "close_range: some, backwards, to the end, marked instead, an unknown flag")
{
	sys(SYS_dup2, 0, 100);
	sys(SYS_dup2, 0, 101);
	sys(SYS_dup2, 0, 103);
	say("%s", outcome(sys(SYS_close_range, 99, 101, 0)));
	say("%s", number(sys(SYS_fcntl, 101, F_GETFD)));
	say("%s", outcome(sys(SYS_close_range, 101, 100, 0)));
	say("%s", outcome(sys(SYS_close_range, 102, ~0u, 4)));
	say("%s", number(sys(SYS_fcntl, 103, F_GETFD)));
	say("%s", outcome(sys(SYS_close_range, 102, ~0u, 0)));
	say("%s", number(sys(SYS_fcntl, 103, F_GETFD)));
	say("%s", outcome(sys(SYS_close_range, 102, 103, 8)));
}

BEHAVIOUR(V5_5, "fsync, fdatasync, syncfs, sync: a file, a directory, a pipe, a device, nothing")
{
	int fd = file("v5_5", 1), fds[2];

	sys(SYS_pipe, fds);
	say("%s", outcome(sys(SYS_fsync, fd)));
	say("%s", outcome(sys(SYS_fdatasync, sys(SYS_open, ".", O_RDONLY))));
	say("%s", outcome(sys(SYS_fsync, fds[1])));
	say("%s", outcome(sys(SYS_fsync, sys(SYS_open, "/dev/null", O_RDONLY))));
	say("%s", outcome(sys(SYS_fsync, 99)));
	say("%s", outcome(sys(SYS_syncfs, fd)));
	say("%s", outcome(sys(SYS_syncfs, 99)));
	say("%s", outcome(sys(SYS_sync)));
}

BEHAVIOUR(V5_6, "fadvise64, readahead: a file, an unknown advice, a pipe, write-only, a directory")
{
	int fd = file("v5_6", 1), fds[2];

	sys(SYS_pipe, fds);
	say("%s", outcome(sys(SYS_fadvise64, fd, 0, 0, 2)));
	say("%s", outcome(sys(SYS_fadvise64, fd, 0, 0, 6)));
	say("%s", outcome(sys(SYS_fadvise64, fd, 0, -1, 0)));
	say("%s", outcome(sys(SYS_fadvise64, fds[0], 0, 0, 0)));
	say("%s", outcome(sys(SYS_fadvise64, 99, 0, 0, 0)));
	say("%s", outcome(sys(SYS_readahead, sys(SYS_open, "v5_6", O_WRONLY), 0, 1)));
	say("%s", outcome(sys(SYS_readahead, fds[0], 0, 1)));
	say("%s", outcome(sys(SYS_readahead, sys(SYS_open, ".", O_RDONLY), 0, 1)));
}

BEHAVIOUR(V5_7, "300 descriptors: dup2 to 300, F_DUPFD from 400, inherited, closed by exec's mark")
{
	int fd = file("v5_7", 1);

	say("%s", number(sys(SYS_dup2, fd, 300)));
	say("%s", number(sys(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 400)));
	say("%s", number(sys(SYS_fcntl, 400, F_GETFD)));
	say("%s", number(sys(SYS_pwrite64, 300, "x", 1, 0)));
	for (int i = 0; i < 300; i++)
		sys(SYS_dup, fd);
	say("%s", yes(sys(SYS_dup, fd) > 300));
	say("%s", number(sys(SYS_fcntl, 300, F_GETFD)));
}
