/* SPDX-License-Identifier: MIT */
/*
 * Open files: a regular file, a directory, a device, or an end of a pipe, with
 * what dup(2) and fork(2) share: an offset and flags.
 */
#include "fs/file.h"
#include "fs/pipe.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "panic.h"

/* What open(2) accepts; the rest is refused. */
#define FLAGS_ONCE	(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC)
#define FLAGS_CHANGE	(O_APPEND | O_NONBLOCK)
#define FLAGS_KEPT	(O_ACCMODE | FLAGS_CHANGE | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW)

static struct file *
file_create(int flags)
{
	struct file *f = kzalloc(sizeof(*f));

	if (f == NULL)
		return NULL;
	f->refs = 1;
	f->access = flags & O_ACCMODE;
	f->flags = flags & FLAGS_KEPT;
	return f;
}

/* If the contents of *IP are made when it is opened: have the snapshot in its place. */
static err_t
open_dynamic(struct inode **ip)
{
	struct inode *snapshot;
	err_t err;

	if ((*ip)->dynamic == NULL || (*ip)->dynamic->open == NULL)
		return ERR_OK;
	err = (*ip)->dynamic->open(*ip, &snapshot);
	if (err == ERR_OK) {
		inode_put(*ip);
		*ip = snapshot;
	}
	return err;
}

/* Make F's end, or ends, of the pipe that its inode is. */
static err_t
pipe_attach(struct file *f)
{
	struct inode *ip = f->inode;

	spin_lock(&fs_lock);
	if (ip->pipe == NULL)
		ip->pipe = pipe_create();
	f->pipe = ip->pipe;
	if (f->pipe != NULL)
		pipe_open(f->pipe, f->access);
	spin_unlock(&fs_lock);
	return f->pipe != NULL ? ERR_OK : ERR_NOMEM;
}

static void
pipe_detach(struct file *f)
{
	spin_lock(&fs_lock);
	pipe_close(f->pipe, f->access);
	if (pipe_is_unused(f->pipe)) {
		pipe_destroy(f->pipe);
		f->inode->pipe = NULL;
	}
	spin_unlock(&fs_lock);
}

/* Open the pipe that is F's inode, as fifo(7) has it.  => ERR_NXIO, ERR_INTR, ERR_NOMEM */
static err_t
open_fifo(struct file *f)
{
	err_t err = pipe_attach(f);

	if (err != ERR_OK)
		return err;
	if (f->access == O_WRONLY && (f->flags & O_NONBLOCK) && !pipe_has_reader(f->pipe))
		err = ERR_NXIO;
	else if (f->access != O_RDWR && !(f->flags & O_NONBLOCK))
		err = pipe_wait_other(f->pipe, f->access);
	if (err != ERR_OK)
		pipe_detach(f);
	return err;
}

err_t
file_open(struct inode *cwd, const char *path, int flags, int mode, struct file **out)
{
	struct file *f;
	err_t err;

	if ((flags & ~(FLAGS_ONCE | FLAGS_KEPT)) != 0 || (flags & O_ACCMODE) == O_ACCMODE ||
	    ((flags & O_CREAT) && (flags & O_DIRECTORY)))
		return ERR_INVAL;
	f = file_create(flags | O_LARGEFILE);
	if (f == NULL)
		return ERR_NOMEM;
	err = inode_open(cwd, path, flags, mode, &f->inode);
	if (err != ERR_OK)
		goto free_file;
	err = inode_is_fifo(f->inode) ? open_fifo(f) : open_dynamic(&f->inode);
	if (err != ERR_OK)
		goto put_inode;
	*out = f;
	return ERR_OK;

put_inode:
	inode_put(f->inode);
free_file:
	kfree(f);
	return err;
}

err_t
file_open_pipe(struct file **rd, struct file **wr)
{
	struct file *r = file_create(O_RDONLY), *w = file_create(O_WRONLY);
	struct inode *ip;
	err_t err;

	spin_lock(&fs_lock);
	ip = inode_create(S_IFIFO | 0600, NULL);
	spin_unlock(&fs_lock);
	if (r == NULL || w == NULL || ip == NULL)
		goto free_all;
	r->inode = ip;
	w->inode = inode_get(ip);
	if (pipe_attach(r) != ERR_OK) {
		inode_put(ip);
		goto free_all;
	}
	err = pipe_attach(w);
	kassert(err == ERR_OK);		/* needs no memory any more */
	*rd = r;
	*wr = w;
	return ERR_OK;

free_all:
	inode_put(ip);
	kfree(w);
	kfree(r);
	return ERR_NOMEM;
}

struct file *
file_get(struct file *f)
{
	spin_lock(&fs_lock);
	kassert(f->refs > 0);
	f->refs++;
	spin_unlock(&fs_lock);
	return f;
}

void
file_put(struct file *f)
{
	bool last;

	spin_lock(&fs_lock);
	kassert(f->refs > 0);
	last = --f->refs == 0;
	spin_unlock(&fs_lock);
	if (!last)
		return;
	if (f->pipe != NULL)
		pipe_detach(f);
	inode_put(f->inode);
	kfree(f);
}

