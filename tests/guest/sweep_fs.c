/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of files, folders, pipes and /proc fails once, alone and with all that
 * follow: see sweep.h (O3).
 */
#include "sweep.h"

#include "abi_file.h"

#define TARGET	20			/* a descriptor that is open */
#define FAR_OUT	(1L << 32)		/* an offset below other nodes of the page tree */

static int file, dir, fds[2];
static pid_t other;			/* a process that nobody has looked at in /proc */
static char other_stat[32];

/* --- what is there before --- */

static void
with_file(void)
{
	file = (int)raw_syscall(SYS_open, "f", O_RDWR | O_CREAT, 0644);
	raw_syscall(SYS_write, file, buf, PAGE_SIZE + 100);
	raw_syscall(SYS_lseek, file, 0, SEEK_SET);
}

/* It is gone when it is closed. */
static void
with_lost_file(void)
{
	with_file();
	raw_syscall(SYS_unlink, "f");
}

static void
with_target(void)
{
	with_lost_file();
	raw_syscall(SYS_dup2, file, TARGET);
}

static void
with_folder(void)
{
	raw_syscall(SYS_mkdir, "d", 0755);
	dir = (int)raw_syscall(SYS_open, "d", O_RDONLY);
}

static void
with_pipe(void)
{
	raw_syscall(SYS_pipe2, fds, 0);
}

static void
with_full_pipe(void)
{
	with_pipe();
	raw_syscall(SYS_write, fds[1], buf, 100);
}

static void
with_root(void)
{
	dir = (int)raw_syscall(SYS_open, "/", O_RDONLY);
}

/* It ends when we do. */
static void
with_other(void)
{
	with_pipe();
	other = (pid_t)raw_syscall(SYS_fork);
	if (other == 0) {
		raw_syscall(SYS_close, fds[1]);
		raw_syscall(SYS_read, fds[0], buf, 1);
		raw_syscall(SYS_exit, 0);
	}
	snprintf(other_stat, sizeof(other_stat), "/proc/%d/stat", other);
}

static void
with_proc(void)
{
	with_other();
	dir = (int)raw_syscall(SYS_open, "/proc", O_RDONLY);
}

static void
with_maps(void)
{
	file = (int)raw_syscall(SYS_open, "/proc/self/maps", O_RDONLY);
}

/* --- pipes --- */

static long do_pipe(void) { return raw_syscall(SYS_pipe2, fds, O_CLOEXEC); }
static long pipe_write(void) { return raw_syscall(SYS_write, fds[1], buf, 1); }
static long pipe_write_more(void) { return raw_syscall(SYS_write, fds[1], buf, sizeof(buf)); }
static long pipe_read(void) { return raw_syscall(SYS_read, fds[0], buf, 100); }

static void
close_pipe(long ret unused_arg)
{
	close_fd(fds[0]);
	close_fd(fds[1]);
}

static void
empty_pipe(long ret)
{
	raw_syscall(SYS_read, fds[0], buf, ret);
}

/* --- files --- */

static void
rewind(int fd)
{
	raw_syscall(SYS_lseek, fd, 0, SEEK_SET);
}

static long do_create(void) { return raw_syscall(SYS_open, "new", O_RDWR | O_CREAT, 0644); }
static long do_open(void) { return raw_syscall(SYS_open, "f", O_RDWR); }
static long open_device(void) { return raw_syscall(SYS_open, "/dev/null", O_RDWR); }
static long open_maps(void) { return raw_syscall(SYS_open, "/proc/self/maps", O_RDONLY); }
static long open_other(void) { return raw_syscall(SYS_open, other_stat, O_RDONLY); }
static long open_empty(void) { return raw_syscall(SYS_open, "f", O_RDWR | O_TRUNC); }

static void
undo_create(long fd)
{
	close_fd(fd);
	raw_syscall(SYS_unlink, "new");
}

static long
write_at(long ofs, size_t n)
{
	long ret;

	raw_syscall(SYS_lseek, file, ofs, SEEK_SET);
	ret = raw_syscall(SYS_write, file, buf, n);
	rewind(file);
	return ret;
}

