/* SPDX-License-Identifier: MIT */
/*
 * The system calls that read and write.
 * host-test: kernel/sys/file.c kernel/sys/fd.c kernel/sys/path.c kernel/sys/name.c
 * host-test: kernel/sys/stat.c kernel/sys/attr.c kernel/sys/dir.c kernel/sys/sync.c
 * host-test: kernel/sys/ioctl.c kernel/sys/errno.c kernel/mm/usercopy.c
 * host-test: FS MM tests/host/fakes.c tests/host/fakes_fs.c tests/host/usermem.c
 */
#include "sysfile_host.h"

START_TEST(test_read_write)
{
	int fd;

	setup();
	fd = sys_open_ok("/tmp/x", O_RDWR | O_CREAT);
	expect(fd, 3);
	expect(write_(fd, user, 20000), 20000);
	expect(lseek_(fd, 0, SEEK_SET), 0);
	expect(read_(fd, back, sizeof(back)), 20000);
	ck_assert_mem_eq(back, user, 20000);
	expect(read_(fd, back, 10), 0);
	expect(read_(fd, back, 0), 0);
	expect(read_(99, back, 10), ERR_BADF);
	expect(read_(-1, back, 10), ERR_BADF);
	expect(read_(fd, back, -1), ERR_FAULT);
	expect(read_(fd, KERNEL, 1), ERR_FAULT);
	fd = sys_open_ok("/tmp", O_RDONLY);
	expect(read_(fd, back, 10), ERR_ISDIR);
	expect(read_(fd, KERNEL, 10), ERR_FAULT);
	expect(write_(fd, back, 10), ERR_BADF);
}
END_TEST

START_TEST(test_bad_addresses)
{
	int fd;

	setup();
	fd = sys_open_ok("/tmp/x", O_RDWR | O_CREAT);
	expect(write_(fd, USER_BAD, 1), ERR_FAULT);
	expect(write_(fd, USER_BAD - 10, 20), 10);
	expect(write_(fd, USER_BAD - 5000, 6000), 5000);
	expect(lseek_(fd, 0, SEEK_CUR), 5010);
	expect(lseek_(fd, 0, SEEK_SET), 0);
	expect(read_(fd, USER_BAD, 1), ERR_FAULT);
	expect(lseek_(fd, 0, SEEK_CUR), 0);
	expect(read_(fd, USER_BAD - 6, 20), 6);
	expect(lseek_(fd, 0, SEEK_CUR), 6);
	expect(read_(fd, USER_BAD - 5000, 6000), 5000);
	expect(lseek_(fd, 0, SEEK_END), 5010);
	expect(read_(fd, USER_BAD, 1), 0);	/* at the end nothing is copied */
}
END_TEST

static void
make_pipe(int fds[2])
{
	expect(syscall6(sys_pipe, fds, 0, 0, 0), ERR_OK);
}

START_TEST(test_pipes)
{
	int fds[2];

	setup();
	make_pipe(fds);
	expect(fds[0], 3);
	expect(fds[1], 4);
	expect(write_(fds[1], USER_BAD - 6, 10), ERR_FAULT);
	expect(write_(fds[1], user, 4), 4);
	expect(read_(fds[0], USER_BAD, 4), ERR_FAULT);
	expect(read_(fds[0], USER_BAD - 2, 4), ERR_FAULT);
	expect(read_(fds[0], back, 100), 4);
	ck_assert_mem_eq(back, user, 4);
	expect(write_(fds[1], USER_BAD - 5000, 6000), 4096);	/* the chunk that was whole */
	expect(read_(fds[0], back, 100000), 4096);
	expect(write_(fds[1], user, 50000), 50000);
	expect(read_(fds[0], back, sizeof(back)), 50000);
	ck_assert_mem_eq(back, user, 50000);
	expect(read_(fds[1], back, 1), ERR_BADF);
	expect(write_(fds[0], back, 1), ERR_BADF);
	expect(write_(fds[1], BAD, 0), 0);
	expect(syscall6(sys_close, fds[0], 0, 0, 0), 0);
	expect(write_(fds[1], user, 1), ERR_PIPE);
	expect(host_signal, SIGPIPE);
}
END_TEST

START_TEST(test_pipe_flags)
{
	size_t free;
	int fds[2];

	setup();
	make_pipe(fds);
	expect(syscall6(sys_close, fds[0], 0, 0, 0), 0);
	expect(syscall6(sys_close, fds[1], 0, 0, 0), 0);
	free = pmem_free_count();
	expect(syscall6(sys_pipe2, fds, O_APPEND, 0, 0), ERR_INVAL);
	expect(syscall6(sys_pipe2, USER_BAD, 0, 0, 0), ERR_FAULT);
	ck_assert_uint_eq(pmem_free_count(), free);
	ck_assert_int_eq(fd_find_free(&host_proc, 0), 3);
	expect(syscall6(sys_pipe2, fds, O_CLOEXEC | O_NONBLOCK, 0, 0), 0);
	expect(read_(fds[0], back, 1), ERR_AGAIN);
	expect(write_(fds[1], user, 70000), 65536);
	expect(write_(fds[1], user, 1), ERR_AGAIN);
	expect(syscall6(sys_fcntl, fds[0], F_GETFD, 0, 0), FD_CLOEXEC);
	expect(syscall6(sys_fcntl, fds[1], F_GETFL, 0, 0), O_WRONLY | O_NONBLOCK);
	while (fd_find_free(&host_proc, 0) >= 0 && fd_find_free(&host_proc, 0) < PROC_MAX_FILES - 1)
		sys_open_ok("/dev/null", O_RDONLY);
	expect(syscall6(sys_pipe, fds, 0, 0, 0), ERR_MFILE);
	ck_assert_int_eq(fd_find_free(&host_proc, 0), PROC_MAX_FILES - 1);
}
END_TEST

