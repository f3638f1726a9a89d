/* SPDX-License-Identifier: MIT */
/*
 * System calls that read directories.
 */
#include "fs/fs.h"
#include "lib/string.h"
#include "mm/layout.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"

/* The N bytes of entries at BUF as getdents(2) has them: the type comes last. */
static void
make_old(char *buf, size_t n)
{
	const size_t type = offsetof(struct linux_dirent64, d_type);
	struct linux_dirent64 *d;

	for (; n > 0; buf += d->d_reclen, n -= d->d_reclen) {
		uint8_t kind;

		d = (struct linux_dirent64 *)buf;
		kind = d->d_type;
		memmove(buf + type, d->d_name, strlen(d->d_name) + 1);
		buf[d->d_reclen - 1] = kind;
	}
}

static sysret_t
read_entries(void *arg, bool old)
{
	struct file *f = fd_lookup(proc_current(), arg_int(arg, 0));
	size_t n = (unsigned)arg_int(arg, 2);
	char page[PG_SIZE];
	offset_t next;
	ssize_t got, pos;
	err_t err;

	if (f == NULL)
		return ERR_BADF;
	got = file_readdir(f, page, min(n, sizeof(page)), &next);
	if (got <= 0)
		return got;
	if (old)
		make_old(page, got);
	err = copy_to_user(arg_u64(arg, 1), page, got);
	if (err != ERR_OK)
		return err;
	pos = file_seek(f, next, SEEK_SET);
	return pos < 0 ? pos : got;
}

sysret_t
sys_getdents64(void *arg)
{
	return read_entries(arg, false);
}

sysret_t
sys_getdents(void *arg)
{
	return read_entries(arg, true);
}
