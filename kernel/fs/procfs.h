/* SPDX-License-Identifier: MIT */
/*
 * What the files of /proc share.  procfs.c has the tree, procpid.c what is told about a
 * process, procmachine.c what is told about the machine, proclink.c the links.
 */
#ifndef FAULTLINE_FS_PROCFS_H
#define FAULTLINE_FS_PROCFS_H

#include "fs/inode.h"

struct proc;

/* The text of a file that is being made. */
struct text {
	struct inode *out;		/* has no name */
	err_t err;			/* the first error; what comes after it is dropped */
};

void text_add(struct text *t, const void *bytes, size_t n) REQUIRES(fs_lock);
void text_printf(struct text *t, const char *fmt, ...) REQUIRES(fs_lock) printf_like(2, 3);

/*
 * The files, each by its name; proc(5) has their formats.  P is NULL for those about the
 * machine.  A process that has ended (a zombie) has no memory any more.
 */
typedef void print_fn(struct text *t, struct proc *p);

void proc_print_comm(struct text *t, struct proc *p) REQUIRES(fs_lock);
void proc_print_mounts(struct text *t, struct proc *p) REQUIRES(fs_lock);
void proc_print_statm(struct text *t, struct proc *p) REQUIRES(fs_lock);
void proc_print_cmdline(struct text *t, struct proc *p) REQUIRES(fs_lock);
void proc_print_maps(struct text *t, struct proc *p) REQUIRES(fs_lock);
void proc_print_ptdump(struct text *t, struct proc *p) REQUIRES(fs_lock);
void proc_print_stat(struct text *t, struct proc *p) REQUIRES(fs_lock);
void proc_print_status(struct text *t, struct proc *p) REQUIRES(fs_lock);

void machine_print_cpuinfo(struct text *t, struct proc *p) REQUIRES(fs_lock);
void machine_print_loadavg(struct text *t, struct proc *p) REQUIRES(fs_lock);
void machine_print_stat(struct text *t, struct proc *p) REQUIRES(fs_lock);
void machine_print_cmdline(struct text *t, struct proc *p) REQUIRES(fs_lock);
void machine_print_filesystems(struct text *t, struct proc *p) REQUIRES(fs_lock);
void machine_print_meminfo(struct text *t, struct proc *p) REQUIRES(fs_lock);
void machine_print_uptime(struct text *t, struct proc *p) REQUIRES(fs_lock);
void machine_print_version(struct text *t, struct proc *p) REQUIRES(fs_lock);

/* The process PID, or NULL; it stays good until the end of the system call. */
struct proc *proc_by_pid(pid_t pid);

/* The number that NAME is, as it would be printed; -1: it is none. */
int64_t proc_parse_number(const char *name, size_t len);

/*
 * As inode_path, and of what was removed its last path with a remark.
 * => its length; the errors of inode_path_locked
 */
must_check ssize_t proc_path_of(struct inode *ip, char *buf, size_t n) REQUIRES(fs_lock);

/* The links of a process, and the directory of its open files (proclink.c). */
extern const struct dynamic proc_exe_link, proc_cwd_link, proc_root_link, proc_fd_dir;

/* LINE, terminated, is what /proc/cmdline says; a copy is kept. */
void machine_set_cmdline(const char *line);

#endif
