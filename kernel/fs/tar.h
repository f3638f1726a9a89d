/* SPDX-License-Identifier: MIT */
/* One entry of an archive, between reading (fs/tar.c) and planting it (fs/tarplant.c). */
#ifndef FAULTLINE_FS_TAR_H
#define FAULTLINE_FS_TAR_H

#include "fs/inode.h"

struct tar_entry {
	char path[PATH_MAX];
	char link[PATH_MAX];		/* where a link leads to */
	bool long_path, long_link;	/* they are there, from what came before the header */
	char type;			/* as ustar has it */
	uint32_t perm;
	int64_t mtime;			/* seconds since 1970 */
	const uint8_t *data;
	uint64_t size;
};

/* Plant E below ROOT, with the directories that lead to it.  => NULL, or what is wrong */
const char *tar_plant_entry(struct inode *root, const struct tar_entry *e) REQUIRES(fs_lock);

#endif
