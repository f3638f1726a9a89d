/* SPDX-License-Identifier: MIT */
/*
 * The k-th access to user memory of a system call is refused, for every k (sweep.h): the call
 * says so, or how far it came, nothing else has changed, and the same call then succeeds.
 */
#ifndef HOST_CALLSWEEP_H
#define HOST_CALLSWEEP_H

#include "fs_host.h"

#include "syscall.h"
#include "trap.h"

/* What is open, besides the console: */
enum { FILE_FD = 3, DIR_FD, PIPE_RD, PIPE_WR };

#define FILE_PATH	"/tmp/f"
#define FILE_SIZE	(2 * PG_SIZE + 100)
#define LINK_PATH	"/tmp/l"		/* to FILE_PATH */
#define PIPE_BYTES	200			/* that are in the pipe */

enum {
	MAY_WORK = 1,		/* what was refused was not needed, or came after the first bytes */
	MAY_CHANGE = 2,		/* what was done before stays, as on Linux */
	KEEPS = 4,		/* what succeeds changes the process, which nothing undoes */
};

struct scenario {
	const char *name;
	void (*setup)(void);		/* before; NULL: nothing */
	int64_t (*run)(void);		/* => ERR_FAULT, or not below 0 */
	void (*undo)(int64_t ret);	/* after a run that was not refused; NULL: nothing */
	unsigned flags;
};

/* What is in the file, and in user memory to be written; and user memory to be read into. */
extern char callsweep_file[FILE_SIZE], callsweep_new[FILE_SIZE], callsweep_out[FILE_SIZE];

/* Open all that, as the current process, whose address space has a region of 4 pages at REGION. */
#define REGION	0x10000000ul
void callsweep_begin(void);

/* FILE_PATH is to be as at first again, its offset too; the pipe.  => what was in that */
void callsweep_restore_file(void);
size_t callsweep_drain_pipe(char *buf, size_t size);

/* A call that changes nothing, or the same each time. */
struct call {
	const char *name;
	sysret_t (*fn)(void *arg);
	uint64_t a, b, c, d, e, f;
	unsigned flags;
};

#define A(what)		((uint64_t)(what))

int64_t callsweep_call(const struct call *c);

/* Sweep N of them. */
void callsweep_all(const struct scenario *scenarios, size_t n);
void callsweep_calls(const struct call *calls, size_t n);

/*
 * The end: nothing is there that was not there at first.  At least LEAST accesses were refused,
 * else the kernel does not ask any more.
 */
void callsweep_end(size_t least);

#endif
