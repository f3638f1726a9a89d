/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: dup and its relatives, shared offsets, close-on-exec, limits; and calls
 * that do not fit the kind of file.
 */
#include "test.h"

#define LIMIT	1024

static char path[48];
static char buf[100];
static struct linux_stat st;

static int
create(void)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);

	check(fd >= 0);
	check_eq(write(fd, "0123456789", 10), 10);
	check_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void
test_dup(void)
{
	int fd = create(), copy, other;

	test_step("dup");
	copy = dup(fd);
	check(copy > fd);
	other = open(path, O_RDONLY);
	check_eq(read(fd, buf, 3), 3);
	check_eq(read(copy, buf, 1), 1);
	check_eq(buf[0], '3');		/* the same open file */
	check_eq(read(other, buf, 1), 1);
	check_eq(buf[0], '0');		/* another one */
	close(fd);
	check_eq(read(copy, buf, 1), 1);
	check_eq(buf[0], '4');
	check_eq(dup(other), fd);	/* the lowest free number */
	close(fd);

	test_step("dup2");
	check_eq(dup2(copy, other), other);
	check_eq(read(other, buf, 1), 1);
	check_eq(buf[0], '5');
	check_eq(dup2(copy, copy), copy);
	check_eq(raw_syscall(SYS_dup2, 1000000, other), -EBADF);
	check_eq(raw_syscall(SYS_dup2, copy, -1), -EBADF);
	check_eq(raw_syscall(SYS_dup2, copy, 100000000), -EBADF);
	check_eq(raw_syscall(SYS_dup, -1), -EBADF);

	test_step("dup3");
	check_eq(raw_syscall(SYS_dup3, copy, other, O_CLOEXEC), other);
	check_eq(fcntl(other, F_GETFD, 0), FD_CLOEXEC);
	check_eq(raw_syscall(SYS_dup3, copy, copy, 0), -EINVAL);
	check_eq(raw_syscall(SYS_dup3, copy, other, O_APPEND), -EINVAL);
	close(copy);
	close(other);
}

static void
test_fcntl(void)
{
	int fd = create(), copy;

	test_step("fcntl");
	check_eq(fcntl(fd, F_GETFD, 0), 0);
	check_eq(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
	check_eq(fcntl(fd, F_GETFD, 0), FD_CLOEXEC);
	copy = fcntl(fd, F_DUPFD, 20);
	check_eq(copy, 20);
	check_eq(fcntl(copy, F_GETFD, 0), 0);	/* a copy does not inherit it */
	close(copy);
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 20);
	check_eq(copy, 20);
	check_eq(fcntl(copy, F_GETFD, 0), FD_CLOEXEC);
	close(copy);
	check_eq(fcntl(fd, F_GETFL, 0) & O_ACCMODE, O_RDWR);
	check_eq(raw_syscall(SYS_fcntl, fd, 9999, 0), -EINVAL);
	check_eq(raw_syscall(SYS_fcntl, -1, F_GETFD, 0), -EBADF);
	check_eq(raw_syscall(SYS_fcntl, fd, F_DUPFD, -1), -EINVAL);
	close(fd);
}

static void
read_two(void *fd)
{
	check_eq(read(*(int *)fd, buf, 2), 2);
	close(*(int *)fd);
}

static void
test_fork(void)
{
	int fd = create();

	test_step("fork");	/* the offset is shared, the descriptor is not */
	check_exited(test_child(read_two, &fd), 0);
	check_eq(read(fd, buf, 1), 1);
	check_eq(buf[0], '2');
	close(fd);
}

static void
exec_self(void *argv)
{
	execv(((char **)argv)[0], argv);
	check_msg(false, "execv: errno %d", errno);
}

/* In the program started anew: FD must be open or not, as argv says. */
static int
run_again(char **argv)
{
	bool open_now = fcntl(atoi(argv[1]), F_GETFD, 0) >= 0;

	return open_now != (atoi(argv[2]) != 0);
}

