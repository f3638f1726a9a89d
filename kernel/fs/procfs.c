/* SPDX-License-Identifier: MIT */
/*
 * /proc: a directory for each process, and files about the machine.
 *
 *   /proc  self ->  12/  meminfo  uptime  ...
 *                    |
 *                   cmdline  comm  cwd ->  exe ->  fd/  maps  mounts  ptdump  root ->  stat  ...
 *
 * Nothing of it is made by fork.  A process' directory is made when somebody looks it up
 * or lists /proc, its files when somebody looks into it, and all go when the process is
 * reaped.  Opening a file makes a snapshot: a file without a name that goes when it is
 * closed.
 *
 * A struct proc found here stays good until the end of the system call: the kernel is not
 * preempted, and nothing here sleeps.
 */
#include "fs/procfs.h"

#include "lib/printf.h"
#include "lib/string.h"
#include "panic.h"
#include "proc.h"

#define NUMBER_DIGITS	10

struct procfile {
	const char *name;
	uint32_t mode;
	print_fn *print;		/* a file's */
	struct dynamic dynamic;
};

static struct inode *proc_root;		/* /proc; constant after procfs_init */

/* --- text --- */

void
text_add(struct text *t, const void *bytes, size_t n)
{
	ssize_t put;

	if (t->err != ERR_OK)
		return;
	put = data_write(&t->out->data, bytes, n, t->out->data.size);
	if (put < (ssize_t)n)
		t->err = ERR_NOMEM;
}

void
text_printf(struct text *t, const char *fmt, ...)
{
	char line[256];
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	len = kvsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	kassert(len < sizeof(line));
	text_add(t, line, len);
}

/* --- processes --- */

struct search {
	pid_t pid;
	struct proc *found;
};

static void
search_one(struct proc *p, void *arg)
{
	struct search *s = arg;

	if (p->pid == s->pid)
		s->found = p;
}

struct proc *
proc_by_pid(pid_t pid)
{
	struct search s = { .pid = pid };

	proc_for_each(search_one, &s);
	return s.found;
}

int64_t
proc_parse_number(const char *name, size_t len)
{
	int64_t value = 0;

	if (len == 0 || len > NUMBER_DIGITS || (name[0] == '0' && len > 1))
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return -1;
		value = value * 10 + (name[i] - '0');
	}
	return value <= INT32_MAX ? value : -1;
}

/* --- files --- */

static err_t
open_snapshot(struct inode *ip, struct inode **snapshot)
{
	const struct procfile *file = container_of(ip->dynamic, struct procfile, dynamic);
	struct text t = { .err = ERR_NOMEM };
	struct proc *p = NULL;

	spin_lock(&fs_lock);
	if (ip->pid != 0 && (p = proc_by_pid(ip->pid)) == NULL)
		t.err = ERR_SRCH;
	else if ((t.out = inode_create(ip->mode, NULL)) != NULL)
		t.err = ERR_OK;
	if (t.err == ERR_OK) {
		t.out->ino = ip->ino;
		t.out->nlink = ip->nlink;
		t.out->dynamic = ip->dynamic;
		file->print(&t, p);
	}
	if (t.err == ERR_OK)
		*snapshot = t.out;
	else
		inode_put_locked(t.out);
	spin_unlock(&fs_lock);
	return t.err;
}

#define PROCFILE(n, fn) \
	{ .name = (n), .mode = S_IFREG | 0444, .print = (fn), .dynamic = { .open = open_snapshot } }

static const struct procfile process_files[] = {
	PROCFILE("cmdline", proc_print_cmdline),
	PROCFILE("comm", proc_print_comm),
	PROCFILE("maps", proc_print_maps),
	PROCFILE("mounts", proc_print_mounts),
	PROCFILE("ptdump", proc_print_ptdump),
	PROCFILE("stat", proc_print_stat),
	PROCFILE("statm", proc_print_statm),
	PROCFILE("status", proc_print_status),
};

static const struct {
	const char *name;
	uint32_t mode;
	const struct dynamic *dynamic;
} process_links[] = {
	{ "cwd", S_IFLNK | 0777, &proc_cwd_link },
	{ "exe", S_IFLNK | 0777, &proc_exe_link },
	{ "fd", S_IFDIR | 0500, &proc_fd_dir },
	{ "root", S_IFLNK | 0777, &proc_root_link },
};

static const struct procfile machine_files[] = {
	PROCFILE("cmdline", machine_print_cmdline),
	PROCFILE("cpuinfo", machine_print_cpuinfo),
	PROCFILE("filesystems", machine_print_filesystems),
	PROCFILE("loadavg", machine_print_loadavg),
	PROCFILE("meminfo", machine_print_meminfo),
	PROCFILE("stat", machine_print_stat),
	PROCFILE("uptime", machine_print_uptime),
	PROCFILE("version", machine_print_version),
};

static err_t
make_one(struct inode *dir, const char *name, uint32_t mode, const struct dynamic *dynamic)
    REQUIRES(fs_lock)
{
	struct inode *ip;
	err_t err = dir_create(dir, name, strlen(name), mode, NULL, &ip);

	if (err != ERR_OK)
		return err;
	ip->dynamic = dynamic;
	ip->pid = dir->pid;
	return ERR_OK;
}

