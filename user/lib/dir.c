/* SPDX-License-Identifier: MIT */
/*
 * Reading a directory, entry by entry.  getdents64(2) fills a buffer with records
 * of different lengths; they are handed out in place.
 */
#include "user.h"

int
dir_open(struct dir *d, const char *path)
{
	d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d->pos = d->len = 0;
	return d->fd < 0 ? -1 : 0;
}

struct linux_dirent64 *
dir_read(struct dir *d)
{
	struct linux_dirent64 *entry;

	if (d->pos >= d->len) {
		long n = raw_syscall(SYS_getdents64, d->fd, d->buf, sizeof(d->buf));

		if (n <= 0)
			return NULL;
		d->pos = 0;
		d->len = (int)n;
	}
	entry = (struct linux_dirent64 *)(d->buf + d->pos);
	d->pos += entry->d_reclen;
	return entry;
}

void
dir_close(struct dir *d)
{
	close(d->fd);
}
