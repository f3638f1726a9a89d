/* SPDX-License-Identifier: MIT */
/*
 * Pipes, pipe(7).  Open files (fs/file.c) are their two ends.
 */
#ifndef FAULTLINE_FS_PIPE_H
#define FAULTLINE_FS_PIPE_H

#include "error.h"
#include "types.h"

struct pipe;

/* A new pipe with both ends open.  => NULL when there is no memory */
struct pipe *pipe_create(uint64_t ino);

/* Close one end.  => with the second the pipe is gone */
void pipe_close(struct pipe *p, bool write_end);

uint64_t pipe_ino(const struct pipe *p);

/* As file_peek, file_skip and file_write. */
must_check ssize_t pipe_peek(struct pipe *p, void *buf, size_t n, bool nowait);
void pipe_skip(struct pipe *p, size_t n);
must_check ssize_t pipe_write(struct pipe *p, const void *buf, size_t n, bool nowait);

#endif
