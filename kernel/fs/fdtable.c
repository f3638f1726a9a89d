/* SPDX-License-Identifier: MIT */
/*
 * File descriptors: a process' table of open files, and its current directory.
 * Each entry owns one reference.  A short table lies in the process itself, so that fork
 * needs no memory for it; a longer one is allocated, and stays until the process ends.
 */
#include "fs/inode.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "panic.h"
#include "proc.h"
#include "sys/abi_proc.h"

#define UMASK_INIT	022

struct file *
fd_lookup_any(struct proc *p, int fd)
{
	return fd >= 0 && fd < p->n_fds ? p->fds[fd].file : NULL;
}

struct file *
fd_lookup(struct proc *p, int fd)
{
	struct file *f = fd_lookup_any(p, fd);

	return f == NULL || file_is_path(f) ? NULL : f;
}

int
fd_count(const struct proc *p)
{
	return p->n_fds;
}

int
fd_limit(const struct proc *p)
{
	return min(p->rlim[RLIMIT_NOFILE].cur, (uint64_t)PROC_MAX_FILES);
}

static void
table_free(struct proc *p)
{
	if (p->fds != p->first_fds)
		kfree(p->fds);
	p->fds = NULL;
	p->n_fds = 0;
}

err_t
fd_reserve(struct proc *p, int fd)
{
	struct fd *table = p->first_fds;
	int n = PROC_FIRST_FILES;

	if (fd < p->n_fds)
		return ERR_OK;
	while (n <= fd)
		n *= 2;
	if (n > PROC_FIRST_FILES) {
		table = kzalloc(n * sizeof(*table));
		if (table == NULL)
			return ERR_NOMEM;
		if (p->n_fds > 0)
			memcpy(table, p->fds, p->n_fds * sizeof(*table));
		table_free(p);
	}
	p->fds = table;
	p->n_fds = n;
	return ERR_OK;
}

int
fd_find_free(struct proc *p, int from)
{
	int limit = fd_limit(p);

	for (int fd = from; fd < limit; fd++) {
		if (fd >= p->n_fds) {
			err_t err = fd_reserve(p, fd);

			return err == ERR_OK ? fd : err;
		}
		if (p->fds[fd].file == NULL)
			return fd;
	}
	return ERR_MFILE;
}

void
fd_install(struct proc *p, int fd, struct file *f, bool cloexec)
{
	struct file *old = p->fds[fd].file;

	p->fds[fd] = (struct fd){ f, cloexec };
	if (old != NULL)
		file_put(old);
}

bool
fd_closes_on_exec(const struct proc *p, int fd)
{
	return p->fds[fd].cloexec;
}

void
fd_set_cloexec(struct proc *p, int fd, bool cloexec)
{
	p->fds[fd].cloexec = cloexec;
}

err_t
fd_close(struct proc *p, int fd)
{
	if (fd_lookup_any(p, fd) == NULL)
		return ERR_BADF;
	fd_install(p, fd, NULL, false);
	return ERR_OK;
}

err_t
files_copy(struct proc *dst, struct proc *src)
{
	int n = src->n_fds;
	err_t err = ERR_OK;

	kassert(dst->n_fds == 0);
	while (n > 0 && src->fds[n - 1].file == NULL)
		n--;
	if (n > 0)
		err = fd_reserve(dst, n - 1);
	if (err != ERR_OK)
		return err;
	for (int fd = 0; fd < n; fd++) {
		if (src->fds[fd].file != NULL)
			fd_install(dst, fd, file_get(src->fds[fd].file), src->fds[fd].cloexec);
	}
	dst->cwd = src->cwd != NULL ? inode_get(src->cwd) : NULL;
	dst->root = src->root != NULL ? inode_get(src->root) : NULL;
	dst->umask = src->umask;
	return ERR_OK;
}

void
files_close_on_exec(struct proc *p)
{
	for (int fd = 0; fd < p->n_fds; fd++) {
		if (p->fds[fd].cloexec)
			fd_install(p, fd, NULL, false);
	}
}

void
files_close_all(struct proc *p)
{
	for (int fd = 0; fd < p->n_fds; fd++)
		fd_install(p, fd, NULL, false);
	table_free(p);
	inode_put(p->cwd);
	inode_put(p->root);
	p->cwd = p->root = NULL;
}

err_t
files_open_console(struct proc *p)
{
	struct file *f;
	err_t err = fd_reserve(p, 2);

	if (err == ERR_OK)
		err = file_open(NULL, "/dev/console", O_RDWR, 0, &f);
	if (err != ERR_OK)
		return err;
	fd_install(p, 0, f, false);
	fd_install(p, 1, file_get(f), false);
	fd_install(p, 2, file_get(f), false);
	p->cwd = inode_get(fs_root);
	p->umask = UMASK_INIT;
	return ERR_OK;
}
