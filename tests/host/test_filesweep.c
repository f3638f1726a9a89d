/* SPDX-License-Identifier: MIT */
/*
 * Every access of a call on files to the memory of its caller fails once, alone and with all
 * that follow: EFAULT, or what was moved so far, and nothing else has changed (O4, M6).
 * test_procsweep.c does the other calls; tests/guest/sweep_copy.c, those that need a machine.
 * host-test: kernel/sys/file.c kernel/sys/fd.c kernel/sys/copy.c kernel/sys/path.c
 * host-test: kernel/sys/name.c kernel/sys/stat.c kernel/sys/attr.c kernel/sys/dir.c
 * host-test: kernel/sys/sync.c kernel/sys/xattr.c kernel/sys/ioctl.c kernel/sys/poll.c
 * host-test: kernel/sys/select.c kernel/sys/time.c kernel/sys/usage.c kernel/sys/system.c
 * host-test: kernel/signal.c kernel/timer.c kernel/mm/usercopy.c FS MM
 * host-test: tests/host/callsweep.c tests/host/sweep.c tests/host/space.c
 * host-test: tests/host/usermem.c tests/host/fakes.c tests/host/fakes_fs.c
 * host-test: tests/host/fakes_proc.c
 */
#include "callsweep.h"

#include "fs/tty.h"
#include "sys/abi_poll.h"

#define OUT		A(callsweep_out)
#define NEW		A(callsweep_new)
#define NEW_PATH	"/tmp/new"

static struct linux_termios modes;
static struct linux_winsize window;
static struct linux_timespec no_time, times[2] = { { 1, 2 }, { 3, 4 } };
static const uint64_t none, seconds[4];
static struct linux_pollfd polled[2] = {
	{ .fd = FILE_FD, .events = POLLIN }, { .fd = PIPE_RD, .events = POLLIN },
};
static uint64_t set_in[16] = { 1ul << FILE_FD }, set_out[16] = { 1ul << FILE_FD };
static const struct linux_sigset_arg mask = { A(&none), sizeof(none) };

/* --- calls that change nothing, or the same each time --- */

static const struct call calls[] = {
	{ "stat", sys_stat, A(FILE_PATH), OUT, 0, 0, 0, 0, 0 },
	{ "lstat", sys_lstat, A(LINK_PATH), OUT, 0, 0, 0, 0, 0 },
	{ "fstat", sys_fstat, FILE_FD, OUT, 0, 0, 0, 0, 0 },
	{ "newfstatat", sys_newfstatat, DIR_FD, A("f"), OUT, 0, 0, 0, 0 },
	{ "statx", sys_statx, AT_FDCWD, A(FILE_PATH), 0, STATX_BASIC_STATS, OUT, 0, 0 },
	{ "statfs", sys_statfs, A("/"), OUT, 0, 0, 0, 0, 0 },
	{ "fstatfs", sys_fstatfs, FILE_FD, OUT, 0, 0, 0, 0, 0 },
	{ "access", sys_access, A(FILE_PATH), R_OK, 0, 0, 0, 0, 0 },
	{ "readlink", sys_readlink, A(LINK_PATH), OUT, 100, 0, 0, 0, 0 },
	{ "getcwd", sys_getcwd, OUT, PG_SIZE, 0, 0, 0, 0, 0 },
	{ "chdir", sys_chdir, A("/"), 0, 0, 0, 0, 0, 0 },
	{ "chmod", sys_chmod, A(FILE_PATH), 0644, 0, 0, 0, 0, 0 },
	{ "chown", sys_chown, A(FILE_PATH), 0, 0, 0, 0, 0, 0 },
	{ "truncate", sys_truncate, A(FILE_PATH), FILE_SIZE, 0, 0, 0, 0, 0 },
	{ "utimensat", sys_utimensat, AT_FDCWD, A(FILE_PATH), A(times), 0, 0, 0, 0 },
	{ "utimes", sys_utimes, A(FILE_PATH), A(seconds), 0, 0, 0, 0, 0 },
	{ "utime", sys_utime, A(FILE_PATH), A(seconds), 0, 0, 0, 0, 0 },
	{ "rename", sys_rename, A(FILE_PATH), A(FILE_PATH), 0, 0, 0, 0, 0 },
	{ "listxattr", sys_listxattr, A(FILE_PATH), 0, 0, 0, 0, 0, 0 },
	{ "TCGETS", sys_ioctl, 0, TCGETS, OUT, 0, 0, 0, 0 },
	{ "TCSETS", sys_ioctl, 0, TCSETS, A(&modes), 0, 0, 0, 0 },
	{ "TIOCGWINSZ", sys_ioctl, 0, TIOCGWINSZ, OUT, 0, 0, 0, 0 },
	{ "TIOCSWINSZ", sys_ioctl, 0, TIOCSWINSZ, A(&window), 0, 0, 0, 0 },
	{ "FIONREAD", sys_ioctl, PIPE_RD, FIONREAD, OUT, 0, 0, 0, 0 },
	{ "FIONBIO", sys_ioctl, PIPE_RD, FIONBIO, A(&none), 0, 0, 0, 0 },
	{ "poll", sys_poll, A(polled), 2, 0, 0, 0, 0, 0 },
	{ "ppoll", sys_ppoll, A(polled), 2, A(&no_time), A(&none), sizeof(none), 0,
	    MAY_WORK | MAY_CHANGE | KEEPS },		/* what is left is not told */
	{ "select", sys_select, 4, A(set_in), A(set_out), 0, 0, 0, 0 },
	{ "pselect6", sys_pselect6, 4, A(set_in), A(set_out), 0, A(&no_time), A(&mask),
	    MAY_WORK | MAY_CHANGE | KEEPS },
};

