/* SPDX-License-Identifier: MIT */
/*
 * The system calls on paths and descriptors, and errno values.
 * host-test: kernel/sys/file.c kernel/sys/fd.c kernel/sys/path.c kernel/sys/name.c
 * host-test: kernel/sys/stat.c kernel/sys/attr.c kernel/sys/dir.c kernel/sys/sync.c
 * host-test: kernel/sys/errno.c kernel/mm/usercopy.c
 * host-test: FS MM tests/host/fakes.c tests/host/fakes_fs.c tests/host/usermem.c
 */
#include "sysfile_host.h"

START_TEST(test_paths)
{
	char *longest = back;
	int dir, file;

	setup();
	expect(syscall6(sys_mkdir, "/tmp/d", 0755, 0, 0), 0);
	dir = sys_open_ok("/tmp/d", O_RDONLY | O_DIRECTORY);
	file = syscall6(sys_openat, dir, "f", O_CREAT | O_RDWR, 0600);
	expect(file, dir + 1);
	expect(syscall6(sys_openat, dir, "f", O_RDONLY, 0), file + 1);
	expect(syscall6(sys_openat, file, "f", O_RDONLY, 0), ERR_NOTDIR);
	expect(syscall6(sys_openat, 99, "f", O_RDONLY, 0), ERR_BADF);
	expect(syscall6(sys_openat, 99, "/tmp/d/f", O_RDONLY, 0), file + 2);
	expect(syscall6(sys_openat, AT_FDCWD, "tmp/d/f", O_RDONLY, 0), file + 3);
	expect(syscall6(sys_open, USER_BAD, 0, 0, 0), ERR_FAULT);
	expect(syscall6(sys_open, "", 0, 0, 0), ERR_NOENT);
	expect(syscall6(sys_open, "/tmp", 040000, 0, 0), ERR_INVAL);
	memset(longest, 'x', PATH_MAX);
	expect(syscall6(sys_open, longest, 0, 0, 0), ERR_NAMETOOLONG);

	expect(syscall6(sys_chdir, "/tmp/d/f", 0, 0, 0), ERR_NOTDIR);
	expect(syscall6(sys_chdir, "/tmp/nope", 0, 0, 0), ERR_NOENT);
	expect(syscall6(sys_chdir, "tmp/d", 0, 0, 0), 0);
	expect(syscall6(sys_getcwd, back, 100, 0, 0), 7);
	ck_assert_str_eq(back, "/tmp/d");
	expect(syscall6(sys_getcwd, back, 6, 0, 0), ERR_RANGE);
	expect(syscall6(sys_getcwd, back, 0, 0, 0), ERR_RANGE);
	expect(syscall6(sys_getcwd, USER_BAD, 100, 0, 0), ERR_FAULT);
	expect(syscall6(sys_access, "f", R_OK | W_OK, 0, 0), 0);
	expect(syscall6(sys_access, "f", X_OK, 0, 0), ERR_ACCESS);
	expect(syscall6(sys_access, ".", X_OK, 0, 0), 0);
	expect(syscall6(sys_access, "nope", 8, 0, 0), ERR_INVAL);
	expect(syscall6(sys_unlink, "f", 0, 0, 0), 0);
	expect(syscall6(sys_unlink, "f", 0, 0, 0), ERR_NOENT);
	expect(syscall6(sys_rmdir, "../d", 0, 0, 0), 0);
	expect(syscall6(sys_getcwd, back, 100, 0, 0), ERR_NOENT);
	expect(syscall6(sys_chdir, "..", 0, 0, 0), 0);
	expect(syscall6(sys_getcwd, back, 100, 0, 0), 5);
	expect(syscall6(sys_ftruncate, file, 9, 0, 0), 0);
	expect(syscall6(sys_ftruncate, file, -1, 0, 0), ERR_INVAL);
	expect(syscall6(sys_ftruncate, 99, 1, 0, 0), ERR_BADF);
	expect(syscall6(sys_ftruncate, file, 1l << 62, 0, 0), ERR_FBIG);
	expect(syscall6(sys_ftruncate, dir, 1, 0, 0), ERR_INVAL);
	expect(lseek_(file, 0, SEEK_END), 9);
	expect(lseek_(99, 0, SEEK_END), ERR_BADF);
}
END_TEST

