/* SPDX-License-Identifier: MIT */
/* Newer file calls by their numbers: copies, locks, space, memory files, ranges. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

static void
content(int fd)
{
	char text[100];
	ssize_t n = pread(fd, text, sizeof(text), 0);
	struct stat st;

	fstat(fd, &st);
	printf("%ld bytes, first %.*s\n", (long)st.st_size, (int)(n > 10 ? 10 : n), text);
}

static void
copies(int from, int to)
{
	off_t at = 2, there = 10;

	CALL(sendfile, to, from, &at, 3);
	printf("offset %ld\n", (long)at);
	CALL(sendfile, to, from, NULL, 100);
	CALL(sendfile, to, from, NULL, 100);
	CALL(sendfile, to, -1, NULL, 100);
	content(to);
	at = 0;
	CALL(copy_file_range, from, &at, to, &there, 4, 0);
	printf("offsets %ld %ld\n", (long)at, (long)there);
	CALL(copy_file_range, from, &at, to, &there, 4, 1);
	content(to);
}

static void
locks(int fd)
{
	int other = open("file", O_RDWR), status;

	CALL(flock, fd, LOCK_EX);
	CALL(flock, other, LOCK_SH | LOCK_NB);
	CALL(flock, fd, LOCK_UN);
	CALL(flock, other, LOCK_SH | LOCK_NB);
	CALL(flock, fd, LOCK_SH | LOCK_NB);
	CALL(flock, fd, 0);
	CALL(flock, -1, LOCK_SH);
	close(other);
	fflush(stdout);
	if (fork() == 0)
		_exit(syscall(SYS_flock, fd, LOCK_EX | LOCK_NB) != 0);
	wait(&status);
	printf("a child's, of the same open file: %d\n", status);
}

static void
space(int fd)
{
	CALL(fallocate, fd, 0, 0, 5000);
	content(fd);
	CALL(fallocate, fd, FALLOC_FL_KEEP_SIZE, 0, 20000);
	content(fd);
	CALL(fallocate, fd, 0, 0, 0);
	CALL(fallocate, -1, 0, 0, 10);
	CALL(fsync, fd);
	CALL(fdatasync, fd);
	CALL(fsync, -1);
	CALL(syncfs, fd);
	CALL(syncfs, -1);
	CALL(sync);
	CALL(fadvise64, fd, 0, 0, 0);
	CALL(fadvise64, fd, 0, 0, 99);
	CALL(readahead, fd, 0, 100);
	CALL(readahead, -1, 0, 100);
}

static void
ranges(void)
{
	int fd = (int)syscall(SYS_memfd_create, "memory", 1u), a, b;
	char *p;

	printf("memory: %d", (int)write(fd, "in memory", 9));
	printf(" %d\n", fcntl(fd, F_GETFD));
	p = mmap(NULL, 9, PROT_READ, MAP_SHARED, fd, 0);
	printf("%.9s\n", p);
	CALL(memfd_create, "x", 0x8000u);
	a = dup(fd);
	b = dup(fd);
	CALL(close_range, a, b, 4);
	printf("on exec: %d %d\n", fcntl(a, F_GETFD), fcntl(b, F_GETFD));
	CALL(close_range, a, b, 0);
	printf("closed: %d %d\n", fcntl(a, F_GETFD), fcntl(b, F_GETFD));
	CALL(close_range, 9, 3, 0);
	CALL(close_range, 9, 9, 0x100);
}

static void
new_root(void)
{
	mkdir("root", 0755);
	close(open("root/inside", O_CREAT | O_WRONLY, 0644));
	CALL(chroot, "file");
	CALL(chroot, "none");
	fflush(stdout);
	if (fork() == 0) {
		CALL(chroot, "root");
		CALL(chdir, "/");
		CALL(access, "/inside", F_OK);
		CALL(access, "../../inside", F_OK);
		CALL(access, "/root", F_OK);
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
	unlink("root/inside");
	rmdir("root");
}

int
main(void)
{
	int from = open("from", O_RDWR | O_CREAT | O_TRUNC, 0644);
	int to = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644);

	if (write(from, "0123456789", 10) != 10)
		return 1;
	lseek(from, 6, SEEK_SET);
	copies(from, to);
	locks(to);
	space(to);
	ranges();
	new_root();
	unlink("from");
	unlink("file");
	return 0;
}