/* --- files and pipes: what is told to have been moved has been, and no more --- */

static const struct linux_iovec vector_out[3] = {
	{ OUT, 100 }, { OUT + 100, 5000 }, { OUT + 5100, 50 },
};
static const struct linux_iovec vector_in[3] = {
	{ NEW, 100 }, { NEW + 100, 5000 }, { NEW + 5100, 50 },
};

static int64_t do_read(void) { return syscall6(sys_read, FILE_FD, OUT + 9, 2 * PG_SIZE, 0); }
static int64_t do_readv(void) { return syscall6(sys_readv, FILE_FD, vector_out, 3, 0); }
static int64_t do_pread(void) { return syscall6(sys_pread64, FILE_FD, OUT, 100, 7); }
static int64_t do_preadv(void) { return syscall6(sys_preadv, FILE_FD, vector_out, 3, 7); }
static int64_t do_write(void) { return syscall6(sys_write, FILE_FD, NEW, 2 * PG_SIZE, 0); }
static int64_t do_writev(void) { return syscall6(sys_writev, FILE_FD, vector_in, 3, 0); }
static int64_t do_pwrite(void) { return syscall6(sys_pwrite64, FILE_FD, NEW, 100, 7); }
static int64_t do_pwritev(void) { return syscall6(sys_pwritev, FILE_FD, vector_in, 3, 7); }
static int64_t pipe_read(void) { return syscall6(sys_read, PIPE_RD, OUT, 100, 0); }
static int64_t pipe_readv(void) { return syscall6(sys_readv, PIPE_RD, vector_out, 3, 0); }
static int64_t pipe_write(void) { return syscall6(sys_write, PIPE_WR, NEW, 100, 0); }
static int64_t pipe_writev(void) { return syscall6(sys_writev, PIPE_WR, vector_in, 3, 0); }

static void
has_read(int64_t ret)
{
	must_eq(syscall6(sys_lseek, FILE_FD, 0, SEEK_CUR, 0), ret);
	callsweep_restore_file();
}

static void
undo_read(int64_t ret)
{
	must(memcmp(callsweep_out + 9, callsweep_file, ret) == 0);
	has_read(ret);
}

static void
undo_readv(int64_t ret)
{
	must(memcmp(callsweep_out, callsweep_file, ret) == 0);
	has_read(ret);
}

static void
undo_pread(int64_t ret)
{
	must(memcmp(callsweep_out, callsweep_file + 7, ret) == 0);
	has_read(0);
}