static long write_page(void) { return write_at(4 * PAGE_SIZE, PAGE_SIZE); }
static long write_pages(void) { return write_at(4 * PAGE_SIZE - 7, 3 * PAGE_SIZE); }
static long write_far(void) { return write_at(FAR_OUT, 1); }
static long write_old(void) { return write_at(0, PAGE_SIZE); }
static long longer(void) { return raw_syscall(SYS_ftruncate, file, FAR_OUT); }
static long shorter(void) { return raw_syscall(SYS_ftruncate, file, 10); }
static void undo_write(long ret unused_arg) { raw_syscall(SYS_ftruncate, file, PAGE_SIZE + 100); }
static long do_stat(void) { return raw_syscall(SYS_stat, "f", buf); }
static long stat_proc(void) { return raw_syscall(SYS_stat, "/proc/self/status", buf); }
static long do_access(void) { return raw_syscall(SYS_access, "f", R_OK); }
static long do_unlink(void) { return raw_syscall(SYS_unlink, "f"); }

static void
with_link(void)
{
	raw_syscall(SYS_symlink, "/sweep", "s");
}

static long do_symlink(void) { return raw_syscall(SYS_symlink, "to/somewhere/else", "new"); }
static void undo_symlink(long ret unused_arg) { raw_syscall(SYS_unlink, "new"); }
static long do_readlink(void) { return raw_syscall(SYS_readlink, "s", buf, sizeof(buf)); }
static long follow(void) { return raw_syscall(SYS_stat, "s/s/s", buf); }

static long do_link(void) { return raw_syscall(SYS_link, "f", "new"); }
static long do_rename(void) { return raw_syscall(SYS_rename, "f", "new"); }
static void undo_rename(long ret unused_arg) { raw_syscall(SYS_rename, "new", "f"); }
static long rename_over(void) { return raw_syscall(SYS_rename, "f", "s"); }
static long rename_into(void) { return raw_syscall(SYS_rename, "f", "d/f"); }
static void undo_into(long ret unused_arg) { raw_syscall(SYS_rename, "d/f", "f"); }
static long do_truncate(void) { return raw_syscall(SYS_truncate, "f", FAR_OUT); }
static long do_fifo(void) { return raw_syscall(SYS_mknod, "new", S_IFIFO | 0644, 0); }
static long do_pwrite(void) { return raw_syscall(SYS_pwrite64, file, buf, 100, 6 * PAGE_SIZE); }

static void
two_files(void)
{
	with_file();
	with_link();
}

static void
file_and_folder(void)
{
	with_file();
	with_folder();
}

static struct linux_pollfd polled[3];

static void
with_polled(void)
{
	with_pipe();
	polled[0] = (struct linux_pollfd){ .fd = fds[0], .events = POLLIN };
	polled[1] = (struct linux_pollfd){ .fd = fds[1], .events = POLLOUT };
	polled[2] = (struct linux_pollfd){ .fd = 0, .events = POLLIN };
}

static long do_poll(void) { return raw_syscall(SYS_poll, polled, 3, 0); }

static long
read_file(void)
{
	long ret = raw_syscall(SYS_read, file, buf, sizeof(buf));

	rewind(file);
	return ret;
}

/* --- descriptors --- */

static long do_dup(void) { return raw_syscall(SYS_dup, file); }
static long dup_over(void) { return raw_syscall(SYS_dup2, file, TARGET); }
static long dup_high(void) { return raw_syscall(SYS_fcntl, file, F_DUPFD_CLOEXEC, TARGET + 1); }

/* --- folders --- */

static long do_mkdir(void) { return raw_syscall(SYS_mkdir, "new", 0755); }
static void undo_mkdir(long ret unused_arg) { raw_syscall(SYS_rmdir, "new"); }
static long do_rmdir(void) { return raw_syscall(SYS_rmdir, "d"); }
static long do_chdir(void) { return raw_syscall(SYS_chdir, "/bin"); }
static void undo_chdir(long ret unused_arg) { raw_syscall(SYS_chdir, "/sweep"); }
static long do_getcwd(void) { return raw_syscall(SYS_getcwd, buf, sizeof(buf)); }

static long
read_folder(void)
{
	long ret = raw_syscall(SYS_getdents64, dir, buf, PAGE_SIZE);

	rewind(dir);
	return ret;
}

