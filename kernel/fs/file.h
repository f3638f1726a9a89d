/* SPDX-License-Identifier: MIT */
/* An open file, for the files of kernel/fs that make and use it. */
#ifndef FAULTLINE_FS_FILE_H
#define FAULTLINE_FS_FILE_H

#include "fs/inode.h"

#define FLAGS_CHANGE	(O_APPEND | O_NONBLOCK | O_NOATIME)	/* by F_SETFL */

struct file {
	/* constant after opening */
	struct inode *inode;		/* owned reference */
	struct pipe *pipe;		/* the inode's; NULL: not a pipe */
	int access;			/* O_RDONLY, O_WRONLY or O_RDWR */
	/* fs_lock */
	int refs;
	int flags;			/* as fcntl(F_GETFL) gives them */
	offset_t offset;		/* a directory's: a cookie */
	int lock;			/* LOCK_SH, LOCK_EX; 0: none */
	struct list lock_node;		/* while it has one */
};

/* F has no lock any more (flock.c). */
void flock_release(struct file *f) REQUIRES(fs_lock);

#endif
