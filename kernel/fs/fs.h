/* SPDX-License-Identifier: MIT */
/*
 * Files.  One tree of inodes in memory: directories, regular files, links, FIFOs,
 * devices; /proc is made as it is looked at.  The initrd archive is planted in the tree
 * at boot: its files are views of the archive until they are first written.  An open file
 * is an inode with an offset, or an end of a pipe; descriptors are indexes into proc.fds.
 *
 * All buffers here are kernel memory: the system calls (kernel/sys) copy to and
 * from user space, so no lock is ever held across a user copy.
 */
#ifndef FAULTLINE_FS_FS_H
#define FAULTLINE_FS_FS_H

#include "error.h"
#include "lock.h"
#include "sys/abi.h"
#include "sys/abi_file.h"
#include "sys/abi_tty.h"
#include "types.h"

struct inode;
struct file;
struct memstore;
struct proc;
struct watch;

/* No file is longer than this: what three levels of page tables reach. */
#define FILE_SIZE_MAX	(1ul << 39)

/* Make the root, /dev, /tmp, and plant the ustar archive of SIZE bytes at ARCHIVE (may be NULL). */
void fs_init(const void *archive, size_t size);

/* Make /proc; CMDLINE is what the boot loader gave. */
void procfs_init(const char *cmdline);

/* P is about to be freed: its directory in /proc goes, if it ever had one. */
void procfs_forget(struct proc *p);

/* --- inodes: reference-counted; a name in a directory is one reference --- */

/*
 * Find PATH, from CWD when it is relative (NULL: from the root).
 * => on success *OUT holds a reference, to be given up by inode_put
 * => ERR_NOENT, ERR_NOTDIR, ERR_NAMETOOLONG, ERR_LOOP
 */
must_check err_t inode_lookup(struct inode *cwd, const char *path, struct inode **out);

/* The same, but a link that PATH ends in is not followed. */
must_check err_t inode_lookup_link(struct inode *cwd, const char *path, struct inode **out);
struct inode *inode_get(struct inode *ip);
void inode_put(struct inode *ip);		/* NULL is ignored */

bool inode_is_dir(const struct inode *ip);
bool inode_is_fifo(const struct inode *ip);
bool inode_may_exec(const struct inode *ip);	/* a regular file with an x bit */
uint64_t inode_size(const struct inode *ip);
void inode_stat(const struct inode *ip, struct linux_stat *st);

/* What the file system that IP is in holds, and how much more it can. */
void inode_statfs(const struct inode *ip, struct linux_statfs *st);

#define ID_KEPT		UINT32_MAX	/* of chown(2) */

/*
 * As chmod(2), chown(2), utimensat(2) for everybody is root; truncate(2).
 * => ERR_PERM in /proc; ERR_OPNOTSUPP: a link has no permissions of its own
 * => of truncation: ERR_ISDIR, ERR_INVAL (no file), ERR_ACCESS (in /proc), ERR_FBIG
 */
must_check err_t inode_chmod(struct inode *ip, int mode);
must_check err_t inode_chown(struct inode *ip, uint32_t uid, uint32_t gid);
must_check err_t inode_set_times(struct inode *ip, const struct linux_timespec times[2]);
must_check err_t inode_truncate(struct inode *ip, uint64_t size);

/* A file without a name, of SIZE bytes of zeros.  => NULL when there is no memory */
struct inode *inode_anonymous(uint64_t size);

/* The same, empty, and to those who ask it was called NAME: memfd_create(2). */
struct inode *inode_memfd(const char *name);

/* The contents of IP for a mapping, borrowed; NULL: not a regular file. */
struct memstore *inode_store(struct inode *ip);

/*
 * The same in *STORE, for LEN bytes at OFS, of a device with memory too.
 * => ERR_NODEV: nothing to map; ERR_PERM: the device does not show that
 */
must_check err_t inode_map(struct inode *ip, offset_t ofs, size_t len, struct memstore **store);

/* The inode that STORE belongs to. */
struct inode *inode_of_store(struct memstore *store);

