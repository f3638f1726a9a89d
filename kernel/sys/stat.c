/* SPDX-License-Identifier: MIT */
/*
 * System calls that tell or change what is known about a file besides its contents.
 */
#include "lib/string.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "sys/path.h"
#include "syscall.h"

/* How a path may be looked up; a file here is never out of date, however it is asked for. */
#define STAT_FLAGS	(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE)

static sysret_t
stat_at(int dirfd, vaddr_t addr, vaddr_t buf, int flags)
{
	struct linux_stat st;
	struct inode *ip;
	err_t err;

	if ((flags & ~STAT_FLAGS) != 0)
		return ERR_INVAL;
	err = find_inode_at(dirfd, addr, flags, &ip);
	if (err != ERR_OK)
		return err;
	inode_stat(ip, &st);
	inode_put(ip);
	return copy_to_user(buf, &st, sizeof(st));
}

sysret_t
sys_stat(void *arg)
{
	return stat_at(AT_FDCWD, arg_u64(arg, 0), arg_u64(arg, 1), 0);
}

sysret_t
sys_lstat(void *arg)
{
	return stat_at(AT_FDCWD, arg_u64(arg, 0), arg_u64(arg, 1), AT_SYMLINK_NOFOLLOW);
}

sysret_t
sys_newfstatat(void *arg)
{
	return stat_at(arg_int(arg, 0), arg_u64(arg, 1), arg_u64(arg, 2), arg_int(arg, 3));
}

sysret_t
sys_fstat(void *arg)
{
	struct file *f = fd_lookup(proc_current(), arg_int(arg, 0));
	struct linux_stat st;

	if (f == NULL)
		return ERR_BADF;
	inode_stat(file_inode(f), &st);
	return copy_to_user(arg_u64(arg, 1), &st, sizeof(st));
}

sysret_t
sys_access(void *arg)
{
	int mode = arg_int(arg, 1);
	struct inode *ip;
	err_t err;

	if ((mode & ~(R_OK | W_OK | X_OK)) != 0)
		return ERR_INVAL;
	err = find_inode_at(AT_FDCWD, arg_u64(arg, 0), 0, &ip);
	if (err != ERR_OK)
		return err;
	/* Everybody is root, who may all but execute what nobody may. */
	if ((mode & X_OK) && !inode_is_dir(ip) && !inode_may_exec(ip))
		err = ERR_ACCESS;
	inode_put(ip);
	return err;
}
