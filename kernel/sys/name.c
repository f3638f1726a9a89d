/* SPDX-License-Identifier: MIT */
/*
 * System calls that make, change and remove names.
 */
#include "lib/string.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "sys/path.h"
#include "syscall.h"

sysret_t
sys_mkdir(void *arg)
{
	struct proc *p = proc_current();
	char path[PATH_MAX];
	err_t err = fetch_path(arg_u64(arg, 0), path);

	if (err != ERR_OK)
		return err;
	return inode_mkdir(p->cwd, path, arg_int(arg, 1) & ~p->umask);
}

sysret_t
sys_rmdir(void *arg)
{
	char path[PATH_MAX];
	err_t err = fetch_path(arg_u64(arg, 0), path);

	if (err != ERR_OK)
		return err;
	return inode_rmdir(proc_current()->cwd, path);
}

sysret_t
sys_unlink(void *arg)
{
	char path[PATH_MAX];
	err_t err = fetch_path(arg_u64(arg, 0), path);

	if (err != ERR_OK)
		return err;
	return inode_unlink(proc_current()->cwd, path);
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
