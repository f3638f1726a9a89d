/* SPDX-License-Identifier: MIT */
/* Symbolic links, the links in /proc, another root, and what is in /dev. */
#include "test.h"
#include "abi_file.h"

static struct linux_stat st, other;
static char text[PATH_MAX];

#define symlink(to, path)	raw_syscall(SYS_symlink, to, path)
#define readlink(path, n)	raw_syscall(SYS_readlink, path, text, n)
#define lstat(path)		raw_syscall(SYS_lstat, path, &st)

static void
test_make(void)
{
	int fd;

	test_step("make");
	check_eq(mkdir("/tmp/links", 0755), 0);
	check_eq(chdir("/tmp/links"), 0);
	check_eq(mkdir("d", 0755), 0);
	fd = open("d/f", O_RDWR | O_CREAT, 0600);
	check_eq(write(fd, "text", 4), 4);
	check_eq(close(fd), 0);
	check_eq(symlink("d/f", "l"), 0);
	check_eq(symlink("/tmp/links/d", "dir"), 0);
	check_eq(symlink("l", "l"), -EEXIST);
	check_eq(raw_syscall(SYS_symlink, "", "e"), -ENOENT);
	check_eq(readlink("l", 100), 3);
	check(memcmp(text, "d/f", 3) == 0);
	check_eq(readlink("l", 2), 2);
	check_eq(readlink("l", 0), -EINVAL);
	check_eq(readlink("d", 100), -EINVAL);
	check_eq(readlink("none", 100), -ENOENT);
	check_eq(lstat("l"), 0);
	check_eq(st.st_mode, S_IFLNK | 0777);
	check_eq(st.st_size, 3);
	check(stat("l", &st) == 0 && stat("dir/f", &other) == 0);
	check_eq(st.st_ino, other.st_ino);

	test_step("at-most-40");
	check_eq(symlink("loop", "loop"), 0);
	check_eq(raw_syscall(SYS_open, "loop", O_RDONLY), -ELOOP);
	check_eq(raw_syscall(SYS_open, "l", O_RDONLY | O_NOFOLLOW), -ELOOP);
	check_eq(unlink("loop"), 0);
}

static bool
reads(const char *path, const char *want)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	close(fd);
	return n == (ssize_t)strlen(want) && memcmp(text, want, n) == 0;
}

static void
test_proc(const char *program)
{
	char path[40];
	int fds[2], fd;
	long n;

	test_step("proc");
	n = readlink("/proc/self", sizeof(text) - 1);
	check(n > 0);
	text[n > 0 ? n : 0] = '\0';
	check_eq(strtol(text, NULL, 10), getpid());
	n = readlink("/proc/self/exe", sizeof(text));
	check_eq(n, strlen(program));
	check(memcmp(text, program, strlen(program)) == 0);
	check_eq(readlink("/proc/self/cwd", sizeof(text)), strlen("/tmp/links"));
	check_eq(readlink("/proc/self/root", sizeof(text)), 1);
	check(stat("/proc/self/cwd/d/f", &st) == 0);

	test_step("proc-fd");
	fd = open("d/f", O_RDWR);
	check_eq(unlink("d/f"), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check_eq(readlink(path, sizeof(text)), strlen("/tmp/links/d/f (deleted)"));
	check(memcmp(text, "/tmp/links/d/f (deleted)", 24) == 0);
	check(reads(path, "text"));
	check_eq(close(fd), 0);
	check_eq(readlink(path, sizeof(text)), -ENOENT);
	check_eq(raw_syscall(SYS_open, path, O_RDONLY), -ENOENT);

	check_eq(pipe(fds), 0);
	check_eq(write(fds[1], "pipe", 4), 4);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	check(readlink(path, sizeof(text)) > 7 && memcmp(text, "pipe:[", 6) == 0);
	check(reads(path, "pipe"));
	check_eq(close(fds[0]), 0);
	check_eq(close(fds[1]), 0);
}

/* chroot: paths begin and end there. */
static void
go_below(unused_arg void *arg)
{
	if (test_on_linux())
		return;
	check_eq(raw_syscall(SYS_chroot, "d/none"), -ENOENT);
	check_eq(raw_syscall(SYS_chroot, "l"), -ENOENT);
	check_eq(mkdir("d/in", 0755), 0);
	check_eq(symlink("/in", "d/abs"), 0);
	check_eq(raw_syscall(SYS_chroot, "d"), 0);
	check_eq(chdir("/in"), 0);
	check_str(getcwd(text, sizeof(text)), "/in");
	check(stat("/../../in", &st) == 0 && stat("../../abs", &other) == 0);
	check_eq(st.st_ino, other.st_ino);
	check_eq(raw_syscall(SYS_stat, "/tmp", &st), -ENOENT);
	check_eq(chdir("/"), 0);
	check_eq(rmdir("in"), 0);
	check_eq(unlink("abs"), 0);
}

/* What /dev has besides the console. */
static void
test_devices(void)
{
	static char bytes[64], more[64];
	int fd;

	test_step("devices");
	fd = open("/dev/full", O_RDWR);
	check_eq(raw_syscall(SYS_write, fd, "x", 1), -ENOSPC);
	check_eq(read(fd, bytes, 10), 10);
	check_eq(close(fd), 0);
	fd = open("/dev/urandom", O_RDONLY);
	check_eq(read(fd, bytes, sizeof(bytes)), sizeof(bytes));
	check_eq(read(fd, more, sizeof(more)), sizeof(more));
	check(memcmp(bytes, more, sizeof(more)) != 0);
	check_eq(close(fd), 0);
	check_eq(stat("/dev/shm", &st), 0);
	check_eq(st.st_mode, S_IFDIR | 01777);
	check_eq(readlink("/dev/fd", sizeof(text)), strlen("/proc/self/fd"));
	check(stat("/dev/stdin", &st) == 0);
}

static void
test_clean(void)
{
	test_step("clean-up");
	check_eq(raw_syscall(SYS_rmdir, "dir"), -ENOTDIR);
	check_eq(unlink("dir"), 0);
	check_eq(unlink("l"), 0);
	check_eq(rmdir("d"), 0);
	check_eq(chdir("/"), 0);
	check_eq(rmdir("/tmp/links"), 0);
}

int
main(unused_arg int argc, char **argv)
{
	size_t before = 0;

	test_begin("links");
	for (int round = 0; round < 3; round++) {
		test_make();
		test_proc(argv[0]);
		test_step("chroot");
		check_exited(test_child(go_below, NULL), 0);
		test_devices();
		test_clean();
		if (round == 0)
			before = free_frames();
	}
	test_step("nothing-lost");
	check_frames(before);
	test_end();
}
