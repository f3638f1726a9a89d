/* SPDX-License-Identifier: MIT */
/*
 * Open files: a regular file, a directory, a device, or an end of a pipe, with
 * what dup(2) and fork(2) share: an offset and flags.
 */
#include "fs/file.h"
#include "fs/pipe.h"
#include "lib/string.h"
#include "panic.h"

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

bool
file_is_path(const struct file *f)
{
	return (f->flags & O_PATH) != 0;
}

err_t
file_may_read(const struct file *f)
{
	if (f->access == O_WRONLY || file_is_path(f))
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
	if (!(f->flags & O_NOATIME))
		inode_was_read(f->inode);
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
		return dev->write(dev, buf, n, nowait);
	spin_lock(&fs_lock);
	if (f->flags & O_APPEND)
		f->offset = f->inode->data.size;
	put = data_write(&f->inode->data, buf, n, f->offset);
	if (put > 0) {
		f->offset += put;
		inode_modified(f->inode);
	}
	spin_unlock(&fs_lock);
	return put;
}

ssize_t
file_pread(struct file *f, void *buf, size_t n, offset_t ofs)
{
	err_t err = file_may_read(f);
	ssize_t got;

	if (err != ERR_OK)
		return err;
	if (file_is_stream(f))
		return ERR_SPIPE;
	got = inode_read(f->inode, buf, n, ofs);
	spin_lock(&fs_lock);
	if (!(f->flags & O_NOATIME))
		inode_was_read(f->inode);
	spin_unlock(&fs_lock);
	return got;
}

ssize_t
file_pwrite(struct file *f, const void *buf, size_t n, offset_t ofs)
{
	const struct device *dev = file_device(f);
	err_t err = file_may_write(f);
	ssize_t put;

	if (err != ERR_OK)
		return err;
	if (file_is_stream(f))
		return ERR_SPIPE;
	if (dev != NULL)
		return dev->write(dev, buf, n, false);
	spin_lock(&fs_lock);
	if (f->flags & O_APPEND)
		ofs = f->inode->data.size;
	put = data_write(&f->inode->data, buf, n, ofs);
	if (put > 0)
		inode_modified(f->inode);
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

/* SEEK_DATA, SEEK_HOLE. */
static int64_t
seek_content(const struct file *f, int64_t ofs, int whence) REQUIRES(fs_lock)
{
	if (!inode_is_reg(f->inode))
		return ERR_INVAL;
	if (ofs < 0)
		return ERR_NXIO;
	return whence == SEEK_DATA ? data_seek_data(&f->inode->data, ofs) :
	    data_seek_hole(&f->inode->data, ofs);
}

static int64_t
seek_relative(const struct file *f, int64_t ofs, int whence) REQUIRES(fs_lock)
{
	int64_t pos = seek_base(f, whence);

	if (pos < 0 || __builtin_add_overflow(pos, ofs, &pos) ||
	    pos < 0 || pos > (int64_t)FILE_SIZE_MAX)
		return ERR_INVAL;
	return pos;
}

ssize_t
file_seek(struct file *f, int64_t ofs, int whence)
{
	int64_t pos;

	if (whence < SEEK_SET || whence > SEEK_HOLE)
		return ERR_INVAL;
	if (file_is_stream(f))
		return ERR_SPIPE;
	if (file_device(f) != NULL)
		return 0;
	spin_lock(&fs_lock);
	if (whence == SEEK_DATA || whence == SEEK_HOLE)
		pos = seek_content(f, ofs, whence);
	else
		pos = seek_relative(f, ofs, whence);
	if (pos >= 0)
		f->offset = pos;
	spin_unlock(&fs_lock);
	return pos;
}

/* May F be given pages, or holes?  fallocate(2)'s errors in its order. */
static err_t
check_allocate(const struct file *f, int mode, int64_t ofs, int64_t len)
{
	int64_t end;

	if (ofs < 0 || len <= 0)
		return ERR_INVAL;
	if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)) != 0 ||
	    mode == FALLOC_FL_PUNCH_HOLE)
		return ERR_OPNOTSUPP;
	if (file_may_write(f) != ERR_OK)
		return ERR_BADF;
	if (f->pipe != NULL)
		return ERR_SPIPE;
	if (!inode_is_reg(f->inode))
		return ERR_NODEV;
	if (__builtin_add_overflow(ofs, len, &end) || end > (int64_t)FILE_SIZE_MAX)
		return ERR_FBIG;
	return ERR_OK;
}

err_t
file_allocate(struct file *f, int mode, int64_t ofs, int64_t len)
{
	struct filedata *d = &f->inode->data;
	err_t err = check_allocate(f, mode, ofs, len);

	if (err != ERR_OK)
		return err;
	spin_lock(&fs_lock);
	if (mode & FALLOC_FL_PUNCH_HOLE)
		err = data_punch(d, ofs, len);
	else
		err = data_reserve(d, ofs, len);
	if (err == ERR_OK && mode == 0)
		d->size = max(d->size, (uint64_t)(ofs + len));
	if (err == ERR_OK)
		inode_modified(f->inode);
	spin_unlock(&fs_lock);
	return err;
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
	inode_was_read(f->inode);
	spin_unlock(&fs_lock);
	return got;
}

err_t
file_truncate(struct file *f, uint64_t size)
{
	if (file_may_write(f) != ERR_OK || !inode_is_reg(f->inode))
		return ERR_INVAL;
	return inode_truncate(f->inode, size);
}