static const struct device *
file_device(const struct file *f)
{
	return f->inode->dev;
}

bool
file_is_stream(const struct file *f)
{
	const struct device *dev = file_device(f);

	return f->pipe != NULL || (dev != NULL && dev->stream);
}

struct inode *
file_inode(const struct file *f)
{
	return f->inode;
}

err_t
file_may_read(const struct file *f)
{
	if (f->access == O_WRONLY)
		return ERR_BADF;
	return inode_is_dir(f->inode) ? ERR_ISDIR : ERR_OK;
}

err_t
file_may_write(const struct file *f)
{
	return f->access == O_RDONLY ? ERR_BADF : ERR_OK;
}

int
file_flags(const struct file *f)
{
	int flags;

	spin_lock(&fs_lock);
	flags = f->flags;
	spin_unlock(&fs_lock);
	return flags;
}

void
file_set_flags(struct file *f, int flags)
{
	spin_lock(&fs_lock);
	f->flags = (f->flags & ~FLAGS_CHANGE) | (flags & FLAGS_CHANGE);
	spin_unlock(&fs_lock);
}

ssize_t
file_peek(struct file *f, void *buf, size_t n, bool nowait)
{
	const struct device *dev = file_device(f);
	err_t err = file_may_read(f);
	ssize_t got;

	if (err != ERR_OK)
		return err;
	nowait = nowait || (file_flags(f) & O_NONBLOCK) != 0;
	if (f->pipe != NULL)
		return pipe_peek(f->pipe, buf, n, nowait);
	if (dev != NULL)
		return dev->peek(buf, n, nowait);
	spin_lock(&fs_lock);
	got = data_read(&f->inode->data, buf, n, f->offset);
	spin_unlock(&fs_lock);
	return got;
}

void
file_skip(struct file *f, size_t n)
{
	const struct device *dev = file_device(f);

	if (f->pipe != NULL) {
		pipe_skip(f->pipe, n);
	} else if (dev != NULL) {
		if (dev->skip != NULL)
			dev->skip(n);
	} else {
		spin_lock(&fs_lock);
		f->offset += n;
		spin_unlock(&fs_lock);
	}
}

ssize_t
file_read(struct file *f, void *buf, size_t n, bool nowait)
{
	ssize_t got = file_peek(f, buf, n, nowait);

	if (got >= 0)
		file_skip(f, got);
	return got;
}

ssize_t
file_write(struct file *f, const void *buf, size_t n, bool nowait)
{
	const struct device *dev = file_device(f);
	err_t err = file_may_write(f);
	ssize_t put;

	if (err != ERR_OK)
		return err;
	nowait = nowait || (file_flags(f) & O_NONBLOCK) != 0;
	if (f->pipe != NULL)
		return pipe_write(f->pipe, buf, n, nowait);
	if (dev != NULL)
		return dev->write(buf, n);
	spin_lock(&fs_lock);
	if (f->flags & O_APPEND)
		f->offset = f->inode->data.size;
	put = data_write(&f->inode->data, buf, n, f->offset);
	if (put > 0)
		f->offset += put;
	spin_unlock(&fs_lock);
	return put;
}

/* What an offset is relative to.  => ERR_INVAL */
static int64_t
seek_base(const struct file *f, int whence) REQUIRES(fs_lock)
{
	switch (whence) {
	case SEEK_SET:
		return 0;
	case SEEK_CUR:
		return f->offset;
	case SEEK_END:
		return inode_is_dir(f->inode) ? ERR_INVAL : (int64_t)f->inode->data.size;
	default:
		return ERR_INVAL;
	}
}

ssize_t
file_seek(struct file *f, int64_t ofs, int whence)
{
	int64_t pos;

	if (whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END)
		return ERR_INVAL;
	if (file_is_stream(f))
		return ERR_SPIPE;
	if (file_device(f) != NULL)
		return 0;
	spin_lock(&fs_lock);
	pos = seek_base(f, whence);
	if (pos < 0 || __builtin_add_overflow(pos, ofs, &pos) ||
	    pos < 0 || pos > (int64_t)FILE_SIZE_MAX)
		pos = ERR_INVAL;
	else
		f->offset = pos;
	spin_unlock(&fs_lock);
	return pos;
}

ssize_t
file_readdir(struct file *f, void *buf, size_t n, offset_t *next)
{
	ssize_t got;

	if (!inode_is_dir(f->inode))
		return ERR_NOTDIR;
	spin_lock(&fs_lock);
	if (f->inode->dynamic != NULL)
		f->inode->dynamic->list(f->inode);
	got = dir_read(f->inode, buf, n, f->offset, next);
	spin_unlock(&fs_lock);
	return got;
}

err_t
file_truncate(struct file *f, uint64_t size)
{
	err_t err;

	if (file_may_write(f) != ERR_OK || !inode_is_reg(f->inode))
		return ERR_INVAL;
	spin_lock(&fs_lock);
	err = data_truncate(&f->inode->data, size);
	spin_unlock(&fs_lock);
	return err;
}