/*
 * Read or write at most N bytes at OFS.  => the count (short at the end of the file), or an err_t
 * => reading a file never sleeps; a device may
 */
must_check ssize_t inode_read(struct inode *ip, void *buf, size_t n, offset_t ofs);
must_check ssize_t inode_write(struct inode *ip, const void *buf, size_t n, offset_t ofs);

/*
 * The absolute path of IP into BUF; of a file without a name, the last it had.
 * => its length; ERR_RANGE; ERR_NOENT: it never had a name, or a directory was removed
 */
must_check ssize_t inode_path(struct inode *ip, char *buf, size_t n);

/*
 * The text of link IP, cut to N bytes and not terminated, into BUF.
 * => its length; ERR_INVAL: it is no link; ERR_NOENT: what it tells about has gone
 */
must_check ssize_t inode_readlink(struct inode *ip, char *buf, size_t n);

/*
 * Make directory PATH; make a file or FIFO of MODE; make a link to TEXT; make it one more
 * name of IP; remove an empty directory; remove the name of anything else.
 * => errors as mkdir(2), mknod(2), symlink(2), link(2), rmdir(2) and unlink(2) have them;
 *    then nothing has changed
 */
must_check err_t inode_mkdir(struct inode *cwd, const char *path, int mode);
must_check err_t inode_mknod(struct inode *cwd, const char *path, int mode);
must_check err_t inode_link(struct inode *ip, struct inode *cwd, const char *path);
must_check err_t inode_symlink(const char *text, struct inode *cwd, const char *path);
must_check err_t inode_rmdir(struct inode *cwd, const char *path);
must_check err_t inode_unlink(struct inode *cwd, const char *path);

/* Rename FROM to TO, each seen from its directory, as renameat2(2) with FLAGS has it. */
must_check err_t inode_rename(struct inode *from_cwd, const char *from, struct inode *to_cwd,
    const char *to, unsigned flags);

/* --- open files: reference-counted, shared by dup and fork --- */

/*
 * => FLAGS and MODE as open(2) has them; a flag that is not implemented is ERR_INVAL
 * => sleeps until a FIFO has its other end: ERR_INTR
 */
must_check err_t file_open(struct inode *cwd, const char *path, int flags, int mode,
    struct file **out);
/* Open IP itself.  => takes over the reference; NULL when there is no memory, then it does not */
struct file *file_of_inode(struct inode *ip, int flags);
must_check err_t file_open_pipe(struct file **rd, struct file **wr);
struct file *file_get(struct file *f);
void file_put(struct file *f);

/*
 * Read or write at most N bytes at the file's offset and move it.
 * => the count, 0 at the end of the file, or an err_t
 * => sleeps until there is something, but not when NOWAIT is set: then ERR_AGAIN
 */
must_check ssize_t file_read(struct file *f, void *buf, size_t n, bool nowait);
must_check ssize_t file_write(struct file *f, const void *buf, size_t n, bool nowait);

/* The same at OFS, and the file's own offset stays.  => ERR_SPIPE: there are no offsets */
must_check ssize_t file_pread(struct file *f, void *buf, size_t n, offset_t ofs);
must_check ssize_t file_pwrite(struct file *f, const void *buf, size_t n, offset_t ofs);

/*
 * The two halves of file_read: look at the next bytes, then take N of them.  A
 * system call copies to user memory in between, and takes nothing when that fails.
 * => nothing else may run between the two (the kernel is not preempted)
 * => call file_skip after a peek that gave 0 too: the end of a file typed at
 *    the console is taken by it
 */
must_check ssize_t file_peek(struct file *f, void *buf, size_t n, bool nowait);
void file_skip(struct file *f, size_t n);

/* May F be read from, written to?  => ERR_BADF, ERR_ISDIR */
must_check err_t file_may_read(const struct file *f);
must_check err_t file_may_write(const struct file *f);

