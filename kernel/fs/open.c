/* SPDX-License-Identifier: MIT */
/*
 * Opening files: open(2), pipe(2), fifo(7).
 */
#include "fs/file.h"
#include "fs/path.h"
#include "fs/pipe.h"
#include "mm/kmalloc.h"
#include "panic.h"

/*
 * What open(2) accepts; the rest is refused.  All that is written is there for everybody at
 * once and for good, as far as memory goes: O_SYNC and O_DSYNC have nothing to add.
 */
#define FLAGS_ONCE	(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC)
#define FLAGS_KEPT	(O_ACCMODE | FLAGS_CHANGE | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | \
			 O_SYNC | O_DSYNC | O_PATH)
#define FLAGS_PATH	(O_PATH | O_DIRECTORY | O_NOFOLLOW)	/* that O_PATH leaves */

/* What open(2) does with a link at the end of the path. */
static enum follow
open_follow(int flags)
{
	if ((flags & O_NOFOLLOW) || (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return FOLLOW_SLASH;
	return FOLLOW_LAST;
}

/* Find or make the file PATH, for O_CREAT.  => *OUT is borrowed */
static err_t
create_locked(struct inode *cwd, const char *path, int flags, int mode, struct inode **out)
    REQUIRES(fs_lock)
{
	struct place at;
	err_t err = path_walk(cwd, path, open_follow(flags), &at);

	if (err != ERR_OK)
		return err;
	if (at.slash)
		return ERR_ISDIR;
	err = place_find(&at, out);
	if (err == ERR_OK && (flags & O_EXCL))
		return ERR_EXIST;
	if (err == ERR_OK && inode_is_dir(*out))
		return ERR_ISDIR;
	if (err == ERR_NOENT)
		err = place_create(&at, S_IFREG | (mode & 07777), out);
	return err;
}

/* May the inode that was found be opened so? */
static err_t
check_kind(const struct inode *ip, int flags) REQUIRES(fs_lock)
{
	bool writes = (flags & (O_ACCMODE | O_TRUNC)) != 0;

	if ((flags & O_DIRECTORY) && !inode_is_dir(ip))
		return ERR_NOTDIR;
	if (flags & O_PATH)
		return ERR_OK;
	if (inode_is_dir(ip))
		return writes ? ERR_ISDIR : ERR_OK;
	if (inode_is_link(ip))
		return ERR_LOOP;
	return ip->dynamic != NULL && writes ? ERR_ACCESS : ERR_OK;
}

/* The same, and empty it when asked to. */
static err_t
open_check(struct inode *ip, int flags) REQUIRES(fs_lock)
{
	err_t err = check_kind(ip, flags);

	if (err != ERR_OK)
		return err;
	if ((flags & O_TRUNC) && inode_is_reg(ip)) {
		inode_modified(ip);
		return data_truncate(&ip->data, 0);
	}
	return ERR_OK;
}

/* As inode_lookup, and make or empty the file as FLAGS (open(2)) say. */
static err_t
inode_open(struct inode *cwd, const char *path, int flags, int mode, struct inode **out)
{
	struct inode *ip;
	err_t err;

	spin_lock(&fs_lock);
	if (flags & O_CREAT)
		err = create_locked(cwd, path, flags, mode, &ip);
	else
		err = path_find(cwd, path, open_follow(flags), &ip);
	if (err == ERR_OK)
		err = open_check(ip, flags);
	if (err == ERR_OK)
		*out = inode_get_locked(ip);
	spin_unlock(&fs_lock);
	return err;
}

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

/* What becomes of FLAGS; the ones that cannot be are refused. */
static err_t
check_flags(int *flags)
{
	if (*flags & O_PATH) {
		*flags &= FLAGS_PATH;
		return ERR_OK;
	}
	if ((*flags & O_TMPFILE) == O_TMPFILE)
		return ERR_OPNOTSUPP;
	if ((*flags & ~(FLAGS_ONCE | FLAGS_KEPT)) != 0 || (*flags & O_ACCMODE) == O_ACCMODE ||
	    ((*flags & O_CREAT) && (*flags & O_DIRECTORY)))
		return ERR_INVAL;
	*flags |= O_LARGEFILE;
	return ERR_OK;
}

/* What else there is to do for F, whose inode has been found. */
static err_t
open_kind(struct file *f)
{
	const struct device *dev = f->inode->dev;

	if (f->flags & O_PATH)
		return ERR_OK;
	if (dev != NULL)
		return dev->open != NULL ? dev->open() : ERR_OK;
	return inode_is_fifo(f->inode) ? open_fifo(f) : open_dynamic(&f->inode);
}

err_t
file_open(struct inode *cwd, const char *path, int flags, int mode, struct file **out)
{
	struct file *f;
	err_t err = check_flags(&flags);

	if (err != ERR_OK)
		return err;
	f = file_create(flags);
	if (f == NULL)
		return ERR_NOMEM;
	err = inode_open(cwd, path, flags, mode, &f->inode);
	if (err != ERR_OK)
		goto free_file;
	err = open_kind(f);
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

struct file *
file_of_inode(struct inode *ip, int flags)
{
	struct file *f = file_create(flags | O_LARGEFILE);

	if (f != NULL)
		f->inode = ip;
	return f;
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
	if (last)
		flock_release(f);
	spin_unlock(&fs_lock);
	if (!last)
		return;
	if (f->pipe != NULL)
		pipe_detach(f);
	inode_put(f->inode);
	kfree(f);
}
