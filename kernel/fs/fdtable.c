/* SPDX-License-Identifier: MIT */
/*
 * File descriptors: a process' table of open files, and its current directory.
 * Each entry owns one reference.
 */
#include "fs/inode.h"
#include "panic.h"
#include "proc.h"
#include "sys/abi_proc.h"

#define UMASK_INIT	022

_Static_assert(PROC_MAX_FILES <= 32, "proc.cloexec has a bit for each descriptor");

struct file *
fd_lookup(struct proc *p, int fd)
{
	return fd >= 0 && fd < PROC_MAX_FILES ? p->files[fd] : NULL;
}

int
fd_count(unused_arg const struct proc *p)
{
	return PROC_MAX_FILES;
}

int
fd_limit(const struct proc *p)
{
	return min(p->rlim[RLIMIT_NOFILE].cur, (uint64_t)PROC_MAX_FILES);
}

int
fd_find_free(const struct proc *p, int from)
{
	int limit = fd_limit(p);

	for (int fd = from; fd < limit; fd++) {
		if (p->files[fd] == NULL)
			return fd;
	}
	return ERR_MFILE;
}

void
fd_set_cloexec(struct proc *p, int fd, bool on)
{
	p->cloexec &= ~(1u << fd);
	p->cloexec |= (uint32_t)on << fd;
}

void
fd_install(struct proc *p, int fd, struct file *f, bool cloexec)
{
	struct file *old = p->files[fd];

	p->files[fd] = f;
	fd_set_cloexec(p, fd, cloexec);
	if (old != NULL)
		file_put(old);
}

err_t
fd_close(struct proc *p, int fd)
{
	if (fd_lookup(p, fd) == NULL)
		return ERR_BADF;
	fd_install(p, fd, NULL, false);
	return ERR_OK;
}

void
files_copy(struct proc *dst, struct proc *src)
{
	for (int fd = 0; fd < PROC_MAX_FILES; fd++) {
		kassert(dst->files[fd] == NULL);
		if (src->files[fd] != NULL)
			dst->files[fd] = file_get(src->files[fd]);
	}
	dst->cloexec = src->cloexec;
	dst->cwd = src->cwd != NULL ? inode_get(src->cwd) : NULL;
	dst->umask = src->umask;
}

void
files_close_on_exec(struct proc *p)
{
	for (int fd = 0; fd < PROC_MAX_FILES; fd++) {
		if (p->cloexec & 1u << fd)
			fd_install(p, fd, NULL, false);
	}
}

void
files_close_all(struct proc *p)
{
	for (int fd = 0; fd < PROC_MAX_FILES; fd++)
		fd_install(p, fd, NULL, false);
	inode_put(p->cwd);
	p->cwd = NULL;
}

err_t
files_open_console(struct proc *p)
{
	struct file *f;
	err_t err = file_open(NULL, "/dev/console", O_RDWR, 0, &f);

	if (err != ERR_OK)
		return err;
	fd_install(p, 0, f, false);
	fd_install(p, 1, file_get(f), false);
	fd_install(p, 2, file_get(f), false);
	p->cwd = inode_get(fs_root);
	p->umask = UMASK_INIT;
	return ERR_OK;
}