static err_t
make_files(struct inode *dir, const struct procfile *files, size_t n) REQUIRES(fs_lock)
{
	err_t err = ERR_OK;

	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = make_one(dir, files[i].name, files[i].mode, &files[i].dynamic);
	return err;
}

static err_t
make_links(struct inode *dir) REQUIRES(fs_lock)
{
	err_t err = ERR_OK;

	for (size_t i = 0; i < array_len(process_links) && err == ERR_OK; i++)
		err = make_one(dir, process_links[i].name, process_links[i].mode,
		    process_links[i].dynamic);
	return err;
}

/* Empty directory DIR; it is not deep. */
static void
remove_files(struct inode *dir) REQUIRES(fs_lock)
{
	while (!list_empty(&dir->dir.entries)) {
		struct dirent *e = list_entry(dir->dir.entries.next, struct dirent, node);

		if (inode_is_dir(e->inode))
			remove_files(e->inode);
		dir_remove(e);
	}
}

/* --- a process' directory --- */

static void
process_list(struct inode *dir) NO_LOCK_ANALYSIS	/* fs_lock: see struct dynamic */
{
	if (dir->nlink == 0 || !list_empty(&dir->dir.entries))
		return;
	if (make_files(dir, process_files, array_len(process_files)) != ERR_OK ||
	    make_links(dir) != ERR_OK)
		remove_files(dir);
}

static struct inode *
process_find(struct inode *dir, const char *name, size_t len) NO_LOCK_ANALYSIS
{
	process_list(dir);
	return dir_find(dir, name, len);
}

static const struct dynamic process_dir = { .find = process_find, .list = process_list };

/* The directory of P, borrowed; NULL: there is no memory for it. */
static struct inode *
make_process_dir(struct proc *p) REQUIRES(fs_lock)
{
	char name[NUMBER_DIGITS + 1];
	int len = ksnprintf(name, sizeof(name), "%d", p->pid);
	struct inode *dir;

	if (p->proc_dir != NULL)
		return p->proc_dir;
	if (dir_create(proc_root, name, len, S_IFDIR | 0555, NULL, &dir) != ERR_OK)
		return NULL;
	dir->dynamic = &process_dir;
	dir->pid = p->pid;
	p->proc_dir = dir;
	return dir;
}

void
procfs_forget(struct proc *p)
{
	struct inode *dir = p->proc_dir;

	if (dir == NULL)
		return;
	spin_lock(&fs_lock);
	remove_files(dir);
	dir_remove(list_entry(dir->names.next, struct dirent, alias));
	p->proc_dir = NULL;
	spin_unlock(&fs_lock);
}

/* --- /proc --- */

static struct inode *
root_find(struct inode *dir, const char *name, size_t len) NO_LOCK_ANALYSIS
{
	int64_t pid = proc_parse_number(name, len);
	struct proc *p;

	if (pid <= 0)
		return dir_find(dir, name, len);
	p = proc_by_pid((pid_t)pid);
	return p != NULL ? make_process_dir(p) : NULL;
}

static void
root_list_one(struct proc *p, unused_arg void *arg) NO_LOCK_ANALYSIS
{
	(void)make_process_dir(p);
}

static void
root_list(unused_arg struct inode *dir)
{
	proc_for_each(root_list_one, NULL);
}

static struct inode *
jump_self(unused_arg struct inode *link) NO_LOCK_ANALYSIS
{
	return make_process_dir(proc_current());
}

static ssize_t
self_text(unused_arg struct inode *link, char *buf, size_t n)
{
	char name[NUMBER_DIGITS + 1];
	size_t len = ksnprintf(name, sizeof(name), "%d", proc_current()->pid);

	memcpy(buf, name, min(n, len));
	return min(n, len);
}

static const struct dynamic self_link = { .jump = jump_self, .text = self_text };
static const struct dynamic root_dir = { .find = root_find, .list = root_list };

/* Have the directory; the archive may have had one, or something else of that name. */
static err_t
make_root(void) REQUIRES(fs_lock)
{
	struct dirent *e = dir_find_entry(fs_root, "proc", 4);

	if (e != NULL && inode_is_dir(e->inode)) {
		proc_root = e->inode;
		return ERR_OK;
	}
	if (e != NULL)
		dir_remove(e);
	return dir_create(fs_root, "proc", 4, S_IFDIR | 0555, NULL, &proc_root);
}

void
procfs_init(const char *cmdline)
{
	machine_set_cmdline(cmdline);
	spin_lock(&fs_lock);
	if (make_root() != ERR_OK ||
	    make_one(proc_root, "self", S_IFLNK | 0777, &self_link) != ERR_OK ||
	    dir_create_link(proc_root, "mounts", 6, "self/mounts", 11) != ERR_OK ||
	    make_files(proc_root, machine_files, array_len(machine_files)) != ERR_OK)
		panic("procfs_init: no memory");
	proc_root->dynamic = &root_dir;
	spin_unlock(&fs_lock);
}
