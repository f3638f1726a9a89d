/* SPDX-License-Identifier: MIT */
/*
 * What is known about a file besides its contents: inode(7).  Times are kept as the
 * time-stamp counter had them, and become times of day when somebody asks: most programs
 * never do, and the clock costs something at the first look.
 */
#include "fs/inode.h"

#include "clock.h"
#include "lib/string.h"
#include "mm/pmem.h"
#include "sys/abi_file.h"

static struct linux_timespec
stamp_time(struct stamp s)
{
	uint64_t ns;

	if (s.nsec != STAMP_TICKS)
		return (struct linux_timespec){ s.value, s.nsec };
	ns = clock_epoch() + clock_from_tsc((uint64_t)s.value);
	return (struct linux_timespec){
		.tv_sec = (int64_t)(ns / NSEC_PER_SEC),
		.tv_nsec = (int64_t)(ns % NSEC_PER_SEC),
	};
}

struct stamp
stamp_now(void)
{
	return (struct stamp){ (int64_t)clock_ticks(), STAMP_TICKS };
}

/* Is A later than B? */
static bool
stamp_after(struct stamp a, struct stamp b)
{
	struct linux_timespec x, y;

	if (a.nsec == STAMP_TICKS && b.nsec == STAMP_TICKS)
		return a.value > b.value;
	x = stamp_time(a);
	y = stamp_time(b);
	return x.tv_sec != y.tv_sec ? x.tv_sec > y.tv_sec : x.tv_nsec > y.tv_nsec;
}

void
inode_changed(struct inode *ip)
{
	ip->ctime = stamp_now();
}

void
inode_modified(struct inode *ip)
{
	ip->mtime = ip->ctime = stamp_now();
}

/* The first look after a change counts, as with Linux' relatime. */
void
inode_was_read(struct inode *ip)
{
	if (!stamp_after(ip->atime, ip->mtime) || !stamp_after(ip->atime, ip->ctime))
		ip->atime = stamp_now();
}

/* The file system that IP is in, as st_dev has it. */
static uint64_t
device_of(const struct inode *ip) REQUIRES(fs_lock)
{
	if (ip->dynamic != NULL)
		return PROC_DEV;
	return inode_is_fifo(ip) && ip->nlink == 0 ? PIPE_DEV : INODE_DEV;
}

void
inode_stat(const struct inode *ip, struct linux_stat *st)
{
	memset(st, 0, sizeof(*st));
	spin_lock(&fs_lock);
	st->st_dev = device_of(ip);
	st->st_ino = ip->ino;
	st->st_nlink = ip->nlink;
	st->st_mode = ip->mode;
	st->st_uid = ip->uid;
	st->st_gid = ip->gid;
	st->st_rdev = ip->dev != NULL ? ip->dev->rdev : 0;
	st->st_blksize = PG_SIZE;
	st->st_atim = stamp_time(ip->atime);
	st->st_mtim = stamp_time(ip->mtime);
	st->st_ctim = stamp_time(ip->ctime);
	if (inode_is_reg(ip) && ip->dynamic == NULL) {
		st->st_size = ip->data.size;
		st->st_blocks = data_blocks(&ip->data);
	} else if (inode_is_link(ip) && ip->dynamic == NULL) {
		st->st_size = ip->link.len;
	}
	spin_unlock(&fs_lock);
}

/* What /proc shows cannot be changed. */
static err_t
may_change(const struct inode *ip)
{
	return ip->dynamic == NULL ? ERR_OK : ERR_PERM;
}

err_t
inode_chmod(struct inode *ip, int mode)
{
	err_t err = may_change(ip);

	if (err != ERR_OK)
		return err;
	if (inode_is_link(ip))
		return ERR_OPNOTSUPP;
	spin_lock(&fs_lock);
	ip->mode = (ip->mode & S_IFMT) | (mode & 07777);
	inode_changed(ip);
	spin_unlock(&fs_lock);
	return ERR_OK;
}

err_t
inode_chown(struct inode *ip, uint32_t uid, uint32_t gid)
{
	err_t err = may_change(ip);

	if (err != ERR_OK)
		return err;
	spin_lock(&fs_lock);
	if (uid != ID_KEPT)
		ip->uid = uid;
	if (gid != ID_KEPT)
		ip->gid = gid;
	if (!inode_is_dir(ip)) {	/* another owner's program does not run with his rights */
		ip->mode &= ~S_ISUID;
		if (ip->mode & 0010)
			ip->mode &= ~S_ISGID;
	}
	inode_changed(ip);
	spin_unlock(&fs_lock);
	return ERR_OK;
}

static void
set_time(struct stamp *stamp, const struct linux_timespec *t)
{
	if (t->tv_nsec == UTIME_NOW)
		*stamp = stamp_now();
	else if (t->tv_nsec != UTIME_OMIT)
		*stamp = (struct stamp){ t->tv_sec, (uint32_t)t->tv_nsec };
}

err_t
inode_set_times(struct inode *ip, const struct linux_timespec times[2])
{
	err_t err = may_change(ip);

	if (err != ERR_OK)
		return err;
	spin_lock(&fs_lock);
	set_time(&ip->atime, &times[0]);
	set_time(&ip->mtime, &times[1]);
	inode_changed(ip);
	spin_unlock(&fs_lock);
	return ERR_OK;
}

err_t
inode_truncate(struct inode *ip, uint64_t size)
{
	err_t err;

	if (inode_is_dir(ip))
		return ERR_ISDIR;
	if (!inode_is_reg(ip))
		return ERR_INVAL;
	if (ip->dynamic != NULL)
		return ERR_ACCESS;
	spin_lock(&fs_lock);
	err = data_truncate(&ip->data, size);
	if (err == ERR_OK)
		inode_modified(ip);
	spin_unlock(&fs_lock);
	return err;
}

void
inode_statfs(const struct inode *ip, struct linux_statfs *st)
{
	size_t most = pagetree_frames_max(), used;

	memset(st, 0, sizeof(*st));
	st->f_type = ip->dynamic != NULL ? PROC_SUPER_MAGIC : TMPFS_MAGIC;
	st->f_bsize = st->f_frsize = PG_SIZE;
	st->f_namelen = NAME_MAX;
	if (ip->dynamic != NULL)
		return;
	spin_lock(&fs_lock);
	used = pagetree_frames();
	spin_unlock(&fs_lock);
	st->f_blocks = most;
	st->f_bfree = st->f_bavail = min(most - used, pmem_free_count());
}
