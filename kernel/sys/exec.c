/* SPDX-License-Identifier: MIT */
/*
 * execve(2) and execveat(2): gather path and strings from user memory, then let
 * proc_exec_clean do it.  No inode is held while user memory is touched (sys/path.h).
 */
#include "fs/fs.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"
#include "sys/abi.h"
#include "sys/path.h"

/* The file descriptor's place in a path that is given from DIRFD, as Linux tells it to scripts. */
#define FD_PREFIX_MAX	sizeof("/dev/fd/-2147483648/")

/*
 * Copy the path at user address ADDR, which is seen from DIRFD; an empty one with
 * AT_EMPTY_PATH in FLAGS.
 * => *SEEN is how much of the name comes before it
 * => ERR_FAULT, ERR_NAMETOOLONG, ERR_NOENT, ERR_NOMEM
 */
static __attribute__((noinline)) err_t
push_path(struct exec_info *info, int dirfd, vaddr_t addr, int flags, size_t *seen)
{
	char path[PATH_MAX];		/* gone from the kernel's stack when exec begins */
	char prefix[FD_PREFIX_MAX] = "";
	err_t err = fetch_path(addr, path);

	if (err == ERR_NOENT && (flags & AT_EMPTY_PATH))
		err = ERR_OK;
	if (err != ERR_OK)
		return err;
	if (path[0] == '\0')
		ksnprintf(prefix, sizeof(prefix), "/dev/fd/%d", dirfd);
	else if (path[0] != '/' && dirfd != AT_FDCWD)
		ksnprintf(prefix, sizeof(prefix), "/dev/fd/%d/", dirfd);
	*seen = strlen(prefix);
	return exec_push_path(info, prefix, path);
}

/*
 * Count the pointers of the NULL-terminated user array at ADDR (0: an empty one, as on
 * Linux).  They take room too: of more than MOST not even the pointers would fit.
 */
static err_t
count_pointers(vaddr_t addr, size_t most, size_t *count)
{
	vaddr_t string;

	*count = 0;
	while (addr != 0) {
		const vaddr_t at = addr + *count * sizeof(string);

		if (copy_from_user(&string, at, sizeof(string)) != ERR_OK)
			return ERR_FAULT;
		if (string == 0)
			break;
		if ((*count)++ == most)
			return ERR_2BIG;
	}
	return ERR_OK;
}

/* Push the COUNT strings that the user array at ADDR points to.  => where they begin in *AT */
static err_t
push_strings(struct exec_args *a, vaddr_t addr, size_t count, vaddr_t *at)
{
	vaddr_t string;
	err_t err = ERR_OK;

	while (count-- > 0 && err == ERR_OK) {
		err = copy_from_user(&string, addr + count * sizeof(string), sizeof(string));
		if (err == ERR_OK)
			err = args_push_user(a, string);
	}
	*at = a->sp;
	return err;
}

/*
 * Gather the strings of the arrays ARGV and ENVP, which share the limit with their pointers.
 * There is always a first argument, as on Linux, but not on a stack of the lab.
 */
static err_t
push_arrays(struct exec_info *info, vaddr_t argv, vaddr_t envp)
{
	struct exec_args *a = &info->args;
	const size_t most = (a->sp - a->limit) / sizeof(vaddr_t);
	err_t err;

	if ((err = count_pointers(argv, most, &a->argc)) != ERR_OK ||
	    (err = count_pointers(envp, most, &a->envc)) != ERR_OK)
		return err;
	if (max(a->argc, 1ul) + a->envc >= most)
		return ERR_2BIG;
	a->limit += (max(a->argc, 1ul) + a->envc) * sizeof(vaddr_t);
	if ((err = push_strings(a, envp, a->envc, &a->env)) != ERR_OK ||
	    (err = push_strings(a, argv, a->argc, &a->argv)) != ERR_OK)
		return err;
	if (a->argc > 0 || info->one_page)
		return ERR_OK;
	a->argc = 1;
	err = args_push(a, "");
	a->argv = a->sp;
	return err;
}

/* What DIRFD is open on, for an empty path. */
static err_t
find_open_file(int dirfd, struct inode **out)
{
	struct proc *p = proc_current();
	struct file *f = fd_lookup(p, dirfd);

	if (dirfd != AT_FDCWD && f == NULL)
		return ERR_BADF;
	*out = inode_get(dirfd != AT_FDCWD ? file_inode(f) : p->cwd);
	return ERR_OK;
}

/* What PATH names, seen from DIRFD, if it is not a link. */
static err_t
find_no_link(int dirfd, const char *path, struct inode **out)
{
	struct linux_stat st;
	struct inode *start;
	err_t err = find_start(dirfd, path, &start);

	if (err == ERR_OK)
		err = inode_lookup_link(start, path, out);
	if (err != ERR_OK)
		return err;
	inode_stat(*out, &st);
	if ((st.st_mode & S_IFMT) != S_IFLNK)
		return ERR_OK;
	inode_put(*out);
	return ERR_LOOP;
}

/* Find the file PATH, seen from DIRFD, if it may be executed.  FLAGS: AT_ */
static err_t
find_file(int dirfd, const char *path, int flags, struct inode **out)
{
	struct inode *start;
	err_t err;

	if (path[0] == '\0')
		err = find_open_file(dirfd, out);
	else if (flags & AT_SYMLINK_NOFOLLOW)
		err = find_no_link(dirfd, path, out);
	else if ((err = find_start(dirfd, path, &start)) == ERR_OK)
		err = inode_lookup(start, path, out);
	return err == ERR_OK ? exec_check(*out) : err;
}

static sysret_t
exec_at(int dirfd, vaddr_t path, vaddr_t argv, vaddr_t envp, int flags)
{
	struct proc *p = proc_current();
	struct inode *ip;
	size_t seen;
	err_t err = exec_begin(p);

	if (err != ERR_OK)
		return err;
	err = push_path(p->exec, dirfd, path, flags, &seen);
	if (err == ERR_OK)
		err = push_arrays(p->exec, argv, envp);
	if (err == ERR_OK && (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) != 0)
		err = ERR_INVAL;
	if (err == ERR_OK)
		err = find_file(dirfd, p->exec->path + seen, flags, &ip);
	if (err == ERR_OK) {
		err = proc_exec_clean(ip);
		inode_put(ip);
	}
	exec_end(p);
	return err;
}

sysret_t
sys_execve(void *arg)
{
	return exec_at(AT_FDCWD, arg_u64(arg, 0), arg_u64(arg, 1), arg_u64(arg, 2), 0);
}

sysret_t
sys_execveat(void *arg)
{
	return exec_at(arg_int(arg, 0), arg_u64(arg, 1), arg_u64(arg, 2), arg_u64(arg, 3),
	    arg_int(arg, 4));
}