static const struct scenario scenarios[] = {
	{ "pipe", NULL, do_pipe, close_pipe, 0, 0 },
	{ "pipe-write", with_pipe, pipe_write, empty_pipe, 0, 0 },
	{ "pipe-write-more", with_full_pipe, pipe_write_more, empty_pipe, MAY_WORK | KEEPS, 0 },
	{ "pipe-read", with_full_pipe, pipe_read, NULL, KEEPS, 0 },
	{ "create", NULL, do_create, undo_create, 0, ENOSPC },
	{ "open", with_file, do_open, close_fd, 0, 0 },
	{ "open-device", NULL, open_device, close_fd, 0, 0 },
	{ "open-proc-self", NULL, open_maps, close_fd, 0, 0 },
	{ "open-proc-pid", with_other, open_other, close_fd, MAY_WORK | MAY_CHANGE | KEEPS,
	    ENOENT },
	{ "open-and-empty", with_file, open_empty, close_fd, KEEPS, ENOSPC },
	{ "write-page", with_lost_file, write_page, undo_write, 0, ENOSPC },
	{ "write-pages", with_lost_file, write_pages, undo_write, MAY_WORK, ENOSPC },
	{ "write-far-out", with_lost_file, write_far, undo_write, KEEPS, ENOSPC },
	{ "write-again", with_lost_file, write_old, NULL, 0, ENOSPC },
	{ "truncate-longer", with_lost_file, longer, undo_write, 0, 0 },
	{ "truncate-shorter", with_lost_file, shorter, NULL, KEEPS, 0 },
	{ "read", with_lost_file, read_file, NULL, 0, 0 },
	{ "stat", with_file, do_stat, NULL, 0, 0 },
	{ "stat-proc", NULL, stat_proc, NULL, 0, 0 },
	{ "access", with_file, do_access, NULL, 0, 0 },
	{ "unlink", with_file, do_unlink, NULL, KEEPS, 0 },
	{ "symlink", NULL, do_symlink, undo_symlink, 0, ENOSPC },
	{ "readlink", with_link, do_readlink, NULL, 0, 0 },
	{ "follow-links", with_link, follow, NULL, 0, 0 },
	{ "link", with_file, do_link, undo_symlink, 0, ENOSPC },
	{ "rename", with_file, do_rename, undo_rename, 0, ENOSPC },
	{ "rename-over", two_files, rename_over, NULL, KEEPS, ENOSPC },
	{ "rename-into", file_and_folder, rename_into, undo_into, 0, ENOSPC },
	{ "truncate", with_file, do_truncate, undo_write, 0, ENOSPC },
	{ "mknod", NULL, do_fifo, undo_symlink, 0, ENOSPC },
	{ "pwrite", with_lost_file, do_pwrite, undo_write, 0, ENOSPC },
	{ "poll", with_polled, do_poll, NULL, 0, 0 },
	{ "dup", with_lost_file, do_dup, close_fd, 0, 0 },
	{ "dup-over", with_target, dup_over, NULL, 0, 0 },
	{ "dup-high", with_lost_file, dup_high, close_fd, KEEPS, 0 },
	{ "mkdir", NULL, do_mkdir, undo_mkdir, 0, ENOSPC },
	{ "rmdir", with_folder, do_rmdir, NULL, KEEPS, 0 },
	{ "chdir", NULL, do_chdir, undo_chdir, 0, 0 },
	{ "getcwd", NULL, do_getcwd, NULL, 0, 0 },
	{ "read-root", with_root, read_folder, NULL, 0, 0 },
	{ "read-proc", with_proc, read_folder, NULL, MAY_WORK | KEEPS, 0 },	/* fewer */
	{ "read-maps", with_maps, read_file, NULL, 0, 0 },
};

int
main(void)
{
	sweep_begin("sweep_fs", ENOMEM);
	mkdir("/sweep", 0755);
	chdir("/sweep");
	for (size_t i = 0; i < array_len(scenarios); i++) {
		sweep(&scenarios[i], INJECT_ALLOC);
		unlink("s");
		unlink("f");		/* what a child has made, which may have died */
		unlink("d/f");
		rmdir("d");
	}
	chdir("/");
	check_eq(rmdir("/sweep"), 0);	/* nothing else is there */
	sweep_end("allocations", 60);
}