START_TEST(test_stat)
{
	struct linux_stat st;
	int fd;

	setup();
	file_make("/tmp/x", "abc", 3);
	fd = sys_open_ok("/tmp/x", O_RDONLY);
	expect(syscall6(sys_stat, "/tmp/x", &st, 0, 0), 0);
	expect(st.st_size, 3);
	memset(&st, 0, sizeof(st));
	expect(syscall6(sys_fstat, fd, &st, 0, 0), 0);
	expect(st.st_size, 3);
	expect(syscall6(sys_fstat, 99, &st, 0, 0), ERR_BADF);
	expect(syscall6(sys_fstat, fd, USER_BAD, 0, 0), ERR_FAULT);
	expect(syscall6(sys_stat, "/tmp/x", USER_BAD, 0, 0), ERR_FAULT);
	expect(syscall6(sys_stat, "/tmp/x/", &st, 0, 0), ERR_NOTDIR);
	expect(syscall6(sys_newfstatat, fd, "", &st, AT_EMPTY_PATH), 0);
	expect(st.st_size, 3);
	expect(syscall6(sys_newfstatat, fd, "", &st, 0), ERR_NOENT);
	expect(syscall6(sys_newfstatat, AT_FDCWD, "", &st, AT_EMPTY_PATH), 0);
	expect(st.st_mode, S_IFDIR | 0755);
	expect(syscall6(sys_newfstatat, 99, "", &st, AT_EMPTY_PATH), ERR_BADF);
	expect(syscall6(sys_newfstatat, AT_FDCWD, "/tmp", &st, 0x200), ERR_INVAL);
	expect(syscall6(sys_newfstatat, AT_FDCWD, "tmp", &st, AT_SYMLINK_NOFOLLOW), 0);
	expect(st.st_mode, S_IFDIR | 01777);
}
END_TEST

START_TEST(test_getdents)
{
	struct linux_dirent64 *d = (struct linux_dirent64 *)back;
	int fd;

	setup();
	fd = sys_open_ok("/tmp", O_RDONLY);
	expect(syscall6(sys_getdents64, fd, USER_BAD, 100, 0), ERR_FAULT);
	expect(syscall6(sys_getdents64, fd, back, 10, 0), ERR_INVAL);
	expect(syscall6(sys_getdents64, fd, back, 24, 0), 24);
	ck_assert_str_eq(d->d_name, ".");
	expect(syscall6(sys_getdents64, fd, back, 100000, 0), 24);
	ck_assert_str_eq(d->d_name, "..");
	expect(syscall6(sys_getdents64, fd, back, 100, 0), 0);
	expect(syscall6(sys_getdents64, 0, back, 100, 0), ERR_NOTDIR);
	expect(syscall6(sys_getdents64, 99, back, 100, 0), ERR_BADF);
}
END_TEST

