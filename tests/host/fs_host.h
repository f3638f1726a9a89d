/* SPDX-License-Identifier: MIT */
/*
 * What host tests of kernel/fs and kernel/sys/file.c share: the fakes in
 * fakes_fs.c.  Include this before any kernel header.
 */
#ifndef FS_HOST_H
#define FS_HOST_H

#include "host.h"

#include "fs/fs.h"
#include "mm/pmem.h"
#include "proc.h"
#include "sys/abi_signal.h"

#define MIB		0x100000ul

/* Memory of 4 MiB and an empty tree; the current process has the root as directory. */
void fs_host_init(void);

/* The current process, and another one for fork tests. */
extern struct proc host_proc, host_child;

/*
 * What waitq_wait does when something would sleep: call it, with the lock given
 * up.  NULL: ERR_INTR, as if the process had been killed.
 */
extern void (*host_wait_hook)(void);
extern unsigned host_waits;

/* How often a pollq with a watch in it was woken. */
extern unsigned host_poll_wakes;
/* What time it is: goes on by one with each look. */
extern uint64_t host_seconds;

/* The last proc_kill, or the signal that the terminal has sent to some group. */
extern pid_t host_killed;
extern int host_signal;

/* What ctty_check says; ctty_open; clock_now. */
extern err_t host_background;
extern bool host_no_tty;
extern uint64_t host_now;

/* What went to the second debug console, the only one that there is. */
extern char host_debug_out[];

/* Characters for serial_getc, and what serial_putc and kprintf wrote so far. */
extern const char *host_serial_in;
extern char host_serial_out[8192];
extern char host_console[8192];

/* Take all frames but LEFT away, and give them back. */
void frames_hold(size_t left);
void frames_release(void);

/* Open PATH, which must work.  => the file */
struct file *open_ok(const char *path, int flags);

/* => file_open's error; what it opened is closed again */
err_t open_err(const char *path, int flags);

/* Make file PATH with the N bytes at DATA. */
void file_make(const char *path, const void *data, size_t n);

/* PATH must be a file with just these bytes. */
void expect_contents(const char *path, const void *data, size_t n);

/* Call a system call handler. */
#define syscall6(fn, a, b, c, d) \
	((int64_t)(fn)(&(struct trapframe){ .rdi = (uint64_t)(a), .rsi = (uint64_t)(b), \
	    .rdx = (uint64_t)(c), .r10 = (uint64_t)(d) }))

#endif