static void
test_exec(char *self)
{
	static char number[12];
	static char *kept[] = { NULL, number, "1", NULL };
	static char *closed[] = { NULL, number, "0", NULL };
	int fd = create();

	kept[0] = closed[0] = self;
	snprintf(number, sizeof(number), "%d", fd);
	test_step("exec-keeps");
	check_exited(test_child(exec_self, kept), 0);
	test_step("exec-closes");
	check_eq(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
	check_exited(test_child(exec_self, closed), 0);
	close(fd);
}

static void
test_kinds(void)
{
	static const uint32_t small = 0;
	int fds[2], fd = create();

	test_step("pipes");
	check_eq(pipe(fds), 0);
	check_eq(raw_syscall(SYS_lseek, fds[0], 0, SEEK_SET), -ESPIPE);
	check_eq(raw_syscall(SYS_write, fds[0], "x", 1), -EBADF);
	check_eq(raw_syscall(SYS_read, fds[1], buf, 1), -EBADF);
	check_eq(raw_syscall(SYS_ftruncate, fds[1], 0), -EINVAL);
	check_eq(fstat(fds[0], &st), 0);
	check_eq(st.st_mode & S_IFMT, S_IFIFO);
	close(fds[0]);
	close(fds[1]);
	check_eq(raw_syscall(SYS_pipe2, fds, 0x40000000), -EINVAL);
	check_eq(pipe2(fds, O_CLOEXEC), 0);
	check_eq(fcntl(fds[0], F_GETFD, 0) & fcntl(fds[1], F_GETFD, 0), FD_CLOEXEC);
	close(fds[0]);
	close(fds[1]);

	test_step("no-terminal");
	check_eq(raw_syscall(SYS_ioctl, fd, TIOCGWINSZ, buf), -ENOTTY);
	check_eq(raw_syscall(SYS_ioctl, fd, TIOCSPGRP, &small), -ENOTTY);
	check_eq(raw_syscall(SYS_ioctl, -1, TIOCGWINSZ, buf), -EBADF);
	close(fd);
}

static void
test_nonblock(void)
{
	int fds[2];
	long n, total = 0;

	test_step("non-blocking-pipe");
	check_eq(pipe2(fds, O_NONBLOCK), 0);
	check_eq(raw_syscall(SYS_read, fds[0], buf, 1), -EAGAIN);
	while ((n = raw_syscall(SYS_write, fds[1], buf, sizeof(buf))) > 0)
		total += n;
	check_eq(n, -EAGAIN);
	check(total >= PAGE_SIZE);
	check_eq(read(fds[0], buf, sizeof(buf)), sizeof(buf));
	close(fds[0]);
	close(fds[1]);
}

/* Linux' limit is a setting, and large. */
static void
test_limit(void)
{
	static int fds[2];
	int fd, count = 0, last = -1;
	size_t before;

	if (test_on_linux())
		return;
	test_step("too-many");
	check_eq(dup2(0, LIMIT - 1), LIMIT - 1);	/* a table once grown stays */
	close(LIMIT - 1);
	before = free_frames();
	while ((fd = dup(0)) >= 0) {
		last = fd;
		count++;
	}
	check_eq(errno, EMFILE);
	check(last == LIMIT - 1 && count > 8);
	check_eq(raw_syscall(SYS_open, path, O_RDONLY), -EMFILE);
	check_eq(raw_syscall(SYS_pipe, fds), -EMFILE);
	close(last);
	check_eq(raw_syscall(SYS_pipe, fds), -EMFILE);	/* needs two */
	check_eq(dup(0), last);
	for (fd = last; fd > last - count; fd--)
		close(fd);
	check_frames(before);
}

int
main(int argc, char **argv)
{
	if (argc > 2)
		return run_again(argv);
	test_begin("fds");
	snprintf(path, sizeof(path), "/tmp/fds-%d", getpid());
	test_dup();
	test_fcntl();
	test_fork();
	test_exec(argv[0]);
	test_kinds();
	test_nonblock();
	test_limit();
	unlink(path);
	test_end();
}
