/* SPDX-License-Identifier: MIT */
/*
 * What an open file is asked besides its contents: is it ready, how much is there, and what
 * only terminals understand.
 */
#include "fs/file.h"
#include "fs/pipe.h"
#include "sys/abi_poll.h"

unsigned
file_poll(struct file *f, struct watch *w)
{
	const struct device *dev = f->inode->dev;

	if (f->pipe != NULL)
		return pipe_poll(f->pipe, f->access, w);
	if (dev != NULL && dev->poll != NULL)
		return dev->poll(w);
	return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

/* How many bytes can be read without waiting: a pipe's, or what a file has from here on. */
static err_t
count_readable(struct file *f, int *count)
{
	if (f->pipe != NULL) {
		*count = pipe_readable(f->pipe);
		return ERR_OK;
	}
	if (!inode_is_reg(f->inode))
		return ERR_NOTTY;
	spin_lock(&fs_lock);
	*count = f->inode->data.size - f->offset;
	spin_unlock(&fs_lock);
	return ERR_OK;
}

err_t
file_ioctl(struct file *f, unsigned cmd, union ioctl_arg *arg)
{
	const struct device *dev = f->inode->dev;

	if (dev == NULL && cmd == FIONREAD)
		return count_readable(f, &arg->number);
	if (dev == NULL || dev->ioctl == NULL)
		return ERR_NOTTY;
	return dev->ioctl(cmd, arg);
}
