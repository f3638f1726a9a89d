/* SPDX-License-Identifier: MIT */
/*
 * System calls that make, change and remove names.
 */
#include "lib/string.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "sys/path.h"
#include "syscall.h"

static sysret_t
mkdir_at(int dirfd, vaddr_t addr, int mode)
{
	char path[PATH_MAX];
	struct inode *start;
	err_t err = fetch_path_at(dirfd, addr, path, &start);

	if (err != ERR_OK)
		return err;
	return inode_mkdir(start, path, mode & ~proc_current()->umask);
}

sysret_t
sys_mkdir(void *arg)
{
	return mkdir_at(AT_FDCWD, arg_u64(arg, 0), arg_int(arg, 1));
}

sysret_t
sys_mkdirat(void *arg)
{
	return mkdir_at(arg_int(arg, 0), arg_u64(arg, 1), arg_int(arg, 2));
}

/* mknod(2): files and FIFOs; the devices that there are are in /dev. */
static sysret_t
mknod_at(int dirfd, vaddr_t addr, int mode)
{
	uint32_t perm = mode & 07777 & ~proc_current()->umask;
	char path[PATH_MAX];
	struct inode *start;
	err_t err;

	switch (mode & S_IFMT) {
	case 0:
	case S_IFREG:
		perm |= S_IFREG;
		break;
	case S_IFIFO:
		perm |= S_IFIFO;
		break;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFSOCK:
	case S_IFDIR:
		return ERR_PERM;
	default:
		return ERR_INVAL;
	}
	err = fetch_path_at(dirfd, addr, path, &start);
	return err == ERR_OK ? inode_mknod(start, path, perm) : err;
}

sysret_t
sys_mknod(void *arg)
{
	return mknod_at(AT_FDCWD, arg_u64(arg, 0), arg_int(arg, 1));
}

sysret_t
sys_mknodat(void *arg)
{
	return mknod_at(arg_int(arg, 0), arg_u64(arg, 1), arg_int(arg, 2));
}

static sysret_t
unlink_at(int dirfd, vaddr_t addr, int flags)
{
	char path[PATH_MAX];
	struct inode *start;
	err_t err;

	if ((flags & ~AT_REMOVEDIR) != 0)
		return ERR_INVAL;
	err = fetch_path_at(dirfd, addr, path, &start);
	if (err != ERR_OK)
		return err;
	return flags != 0 ? inode_rmdir(start, path) : inode_unlink(start, path);
}

sysret_t
sys_rmdir(void *arg)
{
	return unlink_at(AT_FDCWD, arg_u64(arg, 0), AT_REMOVEDIR);
}

sysret_t
sys_unlink(void *arg)
{
	return unlink_at(AT_FDCWD, arg_u64(arg, 0), 0);
}

sysret_t
sys_unlinkat(void *arg)
{
	return unlink_at(arg_int(arg, 0), arg_u64(arg, 1), arg_int(arg, 2));
}

static sysret_t
link_at(int dirfd, vaddr_t addr, int new_dirfd, vaddr_t new_addr, int flags)
{
	int how = flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW;
	char path[PATH_MAX];
	struct inode *start, *ip;
	err_t err;

	if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0)
		return ERR_INVAL;
	err = fetch_path_at(new_dirfd, new_addr, path, &start);
	if (err != ERR_OK)
		return err;
	err = find_inode_at(dirfd, addr, how | (flags & AT_EMPTY_PATH), &ip);
	if (err != ERR_OK)
		return err;
	err = inode_link(ip, start, path);
	inode_put(ip);
	return err;
}

sysret_t
sys_link(void *arg)
{
	return link_at(AT_FDCWD, arg_u64(arg, 0), AT_FDCWD, arg_u64(arg, 1), 0);
}

sysret_t
sys_linkat(void *arg)
{
	return link_at(arg_int(arg, 0), arg_u64(arg, 1), arg_int(arg, 2), arg_u64(arg, 3),
	    (int)arg_u64(arg, 4));
}

static sysret_t
rename_at(int dirfd, vaddr_t addr, int new_dirfd, vaddr_t new_addr, unsigned flags)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct inode *from_start, *to_start;
	err_t err = fetch_path_at(dirfd, addr, from, &from_start);

	if (err == ERR_OK)
		err = fetch_path_at(new_dirfd, new_addr, to, &to_start);
	if (err != ERR_OK)
		return err;
	return inode_rename(from_start, from, to_start, to, flags);
}

sysret_t
sys_rename(void *arg)
{
	return rename_at(AT_FDCWD, arg_u64(arg, 0), AT_FDCWD, arg_u64(arg, 1), 0);
}

sysret_t
sys_renameat(void *arg)
{
	return rename_at(arg_int(arg, 0), arg_u64(arg, 1), arg_int(arg, 2), arg_u64(arg, 3), 0);
}

sysret_t
sys_renameat2(void *arg)
{
	return rename_at(arg_int(arg, 0), arg_u64(arg, 1), arg_int(arg, 2), arg_u64(arg, 3),
	    (unsigned)arg_u64(arg, 4));
}

static sysret_t
symlink_at(vaddr_t text_addr, int dirfd, vaddr_t addr)
{
	char text[PATH_MAX], path[PATH_MAX];
	struct inode *start;
	err_t err = fetch_path(text_addr, text);

	if (err == ERR_OK)
		err = fetch_path_at(dirfd, addr, path, &start);
	if (err != ERR_OK)
		return err;
	return inode_symlink(text, start, path);
}

sysret_t
sys_symlink(void *arg)
{
	return symlink_at(arg_u64(arg, 0), AT_FDCWD, arg_u64(arg, 1));
}

sysret_t
sys_symlinkat(void *arg)
{
	return symlink_at(arg_u64(arg, 0), arg_int(arg, 1), arg_u64(arg, 2));
}

static sysret_t
readlink_at(int dirfd, vaddr_t addr, vaddr_t buf, int n)
{
	char text[PATH_MAX];
	struct inode *ip;
	ssize_t len;
	err_t err;

	if (n <= 0)
		return ERR_INVAL;
	err = find_inode_at(dirfd, addr, AT_SYMLINK_NOFOLLOW, &ip);
	if (err != ERR_OK)
		return err;
	len = inode_readlink(ip, text, min((size_t)n, sizeof(text)));
	inode_put(ip);
	if (len < 0)
		return len;
	err = copy_to_user(buf, text, len);
	return err == ERR_OK ? len : err;
}

sysret_t
sys_readlink(void *arg)
{
	return readlink_at(AT_FDCWD, arg_u64(arg, 0), arg_u64(arg, 1), arg_int(arg, 2));
}

sysret_t
sys_readlinkat(void *arg)
{
	return readlink_at(arg_int(arg, 0), arg_u64(arg, 1), arg_u64(arg, 2), arg_int(arg, 3));
}
