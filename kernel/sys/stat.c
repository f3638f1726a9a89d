/* SPDX-License-Identifier: MIT */
/*
 * System calls that tell what is known about a file besides its contents.
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
	struct file *f = fd_lookup_any(proc_current(), arg_int(arg, 0));
	struct linux_stat st;

	if (f == NULL)
		return ERR_BADF;
	inode_stat(file_inode(f), &st);
	return copy_to_user(arg_u64(arg, 1), &st, sizeof(st));
}

static void
stamp_to_statx(struct linux_statx_timestamp *to, const struct linux_timespec *from)
{
	to->tv_sec = from->tv_sec;
	to->tv_nsec = (uint32_t)from->tv_nsec;
}

/* What there is is always given, as statx(2) allows; there is no time of birth. */
static void
stat_to_statx(struct linux_statx *to, const struct linux_stat *st)
{
	memset(to, 0, sizeof(*to));
	to->stx_mask = STATX_BASIC_STATS;
	to->stx_blksize = (uint32_t)st->st_blksize;
	to->stx_nlink = (uint32_t)st->st_nlink;
	to->stx_uid = st->st_uid;
	to->stx_gid = st->st_gid;
	to->stx_mode = (uint16_t)st->st_mode;
	to->stx_ino = st->st_ino;
	to->stx_size = (uint64_t)st->st_size;
	to->stx_blocks = (uint64_t)st->st_blocks;
	stamp_to_statx(&to->stx_atime, &st->st_atim);
	stamp_to_statx(&to->stx_mtime, &st->st_mtim);
	stamp_to_statx(&to->stx_ctime, &st->st_ctim);
	to->stx_rdev_major = (uint32_t)(st->st_rdev >> 8);
	to->stx_rdev_minor = (uint32_t)(st->st_rdev & 0xff);
	to->stx_dev_minor = (uint32_t)st->st_dev;
}

/* statx(dirfd, path, flags, mask, buffer) */
sysret_t
sys_statx(void *arg)
{
	int flags = arg_int(arg, 2);
	struct linux_statx stx;
	struct linux_stat st;
	struct inode *ip;
	err_t err;

	if ((arg_u64(arg, 3) & STATX_RESERVED) != 0 || (flags & ~STAT_FLAGS) != 0 ||
	    (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return ERR_INVAL;
	err = find_inode_at(arg_int(arg, 0), arg_u64(arg, 1), flags, &ip);
	if (err != ERR_OK)
		return err;
	inode_stat(ip, &st);
	inode_put(ip);
	stat_to_statx(&stx, &st);
	return copy_to_user(arg_u64(arg, 4), &stx, sizeof(stx));
}

static sysret_t
access_at(int dirfd, vaddr_t addr, int mode, int flags)
{
	struct inode *ip;
	err_t err;

	if ((mode & ~(R_OK | W_OK | X_OK)) != 0 ||
	    (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
		return ERR_INVAL;
	err = find_inode_at(dirfd, addr, flags, &ip);
	if (err != ERR_OK)
		return err;
	/* Everybody is root, who may all but execute what nobody may. */
	if ((mode & X_OK) && !inode_is_dir(ip) && !inode_may_exec(ip))
		err = ERR_ACCESS;
	inode_put(ip);
	return err;
}

sysret_t
sys_access(void *arg)
{
	return access_at(AT_FDCWD, arg_u64(arg, 0), arg_int(arg, 1), 0);
}

sysret_t
sys_faccessat(void *arg)
{
	return access_at(arg_int(arg, 0), arg_u64(arg, 1), arg_int(arg, 2), 0);
}

sysret_t
sys_faccessat2(void *arg)
{
	return access_at(arg_int(arg, 0), arg_u64(arg, 1), arg_int(arg, 2), arg_int(arg, 3));
}

sysret_t
sys_statfs(void *arg)
{
	struct linux_statfs st;
	struct inode *ip;
	err_t err = find_inode_at(AT_FDCWD, arg_u64(arg, 0), 0, &ip);

	if (err != ERR_OK)
		return err;
	inode_statfs(ip, &st);
	inode_put(ip);
	return copy_to_user(arg_u64(arg, 1), &st, sizeof(st));
}

sysret_t
sys_fstatfs(void *arg)
{
	struct file *f = fd_lookup_any(proc_current(), arg_int(arg, 0));
	struct linux_statfs st;

	if (f == NULL)
		return ERR_BADF;
	inode_statfs(file_inode(f), &st);
	return copy_to_user(arg_u64(arg, 1), &st, sizeof(st));
}
