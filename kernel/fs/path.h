/* SPDX-License-Identifier: MIT */
/*
 * Walking along paths: path_resolution(7).  A walk happens under fs_lock from beginning to
 * end, so the inodes that it passes need no reference.
 */
#ifndef FAULTLINE_FS_PATH_H
#define FAULTLINE_FS_PATH_H

#include "fs/inode.h"

#define LINKS_MAX	40		/* links on one way, as Linux */

/* The last component of a path, and the directory it is to be looked up in. */
struct place {
	struct inode *dir;		/* borrowed; what is meant itself when LEN is 0 */
	const char *name;
	size_t len;			/* 0: only slashes, or a link that leads there by itself */
	bool slash;			/* slashes follow: must be a directory */
};

/* What becomes of a link that is the last component. */
enum follow {
	FOLLOW_NEVER,			/* it is a name that is to be made or removed */
	FOLLOW_SLASH,			/* followed when slashes are behind it */
	FOLLOW_LAST,
};

/*
 * Walk PATH, from CWD when it is relative (NULL: from the root), up to its last component.
 * => AT is good as long as PATH is and fs_lock is held; its directory exists, its name may not
 * => ERR_NOENT, ERR_NOTDIR, ERR_NAMETOOLONG, ERR_LOOP
 */
must_check err_t path_walk(struct inode *cwd, const char *path, enum follow follow,
    struct place *at) REQUIRES(fs_lock);

/* Find what AT names.  => *OUT is borrowed; ERR_NOENT, ERR_NOTDIR */
must_check err_t place_find(const struct place *at, struct inode **out) REQUIRES(fs_lock);

/* The same for a path. */
must_check err_t path_find(struct inode *cwd, const char *path, enum follow follow,
    struct inode **out) REQUIRES(fs_lock);

/* Is NAME what AT says? */
bool place_is(const struct place *at, const char *name);

/* Make an inode called as AT says, where there is none.  In /proc nothing can be made. */
must_check err_t place_create(const struct place *at, uint32_t mode, struct inode **out)
    REQUIRES(fs_lock);

#endif
