/* SPDX-License-Identifier: MIT */
/*
 * Regular files and devices: contents, offsets, sizes, lifetime.  Directories are in
 * dirs.c, descriptors in fds.c.
 */
#include "test.h"

static char path[48];
static char buf[PAGE_SIZE * 2 + 100];

/* The file, new and empty, or as it is. */
static int
reopen(int flags)
{
	int fd = open(path, flags, 0644);

	check_msg(fd >= 0, "open with flags 0x%x: errno %d", (unsigned)flags, errno);
	return fd;
}

static int
create(void)
{
	return reopen(O_RDWR | O_CREAT | O_TRUNC);
}

static int64_t
size_of(int fd)
{
	static struct linux_stat st;

	return fstat(fd, &st) == 0 ? st.st_size : -1;
}

static void
test_contents(void)
{
	int fd;

	test_step("write-and-read");
	fd = create();
	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = (char)(i * 7);
	check_eq(write(fd, buf, sizeof(buf)), sizeof(buf));
	close(fd);
	memset(buf, 0, sizeof(buf));
	fd = reopen(O_RDONLY);
	check_eq(read(fd, buf, sizeof(buf)), sizeof(buf));
	check_eq(read(fd, buf, 1), 0);
	for (size_t i = 0; i < sizeof(buf); i++)
		check_eq(buf[i], (char)(i * 7));
	close(fd);

	test_step("short-read");
	fd = reopen(O_RDONLY);
	check_eq(lseek(fd, -10, SEEK_END), (off_t)sizeof(buf) - 10);
	check_eq(read(fd, buf, 100), 10);
	check_eq(read(fd, buf, 100), 0);
	check_eq(read(fd, buf, 0), 0);
	close(fd);
}

static void
test_seek(void)
{
	int fd = create();

	test_step("seek");
	check_eq(write(fd, "0123456789", 10), 10);
	check_eq(lseek(fd, 0, SEEK_CUR), 10);
	check_eq(lseek(fd, 3, SEEK_SET), 3);
	check_eq(read(fd, buf, 2), 2);
	check_eq(memcmp(buf, "34", 2), 0);
	check_eq(lseek(fd, 2, SEEK_CUR), 7);
	check_eq(lseek(fd, -1, SEEK_END), 9);
	check_eq(raw_syscall(SYS_lseek, fd, -1, SEEK_SET), -EINVAL);
	check_eq(raw_syscall(SYS_lseek, fd, -11, SEEK_END), -EINVAL);
	check_eq(raw_syscall(SYS_lseek, fd, 0, 77), -EINVAL);
	check_eq(lseek(fd, 0, SEEK_CUR), 9);

	test_step("hole");
	check_eq(lseek(fd, 3 * PAGE_SIZE, SEEK_SET), 3 * PAGE_SIZE);
	check_eq(size_of(fd), 10);
	check_eq(read(fd, buf, 1), 0);
	check_eq(write(fd, "x", 1), 1);
	check_eq(size_of(fd), 3 * PAGE_SIZE + 1);
	check_eq(lseek(fd, PAGE_SIZE, SEEK_SET), PAGE_SIZE);
	memset(buf, 'y', sizeof(buf));
	check_eq(read(fd, buf, 100), 100);
	for (int i = 0; i < 100; i++)
		check_eq(buf[i], 0);
	close(fd);
}

static void
test_append(void)
{
	int fd = create(), other;

	test_step("append");
	close(fd);
	fd = reopen(O_WRONLY | O_APPEND);
	other = reopen(O_RDWR);
	check_eq(write(fd, "one", 3), 3);
	check_eq(write(other, "ONE+", 4), 4);
	check_eq(write(fd, "two", 3), 3);
	check_eq(lseek(fd, 0, SEEK_CUR), 7);
	check_eq(lseek(other, 0, SEEK_SET), 0);
	check_eq(read(other, buf, 100), 7);
	check_eq(memcmp(buf, "ONE+two", 7), 0);
	close(fd);
	close(other);
}

static void
test_truncate(void)
{
	int fd = create();

	test_step("ftruncate");
	memset(buf, 'z', sizeof(buf));
	check_eq(write(fd, buf, 6000), 6000);
	check_eq(ftruncate(fd, 5000), 0);
	check_eq(size_of(fd), 5000);
	check_eq(ftruncate(fd, 7000), 0);
	check_eq(size_of(fd), 7000);
	check_eq(lseek(fd, 4999, SEEK_SET), 4999);
	check_eq(read(fd, buf, sizeof(buf)), 2001);
	check_eq(buf[0], 'z');
	for (int i = 1; i < 2001; i++)		/* what was cut off does not come back */
		check_eq(buf[i], 0);
	check_eq(raw_syscall(SYS_ftruncate, fd, -1), -EINVAL);
	check_eq(ftruncate(fd, 0), 0);
	check_eq(size_of(fd), 0);
	check_eq(write(fd, "x", 1), 1);		/* the offset did not move */
	check_eq(size_of(fd), 7001);
	close(fd);

	test_step("open-truncates");
	fd = reopen(O_RDWR | O_TRUNC);
	check_eq(size_of(fd), 0);
	close(fd);
	fd = reopen(O_RDONLY);
	check_eq(raw_syscall(SYS_ftruncate, fd, 10), -EINVAL);
	close(fd);
}

