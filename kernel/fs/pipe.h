/* SPDX-License-Identifier: MIT */
/*
 * Pipes, pipe(7) and fifo(7).  Open files (fs/file.c) are their ends; one that is open for
 * both is two ends.
 */
#ifndef FAULTLINE_FS_PIPE_H
#define FAULTLINE_FS_PIPE_H

#include "error.h"
#include "types.h"

struct pipe;
struct watch;

/* A new pipe with no end open yet.  => NULL when there is no memory */
struct pipe *pipe_create(void);

/* One more end, or two, as ACCESS (O_RDONLY, O_WRONLY, O_RDWR) says; one less. */
void pipe_open(struct pipe *p, int access);
void pipe_close(struct pipe *p, int access);

/* Is no end open any more?  Then pipe_destroy is what comes next. */
bool pipe_is_unused(const struct pipe *p);
void pipe_destroy(struct pipe *p);

/* Wait until somebody has opened the other end of a pipe that is open for ACCESS.  => ERR_INTR */
must_check err_t pipe_wait_other(struct pipe *p, int access);

/* Is somebody reading? */
bool pipe_has_reader(const struct pipe *p);

/* How many bytes can be read now. */
size_t pipe_readable(struct pipe *p);

/* ACCESS is O_RDONLY, O_WRONLY or O_RDWR; as file_peek, file_poll, file_skip and file_write. */
must_check ssize_t pipe_peek(struct pipe *p, void *buf, size_t n, bool nowait);
unsigned pipe_poll(struct pipe *p, int access, struct watch *w);
void pipe_skip(struct pipe *p, size_t n);
must_check ssize_t pipe_write(struct pipe *p, const void *buf, size_t n, bool nowait);

#endif
