/* SPDX-License-Identifier: MIT */
/* V1, V2: files by offset and by O_PATH, and what is known about them. */
#include "harness.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/uio.h>

#ifndef SYS_faccessat2
#define SYS_faccessat2	439
#endif

/* As statx(2) has it; C libraries of this age do not. */
struct statx_result {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, pad;
	uint64_t ino, size;
	uint64_t rest[26];
};

#define STATX_BASIC_STATS	0x7ff
#define STATX_SIZE		0x200

static const char *
mode_of(const char *name)
{
	struct stat st;
	long err = sys(SYS_stat, name, &st);

	return failed(err) ? outcome(err) : text("0%o", st.st_mode);
}

static long
size_of(int fd)
{
	struct stat st;

	return sys(SYS_fstat, fd, &st) == 0 ? st.st_size : -1;
}

BEHAVIOUR(V1_1, "pread64, pwrite64: the offset stays; a negative one; a pipe; the wrong way")
{
	char buf[8] = "";
	int fd = file("v1_1", 10), fds[2];
	long reader = sys(SYS_open, "v1_1", O_RDONLY);

	say("%s", number(sys(SYS_lseek, fd, 2, SEEK_SET)));
	say("%s", number(sys(SYS_pwrite64, fd, "abc", 3, 8)));
	say("%s", number(sys(SYS_pread64, fd, buf, 8, 7)));
	say("%s", number(sys(SYS_pread64, fd, buf, 8, 11)));
	say("%s", number(sys(SYS_lseek, fd, 0, SEEK_CUR)));
	say("%s", number(sys(SYS_pread64, fd, buf, 8, -1)));
	say("%s", number(sys(SYS_pwrite64, reader, buf, 8, 0)));
	sys(SYS_pipe, fds);
	say("%s", number(sys(SYS_pread64, fds[0], buf, 1, 0)));
	say("%s", number(sys(SYS_pwrite64, fds[0], buf, 1, 0)));
	say("%s", number(sys(SYS_pread64, 99, buf, 1, -1)));
}

BEHAVIOUR(V1_2, "preadv, pwritev, preadv2 at -1 with an unknown flag, pwrite to O_APPEND")
{
	char a[4] = "abcd", b[4] = "efgh";
	struct iovec iov[2] = { { a, 4 }, { b, 4 } };
	int fd = file("v1_2", 2);
	long append = sys(SYS_open, "v1_2", O_WRONLY | O_APPEND);

	say("%s", number(sys(SYS_pwritev, fd, iov, 2, 4, 0)));
	say("%s", number(sys(SYS_preadv, fd, iov, 2, 6, 0)));
	say("%.4s", a);
	say("%s", number(sys(SYS_preadv, fd, iov, 2, -1, -1)));
	say("%s", number(sys(SYS_lseek, fd, 1, SEEK_SET)));
	say("%s", number(sys(SYS_preadv2, fd, iov, 1, -1, -1, 0)));
	say("%s", number(sys(SYS_lseek, fd, 0, SEEK_CUR)));
	say("%s", number(sys(SYS_pwritev2, fd, iov, 1, 0, 0, 0x40000000)));
	say("%s", number(sys(SYS_pwrite64, append, "z", 1, 0)));
	say("%ld", size_of(fd));
}

BEHAVIOUR(V1_3, "truncate: longer, shorter, negative, a directory, nothing; ftruncate read-only")
{
	int fd = file("v1_3", 10);

	say("%s", outcome(sys(SYS_truncate, "v1_3", 5000)));
	say("%ld", size_of(fd));
	say("%s", outcome(sys(SYS_truncate, "v1_3", 3)));
	say("%ld", size_of(fd));
	say("%s", outcome(sys(SYS_truncate, "v1_3", -1)));
	say("%s", outcome(sys(SYS_truncate, ".", 0)));
	say("%s", outcome(sys(SYS_truncate, "none", 0)));
	say("%s", outcome(sys(SYS_truncate, "/dev/null", 0)));
	say("%s", outcome(sys(SYS_ftruncate, sys(SYS_open, "v1_3", O_RDONLY), 0)));
}