static void
test_unlink(void)
{
	int fd = create();
	size_t before;

	test_step("unlink-while-open");
	check_eq(write(fd, "still here", 10), 10);
	check_eq(unlink(path), 0);
	check_eq(raw_syscall(SYS_open, path, O_RDONLY), -ENOENT);
	check_eq(raw_syscall(SYS_unlink, path), -ENOENT);
	check_eq(lseek(fd, 0, SEEK_SET), 0);
	check_eq(read(fd, buf, 100), 10);
	check_eq(memcmp(buf, "still here", 10), 0);
	check_eq(write(fd, "more", 4), 4);
	close(fd);

	test_step("unlink-frees");
	before = free_frames();
	for (int i = 0; i < 3; i++) {
		fd = create();
		for (int page = 0; page < 64; page++)
			check_eq(write(fd, buf, PAGE_SIZE), PAGE_SIZE);
		check_eq(unlink(path), 0);
		close(fd);
	}
	check_frames(before);
}

static void
test_open_errors(void)
{
	int fd = create();

	close(fd);
	test_step("open-errors");
	check_eq(raw_syscall(SYS_open, path, O_RDWR | O_CREAT | O_EXCL, 0644), -EEXIST);
	check_eq(raw_syscall(SYS_open, "/tmp/not-there", O_RDWR), -ENOENT);
	check_eq(raw_syscall(SYS_open, "", O_RDONLY), -ENOENT);
	check_eq(raw_syscall(SYS_open, "/tmp", O_WRONLY), -EISDIR);
	check_eq(raw_syscall(SYS_open, "/tmp", O_RDWR), -EISDIR);
	check_eq(raw_syscall(SYS_open, path, O_RDONLY | O_DIRECTORY), -ENOTDIR);

	test_step("wrong-direction");
	fd = reopen(O_RDONLY);
	check_eq(raw_syscall(SYS_write, fd, "x", 1), -EBADF);
	close(fd);
	fd = reopen(O_WRONLY);
	check_eq(raw_syscall(SYS_read, fd, buf, 1), -EBADF);
	close(fd);
	check_eq(raw_syscall(SYS_read, fd, buf, 1), -EBADF);
	check_eq(raw_syscall(SYS_write, -1, buf, 1), -EBADF);
	check_eq(raw_syscall(SYS_close, 1000000), -EBADF);
}

static void
test_devices(void)
{
	int fd = open("/dev/null", O_RDWR);

	test_step("dev-null");
	check(fd >= 0);
	check_eq(write(fd, buf, sizeof(buf)), sizeof(buf));
	check_eq(read(fd, buf, sizeof(buf)), 0);
	close(fd);

	test_step("dev-zero");
	fd = open("/dev/zero", O_RDWR);
	check(fd >= 0);
	memset(buf, 'x', sizeof(buf));
	check_eq(read(fd, buf, sizeof(buf)), sizeof(buf));
	for (size_t i = 0; i < sizeof(buf); i++)
		check_eq(buf[i], 0);
	check_eq(write(fd, buf, 100), 100);
	close(fd);
}

static void
test_stat(void)
{
	static struct linux_stat st;
	int fd = create();

	test_step("stat");
	check_eq(write(fd, buf, 5000), 5000);
	close(fd);
	check_eq(stat(path, &st), 0);
	check_eq(st.st_size, 5000);
	check_eq(st.st_mode & (S_IFMT | 0700), S_IFREG | 0600);
	check_eq(st.st_nlink, 1);
	check(st.st_ino != 0);
	check(st.st_blksize > 0);
	check_eq(stat("/tmp", &st), 0);
	check_eq(st.st_mode & S_IFMT, S_IFDIR);
	check(st.st_nlink >= 2);
	check_eq(stat("/dev/null", &st), 0);
	check_eq(st.st_mode & S_IFMT, S_IFCHR);
	check_eq(raw_syscall(SYS_stat, "/tmp/not-there", &st), -ENOENT);

	test_step("access");
	check_eq(access(path, F_OK), 0);
	check_eq(access(path, R_OK | W_OK), 0);
	check_eq(raw_syscall(SYS_access, path, X_OK), -EACCES);
	check_eq(access("/bin/true", X_OK), 0);
	check_eq(raw_syscall(SYS_access, "/tmp/not-there", F_OK), -ENOENT);
	check_eq(raw_syscall(SYS_access, path, 8), -EINVAL);
}

static void
test_vectors(void)
{
	static char a[4], b[8];
	struct linux_iovec out[3] = {
		{ (uintptr_t)"abc", 3 }, { 0, 0 }, { (uintptr_t)"defgh", 5 },
	};
	struct linux_iovec in[2] = { { (uintptr_t)a, 4 }, { (uintptr_t)b, 8 } };
	int fd = create();

	test_step("vectors");
	check_eq(raw_syscall(SYS_writev, fd, out, 3), 8);
	check_eq(lseek(fd, 0, SEEK_SET), 0);
	check_eq(raw_syscall(SYS_readv, fd, in, 2), 8);
	check_eq(memcmp(a, "abcd", 4), 0);
	check_eq(memcmp(b, "efgh", 4), 0);
	check_eq(raw_syscall(SYS_writev, fd, out, 0), 0);
	check_eq(raw_syscall(SYS_writev, fd, out, -1), -EINVAL);
	check_eq(raw_syscall(SYS_writev, fd, out, 1025), -EINVAL);
	close(fd);
}

int
main(void)
{
	test_begin("files");
	snprintf(path, sizeof(path), "/tmp/files-%d", getpid());
	test_contents();
	test_seek();
	test_append();
	test_truncate();
	test_unlink();
	test_open_errors();
	test_devices();
	test_stat();
	test_vectors();
	unlink(path);
	test_end();
}