START_TEST(test_vectors)
{
	struct linux_iovec iov[4] = {
		{ (uint64_t)user, 3 }, { (uint64_t)BAD, 0 }, { (uint64_t)user + 3, 5000 },
		{ (uint64_t)user + 5003, 7 },
	};
	int fd, fds[2];

	setup();
	fd = sys_open_ok("/tmp/x", O_RDWR | O_CREAT);
	expect(syscall6(sys_writev, fd, iov, 4, 0), 5010);
	expect(lseek_(fd, 0, SEEK_SET), 0);
	iov[0].iov_base = (uint64_t)back;
	iov[2].iov_base = (uint64_t)back + 3;
	iov[3].iov_base = (uint64_t)back + 5003;
	expect(syscall6(sys_readv, fd, iov, 4, 0), 5010);
	ck_assert_mem_eq(back, user, 5010);
	expect(syscall6(sys_readv, fd, iov, 0, 0), 0);
	expect(syscall6(sys_readv, fd, iov, 1025, 0), ERR_INVAL);
	expect(syscall6(sys_readv, fd, iov, -1, 0), ERR_INVAL);
	expect(syscall6(sys_readv, 99, iov, -1, 0), ERR_BADF);
	expect(syscall6(sys_readv, fd, USER_BAD, 1, 0), ERR_FAULT);
	iov[3].iov_len = -1;
	expect(syscall6(sys_readv, fd, iov, 4, 0), ERR_INVAL);
	iov[3] = (struct linux_iovec){ (uint64_t)KERNEL, 1 };
	expect(syscall6(sys_writev, fd, iov, 4, 0), ERR_FAULT);

	/* Small pieces are one write to a pipe, and it is whole or not there. */
	make_pipe(fds);
	iov[0] = (struct linux_iovec){ (uint64_t)user, 2 };
	iov[1] = (struct linux_iovec){ (uint64_t)USER_BAD, 2 };
	expect(syscall6(sys_writev, fds[1], iov, 2, 0), ERR_FAULT);
	expect(lseek_(fd, 0, SEEK_SET), 0);
	expect(syscall6(sys_writev, fd, iov, 2, 0), 2);
	iov[1].iov_base = (uint64_t)user + 2;
	expect(syscall6(sys_writev, fds[1], iov, 2, 0), 4);
	expect(read_(fds[0], back, 100), 4);
	ck_assert_mem_eq(back, user, 4);
}
END_TEST

START_TEST(test_console)
{
	struct linux_termios t;
	struct linux_winsize w;
	int fd;

	setup();
	host_serial_in = "one\ntwo\n";
	tty_interrupt();
	expect(read_(0, back, sizeof(back)), 4);
	ck_assert_mem_eq(back, "one\n", 4);
	expect(read_(0, USER_BAD, 10), ERR_FAULT);
	expect(read_(0, back, sizeof(back)), 4);
	host_serial_in = "\x04";
	tty_interrupt();
	expect(read_(0, back, sizeof(back)), 0);
	host_serial_out[0] = '\0';
	expect(write_(1, "hi\n", 3), 3);
	ck_assert_str_eq(host_serial_out, "hi\r\n");

	expect(syscall6(sys_ioctl, 0, TCGETS, &t, 0), 0);
	expect(syscall6(sys_ioctl, 0, TCGETS, USER_BAD, 0), ERR_FAULT);
	expect(syscall6(sys_ioctl, 0, TIOCGWINSZ, &w, 0), 0);
	w.ws_col = 100;
	expect(syscall6(sys_ioctl, 0, TIOCSWINSZ, &w, 0), 0);
	expect(syscall6(sys_ioctl, 0, TIOCSWINSZ, USER_BAD, 0), ERR_FAULT);
	w.ws_col = 0;
	expect(syscall6(sys_ioctl, 0, TIOCGWINSZ, &w, 0), 0);
	expect(w.ws_col, 100);
	expect(syscall6(sys_ioctl, 0, TCFLSH, 3, 0), ERR_INVAL);
	expect(syscall6(sys_ioctl, 0, 0x1234, &t, 0), ERR_NOTTY);
	expect(syscall6(sys_ioctl, 77, TCGETS, &t, 0), ERR_BADF);
	fd = sys_open_ok("/dev/null", O_RDONLY);
	expect(syscall6(sys_ioctl, fd, TCGETS, &t, 0), ERR_NOTTY);
}
END_TEST

START_TEST(test_null_page)
{
	int fd;

	setup();
	fd = sys_open_ok("/dev/zero", O_RDWR);
	expect(read_(fd, BAD, 10), ERR_FAULT);
	expect(write_(fd, BAD, 10), ERR_FAULT);
	expect(write_(fd, BAD, 0), 0);
	expect(write_(fd, KERNEL, 0), ERR_FAULT);
	expect(read_(fd, back, 99999), 99999);
	expect(write_(fd, back, 99999), 99999);
	expect(syscall6(sys_open, NULL, 0, 0, 0), ERR_FAULT);
}
END_TEST

HOST_MAIN("sysfile", test_read_write, test_bad_addresses, test_pipes, test_pipe_flags,
    test_vectors, test_console, test_null_page)