BEHAVIOUR(V1_4, "O_PATH: read, lseek, ftruncate, fchmod, F_GETFL, fstat, dup, as a directory")
{
	struct stat st;
	char byte;
	long fd, dir = sys(SYS_open, ".", O_PATH | O_RDWR | O_DIRECTORY);

	file("v1_4", 7);
	fd = sys(SYS_open, "v1_4", O_PATH | O_RDWR | O_TRUNC);
	say("%s", number(sys(SYS_read, fd, &byte, 1)));
	say("%s", number(sys(SYS_lseek, fd, 0, SEEK_SET)));
	say("%s", number(sys(SYS_ftruncate, fd, 0)));
	say("%s", number(sys(SYS_fchmod, fd, 0)));
	say("0%lo", sys(SYS_fcntl, fd, F_GETFL));
	say("%s", number(sys(SYS_fstat, fd, &st)));
	say("%ld", (long)st.st_size);
	say("%s", outcome(sys(SYS_dup, fd)));
	say("%s", outcome(sys(SYS_openat, dir, "v1_4", O_RDONLY)));
	say("%s", number(map_file(NULL, P, R, MAP_PRIVATE, (int)fd, 0)));
}

BEHAVIOUR(V1_5, "old getdents: the type is the last byte of an entry")
{
	char buf[200];
	int dots = 0;
	long fd, n;

	sys(SYS_mkdir, "v1_5", 0777);
	fd = sys(SYS_open, "v1_5", O_RDONLY);
	n = sys(SYS_getdents, fd, buf, sizeof(buf));
	for (long at = 0; at < n;) {
		long length = *(unsigned short *)(buf + at + 16);

		dots += buf[at + 18] == '.' && buf[at + length - 1] == 4;
		at += length;
	}
	say("%d", dots);
	say("%s", number(sys(SYS_getdents, fd, buf, sizeof(buf))));
	say("%s", number(sys(SYS_getdents, 99, buf, sizeof(buf))));
}

BEHAVIOUR(V2_1, "chmod: of a file, through a link, with the type in it, fchmod, of nothing")
{
	int fd = file("v2_1", 1);

	sys(SYS_symlink, "v2_1", "v2_1l");
	say("%s", outcome(sys(SYS_chmod, "v2_1", 0751)));
	say("%s", mode_of("v2_1"));
	say("%s", outcome(sys(SYS_fchmodat, AT_FDCWD, "v2_1l", 0177604)));
	say("%s", mode_of("v2_1"));
	say("%s", outcome(sys(SYS_fchmod, fd, 0600)));
	say("%s", mode_of("v2_1"));
	say("%s", outcome(sys(SYS_chmod, "none", 0)));
	say("%s", outcome(sys(SYS_fchmod, 99, 0)));
}

BEHAVIOUR(V2_2, "chown to nobody new: chown, lchown, fchown, fchownat with an unknown flag")
{
	int fd = file("v2_2", 1);

	say("%s", outcome(sys(SYS_chown, "v2_2", -1, -1)));
	say("%s", outcome(sys(SYS_lchown, "v2_2", -1, -1)));
	say("%s", outcome(sys(SYS_fchown, fd, -1, -1)));
	say("%s", outcome(sys(SYS_fchownat, fd, "", -1, -1, AT_EMPTY_PATH)));
	say("%s", outcome(sys(SYS_fchownat, AT_FDCWD, "v2_2", -1, -1, 1)));
	say("%s", outcome(sys(SYS_chown, "none", -1, -1)));
	say("%s", outcome(sys(SYS_fchown, 99, -1, -1)));
}

