/* SPDX-License-Identifier: MIT */
/*
 * System calls on paths.  The path is copied first, to the kernel stack; inodes
 * and files are only held while no user memory is touched, because a copy may
 * end the process.
 */
#include "fs/fs.h"
#include "lib/string.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"

/*
 * Copy the path at user address ADDR.
 * => ERR_FAULT, ERR_NAMETOOLONG; ERR_NOENT when it is empty
 */
static err_t
fetch_path(vaddr_t addr, char path[PATH_MAX])
{
	ssize_t len = copy_string_from_user(path, addr, PATH_MAX);

	if (len < 0)
		return len;
	return len == 0 ? ERR_NOENT : ERR_OK;
}

/*
 * Where a walk along PATH begins that is given with directory descriptor DIRFD.
 * => borrowed, NULL when PATH is absolute; ERR_BADF, ERR_NOTDIR
 */
static err_t
find_start(int dirfd, const char *path, struct inode **start)
{
	struct proc *p = proc_current();
	struct file *f;

	*start = path[0] == '/' ? NULL : p->cwd;
	if (path[0] == '/' || dirfd == AT_FDCWD)
		return ERR_OK;
	f = fd_lookup(p, dirfd);
	if (f == NULL)
		return ERR_BADF;
	*start = file_inode(f);
	if (*start == NULL || !inode_is_dir(*start))
		return ERR_NOTDIR;
	return ERR_OK;
}

static sysret_t
open_at(int dirfd, vaddr_t addr, int flags, int mode)
{
	struct proc *p = proc_current();
	char path[PATH_MAX];
	struct inode *start;
	struct file *f;
	err_t err;
	int fd;

	err = fetch_path(addr, path);
	if (err != ERR_OK)
		return err;
	fd = fd_find_free(p, 0);
	if (fd < 0)
		return fd;
	err = find_start(dirfd, path, &start);
	if (err == ERR_OK)
		err = file_open(start, path, flags, mode, &f);
	if (err != ERR_OK)
		return err;
	fd_install(p, fd, f, (flags & O_CLOEXEC) != 0);
	return fd;
}

sysret_t
sys_open(void *arg)
{
	return open_at(AT_FDCWD, arg_u64(arg, 0), arg_int(arg, 1), arg_int(arg, 2));
}

sysret_t
sys_openat(void *arg)
{
	return open_at(arg_int(arg, 0), arg_u64(arg, 1), arg_int(arg, 2), arg_int(arg, 3));
}

/* Stat what PATH names, seen from DIRFD. */
static err_t
stat_path(int dirfd, const char *path, struct linux_stat *st)
{
	struct inode *start, *ip;
	err_t err = find_start(dirfd, path, &start);

	if (err == ERR_OK)
		err = inode_lookup(start, path, &ip);
	if (err != ERR_OK)
		return err;
	inode_stat(ip, st);
	inode_put(ip);
	return ERR_OK;
}

/* Stat DIRFD itself: AT_EMPTY_PATH. */
static err_t
stat_fd(int dirfd, struct linux_stat *st)
{
	struct proc *p = proc_current();
	struct file *f;

	if (dirfd == AT_FDCWD) {
		inode_stat(p->cwd, st);
		return ERR_OK;
	}
	f = fd_lookup(p, dirfd);
	if (f == NULL)
		return ERR_BADF;
	file_stat(f, st);
	return ERR_OK;
}

static sysret_t
stat_at(int dirfd, vaddr_t addr, vaddr_t buf, int flags)
{
	char path[PATH_MAX];
	struct linux_stat st;
	err_t err;

	if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
		return ERR_INVAL;
	err = fetch_path(addr, path);
	if (err == ERR_OK)
		err = stat_path(dirfd, path, &st);
	else if (err == ERR_NOENT && (flags & AT_EMPTY_PATH))
		err = stat_fd(dirfd, &st);
	if (err != ERR_OK)
		return err;
	return copy_to_user(buf, &st, sizeof(st));
}

sysret_t
sys_stat(void *arg)
{
	return stat_at(AT_FDCWD, arg_u64(arg, 0), arg_u64(arg, 1), 0);
}

sysret_t
sys_newfstatat(void *arg)
{
	return stat_at(arg_int(arg, 0), arg_u64(arg, 1), arg_u64(arg, 2), arg_int(arg, 3));
}

sysret_t
sys_access(void *arg)
{
	char path[PATH_MAX];
	int mode = arg_int(arg, 1);
	struct inode *ip;
	err_t err;

	if ((mode & ~(R_OK | W_OK | X_OK)) != 0)
		return ERR_INVAL;
	err = fetch_path(arg_u64(arg, 0), path);
	if (err == ERR_OK)
		err = inode_lookup(proc_current()->cwd, path, &ip);
	if (err != ERR_OK)
		return err;
	/* Everybody is root, who may all but execute what nobody may. */
	if ((mode & X_OK) && !inode_is_dir(ip) && !inode_may_exec(ip))
		err = ERR_ACCESS;
	inode_put(ip);
	return err;
}

sysret_t
sys_chdir(void *arg)
{
	struct proc *p = proc_current();
	char path[PATH_MAX];
	struct inode *ip;
	err_t err = fetch_path(arg_u64(arg, 0), path);

	if (err == ERR_OK)
		err = inode_lookup(p->cwd, path, &ip);
	if (err != ERR_OK)
		return err;
	if (!inode_is_dir(ip)) {
		inode_put(ip);
		return ERR_NOTDIR;
	}
	inode_put(p->cwd);
	p->cwd = ip;
	return ERR_OK;
}

sysret_t
sys_getcwd(void *arg)
{
	char path[PATH_MAX];
	ssize_t len = inode_path(proc_current()->cwd, path, sizeof(path));
	err_t err;

	if (len < 0)
		return len == ERR_RANGE ? ERR_NAMETOOLONG : len;
	if ((size_t)len + 1 > arg_u64(arg, 1))
		return ERR_RANGE;
	err = copy_to_user(arg_u64(arg, 0), path, len + 1);
	return err == ERR_OK ? len + 1 : err;
}

sysret_t
sys_mkdir(void *arg)
{
	char path[PATH_MAX];
	err_t err = fetch_path(arg_u64(arg, 0), path);

	if (err != ERR_OK)
		return err;
	return inode_mkdir(proc_current()->cwd, path, arg_int(arg, 1));
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
