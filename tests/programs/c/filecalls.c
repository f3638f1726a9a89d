/* SPDX-License-Identifier: MIT */
/* File calls by their numbers: those that a C library hardly makes, with good and bad arguments. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utime.h>

#include "calls.h"

static char buf[4096];

static void
times_of(const char *path)
{
	struct stat st;

	CALL(lstat, path, &st);
	printf("%s: %ld.%09ld %ld.%09ld, mode %o, %ld bytes\n", path, (long)st.st_atim.tv_sec,
	    st.st_atim.tv_nsec, (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, st.st_mode,
	    S_ISREG(st.st_mode) ? (long)st.st_size : 0);
}

static void
vectors(int fd)
{
	char a[3], b[10];
	struct iovec out[2] = { { "abc", 3 }, { "defgh", 5 } };
	struct iovec in[2] = { { a, sizeof(a) }, { b, sizeof(b) } };

	CALL(pwritev, fd, out, 2, 2, 0);
	CALL(pwritev2, fd, out, 1, -1l, -1l, 0);
	CALL(pwritev2, fd, out, 1, 0, 0, 0x40000000);
	CALL(preadv, fd, in, 2, 1, 0);
	printf("%.3s %.6s\n", a + 1, b);
	CALL(preadv2, fd, in, 2, 100, 0, 0);
	CALL(lseek, fd, 0, SEEK_SET);
	CALL(readv, fd, in, 2);
	CALL(readv, fd, in, -1);
	CALL(pwrite64, fd, "x", 1, 20);
	CALL(pread64, fd, buf, 100, 15);
	CALL(pread64, fd, buf, 1, -1l);
	CALL(dup, -1);
	printf("a copy: %d\n", CALL(dup, fd) == fd + 1);
	close(fd + 1);
}

static void
change_times(int fd)
{
	struct timeval tv[2] = { { 1000, 5 }, { 2000, 7 } };
	struct utimbuf ut = { 3000, 4000 };
	struct timespec ts[2] = { { 5000, 9 }, { 0, UTIME_OMIT } };

	CALL(utimes, "file", tv);
	times_of("file");
	CALL(utime, "file", &ut);
	times_of("file");
	CALL(futimesat, AT_FDCWD, "file", tv);
	CALL(utimensat, fd, NULL, ts, 0);
	times_of("file");
	CALL(utimensat, AT_FDCWD, "soft", ts, AT_SYMLINK_NOFOLLOW);
	CALL(utimensat, AT_FDCWD, "none", ts, 0);
}

static void
at_calls(int dir)
{
	uint64_t sx[32];	/* struct statx: number of links at 16, mode at 28, size at 40 */

	CALL(mkdirat, dir, "sub", 0750);
	CALL(mkdirat, dir, "sub", 0750);
	CALL(mknodat, dir, "sub/fifo", S_IFIFO | 0600, 0);
	CALL(mknod, "plain", S_IFREG | 0640, 0);
	CALL(renameat, dir, "plain", dir, "sub/plain");
	CALL(renameat2, dir, "sub/plain", dir, "file", 1);
	CALL(linkat, dir, "file", dir, "sub/link", 0);
	CALL(symlinkat, "sub", dir, "to-sub");
	printf("%.*s\n", (int)CALL(readlinkat, dir, "to-sub", buf, 100), buf);
	CALL(readlinkat, dir, "file", buf, 100);
	CALL(faccessat, dir, "to-sub/link", R_OK | W_OK);
	CALL(faccessat2, dir, "none", F_OK, 0);
	CALL(fchmodat, dir, "file", 0604);
	CALL(fchownat, dir, "file", 0, 0, 0);
	CALL(lchown, "to-sub", 0, 0);
	CALL(statx, dir, "to-sub/link", 0, 0x7ff, sx);
	printf("statx: %o %u %ld\n", (unsigned)(sx[3] >> 32 & 0xffff), (unsigned)sx[2],
	    (long)sx[5]);
	CALL(openat, dir, "to-sub", O_RDONLY | O_NOFOLLOW);
	CALL(unlinkat, dir, "sub", AT_REMOVEDIR);
	CALL(unlinkat, dir, "sub/link", 0);
	CALL(unlinkat, dir, "sub/fifo", 0);
	CALL(unlinkat, dir, "sub/plain", 0);
	CALL(unlinkat, dir, "to-sub", 0);
	CALL(unlinkat, dir, "sub", AT_REMOVEDIR);
}

int
main(void)
{
	struct statfs fs;
	int dir, fd;

	umask(022);
	mkdir("calls", 0700);
	CALL(chdir, "calls");
	dir = open(".", O_RDONLY | O_DIRECTORY);
	fd = open("file", O_RDWR | O_CREAT, 0666);
	symlink("file", "soft");
	vectors(fd);
	CALL(truncate, "file", 5);
	CALL(truncate, "file", -1l);
	CALL(truncate, ".", 5);
	CALL(creat, "other", 0644);
	CALL(creat, ".", 0644);
	change_times(fd);
	at_calls(dir);
	printf("statfs: %ld", syscall(SYS_statfs, ".", &fs));
	printf(" %d\n", fs.f_namelen == 255);
	printf("fstatfs: %ld", syscall(SYS_fstatfs, fd, &fs));
	printf(" %d\n", fs.f_bsize == 4096);
	printf("getdents: %d\n", CALL(getdents, dir, buf, 1) < 0);
	printf("some: %d\n", syscall(SYS_getdents, dir, buf, sizeof(buf)) > 0);
	CALL(fchdir, fd);
	CALL(fchdir, dir);
	unlink("file");
	unlink("soft");
	unlink("other");
	CALL(chdir, "..");
	return rmdir("calls") != 0;
}
