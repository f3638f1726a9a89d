/* SPDX-License-Identifier: MIT */
/*
 * The strings that a new program is started with, in frames as they will lie at the top of
 * its stack (docs/design/0019).  They are pushed from the top down, as on Linux: the path,
 * the environment, the arguments, the last string of each first.
 *
 *     USTACK_UPPERBOUND  +------------------+
 *                        | path             |  top: copied by stack_push_args
 *                        | environment      |
 *                        +------------------+
 *                        | arguments        |  frames of their own, mapped by exec
 *                   sp   +------------------+
 *                        | zeros            |
 *                        +------------------+  lowest
 */
#ifndef FAULTLINE_EXECARGS_H
#define FAULTLINE_EXECARGS_H

#include "error.h"
#include "mm/layout.h"
#include "types.h"

#define ARG_STRING_MAX	(32 * PG_SIZE)	/* bytes of one string with its end, as on Linux */

struct exec_args {
	vaddr_t sp;			/* user address of the lowest byte in use */
	vaddr_t limit;			/* sp never gets below */
	paddr_t lowest, top;		/* frames; pmem_note leads from each to the one above */
	size_t n_frames;
	size_t argc, envc;
	vaddr_t argv, env, path;	/* where each kind begins; path: up to USTACK_UPPERBOUND */
};

/* A, all zero, has no strings; they may take LIMIT bytes from now on. */
void args_init(struct exec_args *a, size_t limit);
void args_free(struct exec_args *a);

/* Push a string of the kernel, of user memory.  => ERR_2BIG, ERR_NOMEM, ERR_FAULT */
must_check err_t args_push(struct exec_args *a, const char *s);
must_check err_t args_push_user(struct exec_args *a, vaddr_t s);

/* Drop the string that was pushed last. */
void args_pop(struct exec_args *a);

/* Push N bytes, for what is no string.  => their address in *AT; ERR_2BIG, ERR_NOMEM */
must_check err_t args_push_bytes(struct exec_args *a, const void *bytes, size_t n, vaddr_t *at);

/* Let sp be AT, which is lower: what lies between is zero.  => ERR_2BIG, ERR_NOMEM */
must_check err_t args_lower(struct exec_args *a, vaddr_t at);

/* The lowest frame is the caller's now. */
void args_take_lowest(struct exec_args *a);

/*
 * Where a copy to or from A's frames goes on: for address SP of the new stack.
 */
struct args_cursor {
	paddr_t frame;
	vaddr_t at;
};

struct args_cursor args_at(const struct exec_args *a, vaddr_t at);
void args_write(struct args_cursor *c, const void *bytes, size_t n);
void args_read(struct args_cursor *c, void *bytes, size_t n);
void args_skip_string(struct args_cursor *c);

/*
 * A kernel copy of the strings in [START, END), as a NULL-terminated array: of many or long
 * ones only those at the beginning, ARGS_VIEW_MAX of them, a page of bytes.
 * => for kfree, and *COUNT is how many it holds; NULL when there is no memory
 */
#define ARGS_VIEW_MAX	256
char **args_view(const struct exec_args *a, vaddr_t start, vaddr_t end, size_t *count);

#endif
