/* SPDX-License-Identifier: MIT */
/*
 * The links in /proc, proc(5): to the program a process runs, to its directories, and to
 * the files it has open.  They lead there whatever has become of the names since; the
 * text of the link is only for reading.
 */
#include "fs/procfs.h"

#include "lib/printf.h"
#include "lib/string.h"
#include "panic.h"
#include "proc.h"
#include "sys/abi.h"

#define NUMBER_LEN	11		/* decimal digits of an int, terminated */

ssize_t
proc_path_of(struct inode *ip, char *buf, size_t n)
{
	static const char deleted[] = " (deleted)";
	ssize_t len;

	kassert(n > sizeof(deleted));
	len = inode_path_locked(ip, buf, n - sizeof(deleted));
	if (len < 0 || ip->nlink > 0)
		return len;
	return len + strlcpy(buf + len, deleted, sizeof(deleted));
}

/* The path of where LINK leads, as struct dynamic's text. */
static ssize_t
path_text(struct inode *link, char *buf, size_t n) NO_LOCK_ANALYSIS
{
	static char path[PATH_MAX + 16];	/* fs_lock */
	struct inode *ip = link->dynamic->jump(link);
	ssize_t len = ip != NULL ? proc_path_of(ip, path, sizeof(path)) : ERR_NOENT;

	if (len < 0)
		return len;
	memcpy(buf, path, min(n, (size_t)len));
	return min(n, (size_t)len);
}

static struct inode *
jump_exe(struct inode *link) NO_LOCK_ANALYSIS
{
	struct proc *p = proc_by_pid(link->pid);

	return p != NULL ? p->program : NULL;
}

static struct inode *
jump_cwd(struct inode *link)
{
	struct proc *p = proc_by_pid(link->pid);

	return p != NULL ? p->cwd : NULL;
}

static struct inode *
jump_root(struct inode *link)
{
	struct proc *p = proc_by_pid(link->pid);

	return p != NULL && p->root != NULL ? p->root : fs_root;
}

const struct dynamic proc_exe_link = { .jump = jump_exe, .text = path_text };
const struct dynamic proc_cwd_link = { .jump = jump_cwd, .text = path_text };
const struct dynamic proc_root_link = { .jump = jump_root, .text = path_text };

/* --- open files: link.len is the descriptor --- */

static struct file *
linked_file(struct inode *link)
{
	struct proc *p = proc_by_pid(link->pid);

	return p != NULL ? fd_lookup_any(p, (int)link->link.len) : NULL;
}

static struct inode *
jump_fd(struct inode *link)
{
	struct file *f = linked_file(link);

	return f != NULL ? file_inode(f) : NULL;
}

/* A pipe without a name has a number. */
static ssize_t
fd_text(struct inode *link, char *buf, size_t n)
{
	const struct inode *ip = jump_fd(link);
	char text[32];
	size_t len;

	if (ip == NULL || !inode_is_fifo(ip) || ip->nlink > 0)
		return path_text(link, buf, n);
	len = ksnprintf(text, sizeof(text), "pipe:[%lu]", ip->ino);
	memcpy(buf, text, min(n, len));
	return min(n, len);
}

static const struct dynamic fd_link = { .jump = jump_fd, .text = fd_text };

/* The link of P's descriptor FD in DIR, made or removed first if need be; NULL: there is none. */
static struct inode *
fd_entry(struct inode *dir, struct proc *p, int fd) REQUIRES(fs_lock)
{
	struct file *f = fd_lookup_any(p, fd);
	char name[NUMBER_LEN];
	size_t len = ksnprintf(name, sizeof(name), "%d", fd);
	struct dirent *e = dir_find_entry(dir, name, len);
	struct inode *ip = e != NULL ? e->inode : NULL;

	if (f == NULL) {
		if (e != NULL)
			dir_remove(e);
		return NULL;
	}
	if (e == NULL && dir_create(dir, name, len, S_IFLNK, NULL, &ip) != ERR_OK)
		return NULL;
	ip->dynamic = &fd_link;
	ip->pid = dir->pid;
	ip->link.len = fd;
	ip->mode = S_IFLNK | (file_may_read(f) != ERR_BADF ? 0500 : 0) |
	    (file_may_write(f) == ERR_OK ? 0300 : 0);
	return ip;
}

static struct inode *
fd_find(struct inode *dir, const char *name, size_t len) NO_LOCK_ANALYSIS
{
	struct proc *p = proc_by_pid(dir->pid);
	int64_t fd = proc_parse_number(name, len);

	return p != NULL && fd >= 0 ? fd_entry(dir, p, (int)fd) : NULL;
}

static void
fd_list(struct inode *dir) NO_LOCK_ANALYSIS
{
	struct proc *p = proc_by_pid(dir->pid);

	for (int fd = 0; p != NULL && fd < fd_count(p); fd++)
		(void)fd_entry(dir, p, fd);
}

const struct dynamic proc_fd_dir = { .find = fd_find, .list = fd_list };