/* RET new bytes are at OFS of the file, and old ones around them. */
static void
has_written(int64_t ofs, int64_t ret)
{
	static char now[FILE_SIZE];

	must_eq(file_pread(fd_lookup(&host_proc, FILE_FD), now, FILE_SIZE, 0), FILE_SIZE);
	must(memcmp(now, callsweep_file, ofs) == 0);
	must(memcmp(now + ofs, callsweep_new, ret) == 0);
	must(memcmp(now + ofs + ret, callsweep_file + ofs + ret, FILE_SIZE - ofs - ret) == 0);
}

static void
undo_write(int64_t ret)
{
	has_written(0, ret);
	has_read(ret);
}

static void
undo_pwrite(int64_t ret)
{
	has_written(7, ret);
	has_read(0);
}

static void
undo_pipe_read(int64_t ret)
{
	must(memcmp(callsweep_out, callsweep_file, ret) == 0);
	if (ret < PIPE_BYTES)
		must_eq(callsweep_drain_pipe(callsweep_out, FILE_SIZE), PIPE_BYTES - ret);
	else
		must_eq(syscall6(sys_write, PIPE_WR, callsweep_file, PIPE_BYTES, 0), PIPE_BYTES);
}

static void
undo_pipe_write(int64_t ret)
{
	must_eq(callsweep_drain_pipe(callsweep_out, FILE_SIZE), PIPE_BYTES + ret);
	must(memcmp(callsweep_out, callsweep_file, PIPE_BYTES) == 0);
	must(memcmp(callsweep_out + PIPE_BYTES, callsweep_new, ret) == 0);
}

static int64_t from, to;

/* What was copied stays, although nobody is told how far it came; as on Linux. */
static int64_t
do_sendfile(void)
{
	from = 0;
	return syscall6(sys_sendfile, PIPE_WR, FILE_FD, &from, 100);
}

static void
undo_sendfile(int64_t ret)
{
	must_eq(from, ret);
	callsweep_drain_pipe(callsweep_out, FILE_SIZE);
}

static int64_t
copy_range(void)
{
	from = 0;
	to = PG_SIZE;
	return callsweep_call(&(struct call){ "", sys_copy_file_range, FILE_FD, A(&from), FILE_FD,
	    A(&to), 100, 0, 0 });
}

static void
undo_copy_range(int64_t ret)
{
	must(from == ret && to == (int64_t)PG_SIZE + ret);
	has_read(0);
}

static int64_t read_dir(void) { return syscall6(sys_getdents64, DIR_FD, OUT, PG_SIZE, 0); }
static int64_t read_dir_old(void) { return syscall6(sys_getdents, DIR_FD, OUT, PG_SIZE, 0); }

static void
undo_read_dir(int64_t ret unused_arg)
{
	must_eq(syscall6(sys_lseek, DIR_FD, 0, SEEK_SET, 0), 0);
}

/* --- the terminal --- */

static void
type_line(void)
{
	host_serial_in = "a line\n";
	tty_interrupt();
	host_serial_out[0] = '\0';
}

static int64_t read_terminal(void) { return syscall6(sys_read, 0, OUT, 100, 0); }
static int64_t write_terminal(void) { return syscall6(sys_write, 1, "a line\n", 7, 0); }

static void
undo_write_terminal(int64_t ret unused_arg)
{
	ck_assert_str_eq(host_serial_out, "a line\r\n");
	host_serial_out[0] = '\0';
}

/* --- names and descriptors --- */

static int fds[2];

static int64_t do_pipe(void) { return syscall6(sys_pipe2, fds, 0, 0, 0); }
static int64_t do_open(void) { return syscall6(sys_open, LINK_PATH, O_RDWR, 0, 0); }
static int64_t do_memfd(void) { return syscall6(sys_memfd_create, "name", 0, 0, 0); }
static void close_fd(int64_t fd) { must_eq(syscall6(sys_close, fd, 0, 0, 0), ERR_OK); }

static void
undo_pipe(int64_t ret unused_arg)
{
	close_fd(fds[0]);
	close_fd(fds[1]);
}

