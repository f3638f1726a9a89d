/* SPDX-License-Identifier: MIT */
/*
 * System calls about where a file's contents are and will be: nothing is ever on its way to
 * a disk here, so that many have nothing to do but to find errors.  And flock.
 */
#include "fs/fs.h"
#include "lib/string.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"

sysret_t
sys_sync(unused_arg void *arg)
{
	return ERR_OK;
}

/* fsync, fdatasync: files and directories are where they will be. */
sysret_t
sys_fsync(void *arg)
{
	struct file *f = fd_lookup(proc_current(), arg_int(arg, 0));

	if (f == NULL)
		return ERR_BADF;
	if (inode_is_dir(file_inode(f)) || inode_store(file_inode(f)) != NULL)
		return ERR_OK;
	return ERR_INVAL;
}

sysret_t
sys_syncfs(void *arg)
{
	return fd_lookup(proc_current(), arg_int(arg, 0)) != NULL ? ERR_OK : ERR_BADF;
}

sysret_t
sys_fallocate(void *arg)
{
	struct file *f = fd_lookup(proc_current(), arg_int(arg, 0));

	if (f == NULL)
		return ERR_BADF;
	return file_allocate(f, arg_int(arg, 1), (int64_t)arg_u64(arg, 2),
	    (int64_t)arg_u64(arg, 3));
}

/* fadvise64(fd, offset, length, advice): all is in memory already. */
sysret_t
sys_fadvise64(void *arg)
{
	struct file *f = fd_lookup(proc_current(), arg_int(arg, 0));
	unsigned advice = (unsigned)arg_u64(arg, 3);

	if (f == NULL)
		return ERR_BADF;
	if (inode_is_fifo(file_inode(f)))
		return ERR_SPIPE;
	if ((int64_t)arg_u64(arg, 2) < 0 || advice > POSIX_FADV_NOREUSE)
		return ERR_INVAL;
	return ERR_OK;
}

sysret_t
sys_readahead(void *arg)
{
	struct file *f = fd_lookup(proc_current(), arg_int(arg, 0));

	if (f == NULL || file_may_read(f) == ERR_BADF)
		return ERR_BADF;
	return inode_store(file_inode(f)) != NULL ? ERR_OK : ERR_INVAL;
}

sysret_t
sys_flock(void *arg)
{
	struct file *f = fd_lookup(proc_current(), arg_int(arg, 0));

	return f != NULL ? file_flock(f, arg_int(arg, 1)) : ERR_BADF;
}

/* memfd_create(name, flags): no seals, no large pages. */
sysret_t
sys_memfd_create(void *arg)
{
	static const char prefix[] = "memfd:";
	struct proc *p = proc_current();
	unsigned flags = (unsigned)arg_u64(arg, 1);
	char name[sizeof(prefix) + MFD_NAME_MAX];
	struct inode *ip;
	struct file *f;
	ssize_t len;
	int fd;

	if ((flags & ~MFD_CLOEXEC) != 0)
		return ERR_INVAL;
	memcpy(name, prefix, sizeof(prefix));
	len = copy_string_from_user(name + sizeof(prefix) - 1, arg_u64(arg, 0), MFD_NAME_MAX + 1);
	if (len < 0)
		return len == ERR_NAMETOOLONG ? ERR_INVAL : len;
	fd = fd_find_free(p, 0);
	if (fd < 0)
		return fd;
	ip = inode_memfd(name);
	f = ip != NULL ? file_of_inode(ip, O_RDWR) : NULL;
	if (f == NULL) {
		inode_put(ip);
		return ERR_NOMEM;
	}
	fd_install(p, fd, f, (flags & MFD_CLOEXEC) != 0);
	return fd;
}