START_TEST(test_dup_fcntl)
{
	int fd;

	setup();
	fd = sys_open_ok("/dev/null", O_RDWR | O_CLOEXEC | O_APPEND);
	expect(syscall6(sys_fcntl, fd, F_GETFD, 0, 0), FD_CLOEXEC);
	expect(syscall6(sys_fcntl, fd, F_GETFL, 0, 0), O_RDWR | O_APPEND | O_LARGEFILE);
	expect(syscall6(sys_dup, fd, 0, 0, 0), 4);
	expect(syscall6(sys_fcntl, 4, F_GETFD, 0, 0), 0);
	expect(syscall6(sys_dup, 99, 0, 0, 0), ERR_BADF);
	expect(syscall6(sys_dup2, fd, fd, 0, 0), fd);
	expect(syscall6(sys_fcntl, fd, F_GETFD, 0, 0), FD_CLOEXEC);
	expect(syscall6(sys_dup2, fd, 9, 0, 0), 9);
	expect(syscall6(sys_dup2, fd, 0, 0, 0), 0);
	expect(syscall6(sys_dup2, fd, PROC_MAX_FILES, 0, 0), ERR_BADF);
	expect(syscall6(sys_dup2, fd, -1, 0, 0), ERR_BADF);
	expect(syscall6(sys_dup2, 20, 20, 0, 0), ERR_BADF);
	expect(syscall6(sys_dup3, fd, fd, 0, 0), ERR_INVAL);
	expect(syscall6(sys_dup3, fd, 10, O_APPEND, 0), ERR_INVAL);
	expect(syscall6(sys_dup3, fd, 10, O_CLOEXEC, 0), 10);
	expect(syscall6(sys_fcntl, 10, F_GETFD, 0, 0), FD_CLOEXEC);
	expect(syscall6(sys_fcntl, 10, F_SETFD, 0, 0), 0);
	expect(syscall6(sys_fcntl, 10, F_GETFD, 0, 0), 0);
	expect(syscall6(sys_fcntl, fd, F_DUPFD, 9, 0), 11);
	expect(syscall6(sys_fcntl, fd, F_DUPFD_CLOEXEC, 9, 0), 12);
	expect(syscall6(sys_fcntl, 12, F_GETFD, 0, 0), FD_CLOEXEC);
	expect(syscall6(sys_fcntl, fd, F_DUPFD, PROC_MAX_FILES, 0), ERR_INVAL);
	expect(syscall6(sys_fcntl, fd, F_DUPFD, -1, 0), ERR_INVAL);
	expect(syscall6(sys_fcntl, fd, F_SETFL, O_NONBLOCK | O_LARGEFILE | O_WRONLY, 0), 0);
	expect(syscall6(sys_fcntl, fd, F_GETFL, 0, 0), O_RDWR | O_NONBLOCK | O_LARGEFILE);
	expect(syscall6(sys_fcntl, fd, F_SETFL, 040000, 0), ERR_INVAL);
	expect(syscall6(sys_fcntl, fd, 9999, 0, 0), ERR_INVAL);
	expect(syscall6(sys_fcntl, 99, F_GETFL, 0, 0), ERR_BADF);
	expect(syscall6(sys_close, 12, 0, 0, 0), 0);
	expect(syscall6(sys_close, 12, 0, 0, 0), ERR_BADF);
	while (fd_find_free(&host_proc, 0) >= 0)
		ck_assert_int_ge(syscall6(sys_dup, fd, 0, 0, 0), 0);
	expect(syscall6(sys_dup, fd, 0, 0, 0), ERR_MFILE);
	expect(syscall6(sys_fcntl, fd, F_DUPFD, 3, 0), ERR_MFILE);
	expect(syscall6(sys_open, "/tmp/new", O_CREAT, 0, 0), ERR_MFILE);
	expect(syscall6(sys_access, "/tmp/new", F_OK, 0, 0), ERR_NOENT);
}
END_TEST

START_TEST(test_errno)
{
	ck_assert_int_eq(err_to_errno(ERR_OK), 0);
	ck_assert_int_eq(err_to_errno(ERR_NOMEM), ENOMEM);
	ck_assert_int_eq(err_to_errno(ERR_VM_BOUND), ENOMEM);
	ck_assert_int_eq(err_to_errno(ERR_VM_INVALID), EINVAL);
	ck_assert_int_eq(err_to_errno(ERR_XDEV), EXDEV);
	for (err_t err = -1; err >= ERR_LAST; err--)
		ck_assert_int_gt(err_to_errno(err), 0);
	expect_panic(err_to_errno(ERR_LAST - 1), "err_to_errno");
	expect_panic(err_to_errno(1), "err_to_errno");
}
END_TEST

HOST_MAIN("syspath", test_paths, test_stat, test_getdents, test_dup_fcntl, test_errno)
