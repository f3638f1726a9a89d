/* SPDX-License-Identifier: MIT */
/*
 * What the system calls on paths share (sys/path.c).
 *
 * The path is copied first, to the kernel stack; inodes and files are only held while no
 * user memory is touched, so that there is nothing to give back when that fails.
 */
#ifndef FAULTLINE_SYS_PATH_H
#define FAULTLINE_SYS_PATH_H

#include "fs/fs.h"
#include "sys/abi.h"

/*
 * Copy the path at user address ADDR.
 * => ERR_FAULT, ERR_NAMETOOLONG; ERR_NOENT when it is empty
 */
must_check err_t fetch_path(vaddr_t addr, char path[PATH_MAX]);

/*
 * Where a walk along PATH begins that is given with directory descriptor DIRFD.
 * => borrowed, NULL when PATH is absolute; ERR_BADF, ERR_NOTDIR
 */
must_check err_t find_start(int dirfd, const char *path, struct inode **start);

/* Both of them. */
must_check err_t fetch_path_at(int dirfd, vaddr_t addr, char path[PATH_MAX], struct inode **start);

/*
 * Find the inode of the path at ADDR, seen from DIRFD.  FLAGS: AT_SYMLINK_NOFOLLOW;
 * AT_EMPTY_PATH: an empty path is what DIRFD is open on.
 * => *OUT holds a reference
 */
must_check err_t find_inode_at(int dirfd, vaddr_t addr, int flags, struct inode **out);

#endif