/* The times of NAME, as "atime mtime". */
static const char *
times_of(const char *name)
{
	struct stat st;
	long err = sys(SYS_stat, name, &st);

	if (failed(err))
		return outcome(err);
	return text("%ld.%09ld %ld.%09ld", (long)st.st_atim.tv_sec, st.st_atim.tv_nsec,
	    (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

BEHAVIOUR(V2_3, "utimensat: both, one left as it is, by descriptor, wrong nanoseconds, flags")
{
	struct timespec both[2] = { { 1, 2 }, { 3, 999999999 } };
	struct timespec one[2] = { { 5, UTIME_OMIT }, { 7, 0 } };
	struct timespec wrong[2] = { { 0, 0 }, { 0, -1 } };
	struct timespec none[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };
	int fd = file("v2_3", 1);

	say("%s", outcome(sys(SYS_utimensat, AT_FDCWD, "v2_3", both, 0)));
	say("%s", times_of("v2_3"));
	say("%s", outcome(sys(SYS_utimensat, fd, NULL, one, 0)));
	say("%s", times_of("v2_3"));
	say("%s", outcome(sys(SYS_utimensat, AT_FDCWD, "v2_3", wrong, 0)));
	say("%s", outcome(sys(SYS_utimensat, AT_FDCWD, "none", none, 0)));
	say("%s", outcome(sys(SYS_utimensat, AT_FDCWD, "v2_3", both, 1)));
	say("%s", outcome(sys(SYS_utimensat, fd, NULL, both, AT_SYMLINK_NOFOLLOW)));
	say("%s", outcome(sys(SYS_utimensat, AT_FDCWD, NULL, both, 0)));
}

BEHAVIOUR(V2_4, "utime, utimes, futimesat: times before 1970, a whole million of microseconds")
{
	struct timeval old[2] = { { -1, 500000 }, { 9, 1 } };
	struct timeval wrong[2] = { { 0, 1000000 }, { 0, 0 } };
	long whole[2] = { 11, 12 };

	file("v2_4", 1);
	say("%s", outcome(sys(SYS_utimes, "v2_4", old)));
	say("%s", times_of("v2_4"));
	say("%s", outcome(sys(SYS_utimes, "v2_4", wrong)));
	say("%s", outcome(sys(SYS_utime, "v2_4", whole)));
	say("%s", times_of("v2_4"));
	say("%s", outcome(sys(SYS_futimesat, AT_FDCWD, "v2_4", old)));
	say("%s", times_of("v2_4"));
	say("%s", outcome(sys(SYS_utime, "none", NULL)));
}

/* Which times of NAME are later than those it was given. */
static const char *
moved(const char *name)
{
	static const struct timespec old[2] = { { 100, 0 }, { 100, 0 } };
	struct stat st;
	const char *result;

	sys(SYS_stat, name, &st);
	result = text("%s%s", st.st_atim.tv_sec > 100 ? "a" : "",
	    st.st_mtim.tv_sec > 100 ? "m" : "");
	sys(SYS_utimensat, AT_FDCWD, name, old, 0);
	return *result != '\0' ? result : "none";
}

BEHAVIOUR(V2_5, "which times move: read, again, write, O_TRUNC, chmod, a mapping's store, listing")
{
	char buf[100], byte = 0;
	int fd = file("v2_5", P);
	volatile char *at = (char *)map_file(NULL, P, RW, MAP_SHARED, fd, 0);

	moved("v2_5");
	sys(SYS_pread64, fd, &byte, 1, 0);
	say("%s", moved("v2_5"));
	sys(SYS_pwrite64, fd, &byte, 1, 0);
	say("%s", moved("v2_5"));
	sys(SYS_chmod, "v2_5", 0600);
	say("%s", moved("v2_5"));
	sys(SYS_close, sys(SYS_open, "v2_5", O_RDWR | O_TRUNC));
	say("%s", moved("v2_5"));
	sys(SYS_ftruncate, fd, P);
	say("%s", moved("v2_5"));
	at[0] = 1;
	say("%d", at[0]);
	sys(SYS_mkdir, "v2_5d", 0777);
	moved("v2_5d");
	sys(SYS_getdents64, sys(SYS_open, "v2_5d", O_RDONLY), buf, sizeof(buf));
	say("%s", moved("v2_5d"));
	file("v2_5d/f", 0);
	say("%s", moved("v2_5d"));
	sys(SYS_unlink, "v2_5d/f");
	say("%s", moved("v2_5d"));
}

BEHAVIOUR(V2_6, "access: unknown bits, nothing, faccessat, faccessat2 with flags and without")
{
	file("v2_6", 1);
	say("%s", outcome(sys(SYS_access, "v2_6", 8)));
	say("%s", outcome(sys(SYS_access, "none", 0)));
	say("%s", outcome(sys(SYS_faccessat, AT_FDCWD, "v2_6", R_OK)));
	say("%s", outcome(sys(SYS_faccessat, AT_FDCWD, "v2_6", X_OK)));
	say("%s", outcome(sys(SYS_faccessat2, AT_FDCWD, "v2_6", R_OK | W_OK, AT_EACCESS)));
	say("%s", outcome(sys(SYS_faccessat2, AT_FDCWD, "v2_6", R_OK, 1)));
	say("%s", outcome(sys(SYS_faccessat2, 99, "v2_6", R_OK, 0)));
	say("%s", outcome(sys(SYS_faccessat2, AT_FDCWD, "", F_OK, AT_EMPTY_PATH)));
}

BEHAVIOUR(V2_7, "statx: what it tells, a reserved bit, an unknown flag, both sync flags")
{
	struct statx_result stx;
	int fd = file("v2_7", 5);

	memset(&stx, 0, sizeof(stx));
	say("%s", outcome(sys(SYS_statx, AT_FDCWD, "v2_7", 0, STATX_BASIC_STATS, &stx)));
	say("0%o %lld %d", stx.mode, (long long)stx.size, (int)stx.nlink);
	say("%s", yes((stx.mask & STATX_BASIC_STATS) == STATX_BASIC_STATS));
	say("%s", outcome(sys(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_SIZE, &stx)));
	say("%s", outcome(sys(SYS_statx, AT_FDCWD, "v2_7", 0, 0x80000000, &stx)));
	say("%s", outcome(sys(SYS_statx, AT_FDCWD, "v2_7", 0x200, 0, &stx)));
	say("%s", outcome(sys(SYS_statx, AT_FDCWD, "v2_7", 0x6000, 0, &stx)));
	say("%s", outcome(sys(SYS_statx, AT_FDCWD, "none", 0, 0, &stx)));
}

BEHAVIOUR(V2_8, "statfs, fstatfs: block and name length of the current directory; /proc; nothing")
{
	struct statfs st;

	memset(&st, 0, sizeof(st));
	say("%s", outcome(sys(SYS_statfs, ".", &st)));
	say("%ld %ld", (long)st.f_bsize, (long)st.f_namelen);
	say("%s", outcome(sys(SYS_fstatfs, sys(SYS_open, "/proc", O_PATH), &st)));
	say("%lx", (long)st.f_type);
	say("%s", outcome(sys(SYS_statfs, "none", &st)));
	say("%s", outcome(sys(SYS_fstatfs, 99, &st)));
}

BEHAVIOUR(V2_9, "attributes: a file has none; an empty name; no such file or descriptor")
{
	char list[10];
	int fd = file("v2_9", 1);

	say("%s", number(sys(SYS_listxattr, "v2_9", list, 10)));
	say("%s", number(sys(SYS_flistxattr, fd, list, 10)));
	say("%s", number(sys(SYS_getxattr, "v2_9", "user.a", list, 10)));
	say("%s", number(sys(SYS_setxattr, "v2_9", "user.a", "x", 1, 0)));
	say("%s", number(sys(SYS_lgetxattr, "v2_9", "", list, 10)));
	say("%s", number(sys(SYS_getxattr, "none", "user.a", list, 10)));
	say("%s", number(sys(SYS_fgetxattr, 99, "user.a", list, 10)));
}
