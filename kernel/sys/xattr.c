/* SPDX-License-Identifier: MIT */
/*
 * Extended attributes, xattr(7): no file has any, and none can be given.  The calls find what
 * is wrong with their arguments, and say the rest as a file system without attributes does.
 */
#include "mm/usercopy.h"
#include "proc.h"
#include "sys/path.h"
#include "syscall.h"

#define XATTR_NAME_MAX	255

/* Is the attribute's name at ADDR one?  => ERR_RANGE, ERR_FAULT */
static err_t
check_name(vaddr_t addr)
{
	char name[XATTR_NAME_MAX + 1];
	ssize_t len = copy_string_from_user(name, addr, sizeof(name));

	if (len < 0)
		return len == ERR_NAMETOOLONG ? ERR_RANGE : (err_t)len;
	return len == 0 ? ERR_RANGE : ERR_OK;
}

/* Is there a file at the path ADDR? */
static err_t
check_path(vaddr_t addr, int flags)
{
	struct inode *ip;
	err_t err = find_inode_at(AT_FDCWD, addr, flags, &ip);

	if (err == ERR_OK)
		inode_put(ip);
	return err;
}

static err_t
check_fd(int fd)
{
	return fd_lookup(proc_current(), fd) != NULL ? ERR_OK : ERR_BADF;
}

/* The end of a call about one attribute of a file that FOUND tells about. */
static sysret_t
about_name(err_t found, vaddr_t name)
{
	err_t err = found == ERR_OK ? check_name(name) : found;

	return err == ERR_OK ? ERR_OPNOTSUPP : err;
}

/* getxattr, setxattr, removexattr: a path, a name, and what else there is. */
sysret_t
sys_xattr(void *arg)
{
	return about_name(check_path(arg_u64(arg, 0), 0), arg_u64(arg, 1));
}

/* lgetxattr, lsetxattr, lremovexattr */
sysret_t
sys_lxattr(void *arg)
{
	return about_name(check_path(arg_u64(arg, 0), AT_SYMLINK_NOFOLLOW), arg_u64(arg, 1));
}

/* fgetxattr, fsetxattr, fremovexattr */
sysret_t
sys_fxattr(void *arg)
{
	return about_name(check_fd(arg_int(arg, 0)), arg_u64(arg, 1));
}

/* listxattr, llistxattr, flistxattr: the list is empty. */
sysret_t
sys_listxattr(void *arg)
{
	return check_path(arg_u64(arg, 0), 0);
}

sysret_t
sys_llistxattr(void *arg)
{
	return check_path(arg_u64(arg, 0), AT_SYMLINK_NOFOLLOW);
}

sysret_t
sys_flistxattr(void *arg)
{
	return check_fd(arg_int(arg, 0));
}