static int64_t do_creat(void) { return syscall6(sys_creat, NEW_PATH, 0644, 0, 0); }
static int64_t do_mkdir(void) { return syscall6(sys_mkdir, NEW_PATH, 0755, 0, 0); }
static int64_t do_mknod(void) { return syscall6(sys_mknod, NEW_PATH, S_IFIFO | 0644, 0, 0); }
static int64_t do_link(void) { return syscall6(sys_link, FILE_PATH, NEW_PATH, 0, 0); }
static int64_t do_symlink(void) { return syscall6(sys_symlink, "somewhere", NEW_PATH, 0, 0); }
static int64_t do_rename(void) { return syscall6(sys_rename, LINK_PATH, NEW_PATH, 0, 0); }
static int64_t do_unlink(void) { return syscall6(sys_unlink, NEW_PATH, 0, 0, 0); }
static void link_new(void) { must_eq(do_link(), ERR_OK); }
static void unlink_new(int64_t ret unused_arg) { must_eq(do_unlink(), ERR_OK); }

static void
undo_creat(int64_t fd)
{
	close_fd(fd);
	unlink_new(fd);
}

static void
undo_mkdir(int64_t ret unused_arg)
{
	must_eq(syscall6(sys_rmdir, NEW_PATH, 0, 0, 0), ERR_OK);
}

static void
undo_rename(int64_t ret unused_arg)
{
	must_eq(syscall6(sys_rename, NEW_PATH, LINK_PATH, 0, 0), ERR_OK);
}

/* There is no such attribute, or any: that is what a file with a good name is told. */
static int64_t
do_getxattr(void)
{
	int64_t ret = syscall6(sys_xattr, FILE_PATH, "user.name", OUT, 100);

	return ret == ERR_OPNOTSUPP ? 0 : ret;
}

static const struct scenario scenarios[] = {
	{ "read", NULL, do_read, undo_read, MAY_WORK },
	{ "readv", NULL, do_readv, undo_readv, MAY_WORK },
	{ "pread64", NULL, do_pread, undo_pread, 0 },
	{ "preadv", NULL, do_preadv, undo_pread, MAY_WORK },
	{ "write", NULL, do_write, undo_write, MAY_WORK },
	{ "writev", NULL, do_writev, undo_write, MAY_WORK },
	{ "pwrite64", NULL, do_pwrite, undo_pwrite, 0 },
	{ "pwritev", NULL, do_pwritev, undo_pwrite, MAY_WORK },
	{ "read of a pipe", NULL, pipe_read, undo_pipe_read, 0 },
	{ "readv of a pipe", NULL, pipe_readv, undo_pipe_read, 0 },
	{ "write to a pipe", NULL, pipe_write, undo_pipe_write, 0 },
	{ "writev to a pipe", NULL, pipe_writev, undo_pipe_write, MAY_WORK },
	{ "sendfile", NULL, do_sendfile, undo_sendfile, MAY_CHANGE },
	{ "copy_file_range", NULL, copy_range, undo_copy_range, MAY_CHANGE },
	{ "getdents64", NULL, read_dir, undo_read_dir, 0 },
	{ "getdents", NULL, read_dir_old, undo_read_dir, 0 },
	{ "read of the terminal", type_line, read_terminal, NULL, KEEPS },
	{ "write to the terminal", NULL, write_terminal, undo_write_terminal, 0 },
	{ "pipe2", NULL, do_pipe, undo_pipe, 0 },
	{ "open", NULL, do_open, close_fd, 0 },
	{ "memfd_create", NULL, do_memfd, close_fd, 0 },
	{ "creat", NULL, do_creat, undo_creat, 0 },
	{ "mkdir", NULL, do_mkdir, undo_mkdir, 0 },
	{ "mknod", NULL, do_mknod, unlink_new, 0 },
	{ "link", NULL, do_link, unlink_new, 0 },
	{ "symlink", NULL, do_symlink, unlink_new, 0 },
	{ "unlink", link_new, do_unlink, NULL, KEEPS },
	{ "rename to another", NULL, do_rename, undo_rename, 0 },
	{ "getxattr", NULL, do_getxattr, NULL, 0 },
};

START_TEST(test_filesweep)
{
	callsweep_begin();
	must_eq(syscall6(sys_ioctl, 0, TCGETS, &modes, 0), ERR_OK);
	must_eq(syscall6(sys_ioctl, 0, TIOCGWINSZ, &window, 0), ERR_OK);
	callsweep_all(scenarios, array_len(scenarios));
	callsweep_calls(calls, array_len(calls));
	callsweep_end(90);
}
END_TEST

HOST_MAIN("filesweep", test_filesweep)
