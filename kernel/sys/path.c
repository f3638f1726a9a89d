/* SPDX-License-Identifier: MIT */
/*
 * Paths from user memory, and the system calls that open them or go there.
 */
#include "sys/path.h"

#include "lib/string.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"

err_t
fetch_path(vaddr_t addr, char path[PATH_MAX])
{
	ssize_t len = copy_string_from_user(path, addr, PATH_MAX);

	if (len < 0)
		return len;
	return len == 0 ? ERR_NOENT : ERR_OK;
}

err_t
find_start(int dirfd, const char *path, struct inode **start)
{
	struct proc *p = proc_current();
	struct file *f;

	*start = path[0] == '/' ? NULL : p->cwd;
	if (path[0] == '/' || dirfd == AT_FDCWD)
		return ERR_OK;
	f = fd_lookup_any(p, dirfd);
	if (f == NULL)
		return ERR_BADF;
	*start = file_inode(f);
	return inode_is_dir(*start) ? ERR_OK : ERR_NOTDIR;
}

err_t
fetch_path_at(int dirfd, vaddr_t addr, char path[PATH_MAX], struct inode **start)
{
	err_t err = fetch_path(addr, path);

	return err == ERR_OK ? find_start(dirfd, path, start) : err;
}

/* The inode that descriptor DIRFD is open on. */
static err_t
inode_of_fd(int dirfd, struct inode **out)
{
	struct proc *p = proc_current();
	struct file *f;

	if (dirfd == AT_FDCWD) {
		*out = inode_get(p->cwd);
		return ERR_OK;
	}
	f = fd_lookup_any(p, dirfd);
	if (f == NULL)
		return ERR_BADF;
	*out = inode_get(file_inode(f));
	return ERR_OK;
}

err_t
find_inode_at(int dirfd, vaddr_t addr, int flags, struct inode **out)
{
	char path[PATH_MAX];
	struct inode *start;
	err_t err = fetch_path(addr, path);

	if (err == ERR_NOENT && (flags & AT_EMPTY_PATH))
		return inode_of_fd(dirfd, out);
	if (err == ERR_OK)
		err = find_start(dirfd, path, &start);
	if (err != ERR_OK)
		return err;
	if (flags & AT_SYMLINK_NOFOLLOW)
		return inode_lookup_link(start, path, out);
	return inode_lookup(start, path, out);
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
		err = file_open(start, path, flags, mode & ~p->umask, &f);
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

sysret_t
sys_creat(void *arg)
{
	return open_at(AT_FDCWD, arg_u64(arg, 0), O_CREAT | O_WRONLY | O_TRUNC, arg_int(arg, 1));
}

/* Make IP the current directory.  => takes over the reference */
static sysret_t
change_directory(struct inode *ip)
{
	struct proc *p = proc_current();

	if (!inode_is_dir(ip)) {
		inode_put(ip);
		return ERR_NOTDIR;
	}
	inode_put(p->cwd);
	p->cwd = ip;
	return ERR_OK;
}

sysret_t
sys_chdir(void *arg)
{
	struct inode *ip;
	err_t err = find_inode_at(AT_FDCWD, arg_u64(arg, 0), 0, &ip);

	return err == ERR_OK ? change_directory(ip) : (sysret_t)err;
}

sysret_t
sys_fchdir(void *arg)
{
	struct file *f = fd_lookup_any(proc_current(), arg_int(arg, 0));

	return f != NULL ? change_directory(inode_get(file_inode(f))) : (sysret_t)ERR_BADF;
}

sysret_t
sys_chroot(void *arg)
{
	struct proc *p = proc_current();
	struct inode *ip;
	err_t err = find_inode_at(AT_FDCWD, arg_u64(arg, 0), 0, &ip);

	if (err != ERR_OK)
		return err;
	if (!inode_is_dir(ip)) {
		inode_put(ip);
		return ERR_NOTDIR;
	}
	inode_put(p->root);
	p->root = ip;
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
sys_umask(void *arg)
{
	struct proc *p = proc_current();
	uint32_t old = p->umask;

	p->umask = arg_int(arg, 0) & 0777;
	return old;
}