bool file_is_path(const struct file *f);	/* O_PATH: stands for its inode only */
bool file_is_stream(const struct file *f);	/* a pipe or a terminal: no offset */
struct inode *file_inode(const struct file *f);	/* borrowed */
int file_flags(const struct file *f);		/* as F_GETFL gives them */
void file_set_flags(struct file *f, int flags);	/* O_APPEND, O_NONBLOCK, O_NOATIME only */

/* => ERR_INVAL: no file that is open for writing; ERR_FBIG */
must_check err_t file_truncate(struct file *f, uint64_t size);

/*
 * What F is ready for: POLL* bits (sys/abi_poll.h).
 * => W, unless it is NULL, wakes its poller when that may have changed
 */
unsigned file_poll(struct file *f, struct watch *w);

/*
 * As fallocate(2): MODE is 0, FALLOC_FL_KEEP_SIZE, or that and FALLOC_FL_PUNCH_HOLE.
 * => ERR_INVAL, ERR_OPNOTSUPP, ERR_BADF, ERR_SPIPE, ERR_NODEV, ERR_FBIG, ERR_NOSPC
 */
must_check err_t file_allocate(struct file *f, int mode, int64_t ofs, int64_t len);

/*
 * As flock(2).  => ERR_INVAL; ERR_AGAIN: others have it, and LOCK_NB; ERR_INTR
 */
must_check err_t file_flock(struct file *f, int operation);

/* Move the offset as lseek(2).  => the new one; ERR_INVAL, ERR_SPIPE, ERR_NXIO */
must_check ssize_t file_seek(struct file *f, int64_t ofs, int whence);

/*
 * Lay out directory entries from the offset on as struct linux_dirent64, as many as fit in N bytes.
 * => the count of bytes, 0 at the end; ERR_NOTDIR, ERR_INVAL when not even one fits, ERR_NOENT
 * => the offset stays: *NEXT is where to go on, for file_seek
 */
must_check ssize_t file_readdir(struct file *f, void *buf, size_t n, offset_t *next);

union ioctl_arg {
	struct linux_termios termios;
	struct linux_winsize winsize;
	pid_t pgid;
	int number;
};

/* => ERR_NOTTY when F is no terminal and does not know CMD */
must_check err_t file_ioctl(struct file *f, unsigned cmd, union ioctl_arg *arg);

/*
 * --- descriptors ---
 * Only a process itself looks at its table, and it is one thread: a struct file
 * found there stays open until this process closes it.
 */

/* => borrowed; NULL: not open, or only with O_PATH; the second: not open at all */
struct file *fd_lookup(struct proc *p, int fd);
struct file *fd_lookup_any(struct proc *p, int fd);

/* No descriptor of P is this or higher. */
int fd_count(const struct proc *p);

/* One more than the highest descriptor that P may make (RLIMIT_NOFILE). */
int fd_limit(const struct proc *p);

/* Have room for descriptor FD, which is below PROC_MAX_FILES.  => ERR_NOMEM */
must_check err_t fd_reserve(struct proc *p, int fd);

/* The lowest free descriptor from FROM on, with room for it.  => ERR_MFILE, ERR_NOMEM */
must_check int fd_find_free(struct proc *p, int from);

/*
 * Let FD, for which there is room, be F, and close what it was.
 * => takes over the caller's reference
 */
void fd_install(struct proc *p, int fd, struct file *f, bool cloexec);
must_check err_t fd_close(struct proc *p, int fd);	/* => ERR_BADF */

/* Is FD, which is open, closed on exec?  Shall it be? */
bool fd_closes_on_exec(const struct proc *p, int fd);
void fd_set_cloexec(struct proc *p, int fd, bool cloexec);

/* Give DST (new, no files) what SRC has open, its current directory and its umask.  => ERR_NOMEM */
must_check err_t files_copy(struct proc *dst, struct proc *src);
void files_close_on_exec(struct proc *p);
void files_close_all(struct proc *p);			/* and the current directory */

/* Descriptors 0, 1, 2 on /dev/console, the root as current directory, and the usual umask. */
must_check err_t files_open_console(struct proc *p);

#endif
