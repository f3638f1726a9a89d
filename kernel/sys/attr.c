/* SPDX-License-Identifier: MIT */
/*
 * System calls that change what is known about a file: permissions, owner, times, length.
 */
#include "clock.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "sys/abi_proc.h"
#include "sys/path.h"
#include "syscall.h"

static sysret_t
chmod_at(int dirfd, vaddr_t addr, int mode)
{
	struct inode *ip;
	err_t err = find_inode_at(dirfd, addr, 0, &ip);

	if (err != ERR_OK)
		return err;
	err = inode_chmod(ip, mode);
	inode_put(ip);
	return err;
}

sysret_t
sys_chmod(void *arg)
{
	return chmod_at(AT_FDCWD, arg_u64(arg, 0), arg_int(arg, 1));
}

sysret_t
sys_fchmodat(void *arg)
{
	return chmod_at(arg_int(arg, 0), arg_u64(arg, 1), arg_int(arg, 2));
}

sysret_t
sys_fchmod(void *arg)
{
	struct file *f = fd_lookup(proc_current(), arg_int(arg, 0));

	return f != NULL ? inode_chmod(file_inode(f), arg_int(arg, 1)) : ERR_BADF;
}

static sysret_t
chown_at(int dirfd, vaddr_t addr, uint32_t uid, uint32_t gid, int flags)
{
	struct inode *ip;
	err_t err;

	if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
		return ERR_INVAL;
	err = find_inode_at(dirfd, addr, flags, &ip);
	if (err != ERR_OK)
		return err;
	err = inode_chown(ip, uid, gid);
	inode_put(ip);
	return err;
}

sysret_t
sys_chown(void *arg)
{
	return chown_at(AT_FDCWD, arg_u64(arg, 0), (uint32_t)arg_u64(arg, 1),
	    (uint32_t)arg_u64(arg, 2), 0);
}

sysret_t
sys_lchown(void *arg)
{
	return chown_at(AT_FDCWD, arg_u64(arg, 0), (uint32_t)arg_u64(arg, 1),
	    (uint32_t)arg_u64(arg, 2), AT_SYMLINK_NOFOLLOW);
}

sysret_t
sys_fchownat(void *arg)
{
	return chown_at(arg_int(arg, 0), arg_u64(arg, 1), (uint32_t)arg_u64(arg, 2),
	    (uint32_t)arg_u64(arg, 3), (int)arg_u64(arg, 4));
}

sysret_t
sys_fchown(void *arg)
{
	struct file *f = fd_lookup(proc_current(), arg_int(arg, 0));

	if (f == NULL)
		return ERR_BADF;
	return inode_chown(file_inode(f), (uint32_t)arg_u64(arg, 1), (uint32_t)arg_u64(arg, 2));
}

/* --- times --- */

static bool
is_time(const struct linux_timespec *t)
{
	return t->tv_nsec == UTIME_NOW || t->tv_nsec == UTIME_OMIT ||
	    (t->tv_nsec >= 0 && t->tv_nsec < (int64_t)NSEC_PER_SEC);
}

/* Set the times of what DIRFD, ADDR and FLAGS mean; an address of 0 is DIRFD itself. */
static sysret_t
set_times(int dirfd, vaddr_t addr, const struct linux_timespec times[2], int flags)
{
	struct inode *ip;
	struct file *f;
	err_t err;

	if (addr == 0 && dirfd != AT_FDCWD) {
		if (flags != 0)
			return ERR_INVAL;
		f = fd_lookup(proc_current(), dirfd);
		return f != NULL ? inode_set_times(file_inode(f), times) : ERR_BADF;
	}
	if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
		return ERR_INVAL;
	err = find_inode_at(dirfd, addr, flags, &ip);
	if (err != ERR_OK)
		return err;
	err = inode_set_times(ip, times);
	inode_put(ip);
	return err;
}

static const struct linux_timespec both_now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };

sysret_t
sys_utimensat(void *arg)
{
	struct linux_timespec times[2];
	vaddr_t from = arg_u64(arg, 2);

	if (from == 0)
		return set_times(arg_int(arg, 0), arg_u64(arg, 1), both_now, arg_int(arg, 3));
	if (copy_from_user(times, from, sizeof(times)) != ERR_OK)
		return ERR_FAULT;
	if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
		return ERR_OK;		/* whatever the path is */
	if (!is_time(&times[0]) || !is_time(&times[1]))
		return ERR_INVAL;
	return set_times(arg_int(arg, 0), arg_u64(arg, 1), times, arg_int(arg, 3));
}

/* The same with microseconds. */
static sysret_t
set_timevals(int dirfd, vaddr_t addr, vaddr_t from)
{
	struct linux_timeval given[2];
	struct linux_timespec times[2];

	if (from == 0)
		return set_times(dirfd, addr, both_now, 0);
	if (copy_from_user(given, from, sizeof(given)) != ERR_OK)
		return ERR_FAULT;
	for (int i = 0; i < 2; i++) {
		if (given[i].tv_usec < 0 || given[i].tv_usec >= (int64_t)USEC_PER_SEC)
			return ERR_INVAL;
		times[i].tv_sec = given[i].tv_sec;
		times[i].tv_nsec = given[i].tv_usec * (int64_t)NSEC_PER_USEC;
	}
	return set_times(dirfd, addr, times, 0);
}

sysret_t
sys_utimes(void *arg)
{
	return set_timevals(AT_FDCWD, arg_u64(arg, 0), arg_u64(arg, 1));
}

sysret_t
sys_futimesat(void *arg)
{
	return set_timevals(arg_int(arg, 0), arg_u64(arg, 1), arg_u64(arg, 2));
}

/* The same with whole seconds. */
sysret_t
sys_utime(void *arg)
{
	vaddr_t from = arg_u64(arg, 1);
	int64_t seconds[2];

	if (from == 0)
		return set_times(AT_FDCWD, arg_u64(arg, 0), both_now, 0);
	if (copy_from_user(seconds, from, sizeof(seconds)) != ERR_OK)
		return ERR_FAULT;
	return set_times(AT_FDCWD, arg_u64(arg, 0),
	    (struct linux_timespec[2]){ { seconds[0], 0 }, { seconds[1], 0 } }, 0);
}

/* --- length --- */

sysret_t
sys_truncate(void *arg)
{
	int64_t size = (int64_t)arg_u64(arg, 1);
	struct inode *ip;
	err_t err;

	if (size < 0)
		return ERR_INVAL;
	err = find_inode_at(AT_FDCWD, arg_u64(arg, 0), 0, &ip);
	if (err != ERR_OK)
		return err;
	err = inode_truncate(ip, (uint64_t)size);
	inode_put(ip);
	return err;
}
