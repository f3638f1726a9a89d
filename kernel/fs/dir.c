/* SPDX-License-Identifier: MIT */
/*
 * Directories: lists of names.  The entries "." and ".." are in no list; they
 * are answered from the inode itself.
 */
#include "fs/inode.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "panic.h"

static struct dirent *
entry_find(const struct inode *dir, const char *name, size_t len)
{
	list_for_each(pos, &dir->dir.entries) {
		struct dirent *e = list_entry(pos, struct dirent, node);

		if (e->len == len && memcmp(e->name, name, len) == 0)
			return e;
	}
	return NULL;
}

struct inode *
dir_find(struct inode *dir, const char *name, size_t len)
{
	struct dirent *e = entry_find(dir, name, len);

	return e != NULL ? e->inode : NULL;
}

err_t
dir_create(struct inode *dir, const char *name, size_t len, uint32_t mode,
    const struct device *dev, struct inode **out)
{
	struct dirent *e;
	struct inode *ip;

	kassert(len > 0 && len <= NAME_MAX);
	if (dir->nlink == 0)
		return ERR_NOENT;
	e = kmalloc(sizeof(*e) + len);
	if (e == NULL)
		return ERR_NOSPC;
	ip = inode_create(mode, dev);
	if (ip == NULL)
		goto free_entry;

	ip->nlink = 1;
	ip->home = dir;
	if (inode_is_dir(ip)) {
		ip->nlink = 2;		/* its "." */
		ip->dir.parent = inode_get_locked(dir);
		dir->nlink++;		/* its ".." */
	}
	e->inode = ip;
	e->cookie = ++dir->dir.last_cookie;
	e->len = len;
	memcpy(e->name, name, len);
	list_push_back(&dir->dir.entries, &e->node);
	*out = ip;
	return ERR_OK;

free_entry:
	kfree(e);
	return ERR_NOSPC;
}

void
dir_remove(struct inode *dir, struct inode *ip, const char *name, size_t len)
{
	struct dirent *e = entry_find(dir, name, len);

	kassert(e != NULL && e->inode == ip);
	list_remove(&e->node);
	if (!inode_is_dir(ip) && ip->refs > 1) {
		ip->gone = e;		/* somebody may still ask what it was called */
		inode_get_locked(dir);
	} else {
		kfree(e);
	}
	ip->nlink--;
	if (inode_is_dir(ip)) {
		ip->nlink--;
		dir->nlink--;
	}
	inode_put_locked(ip);
}

const struct dirent *
dir_entry_of(const struct inode *dir, const struct inode *ip)
{
	list_for_each(pos, &dir->dir.entries) {
		const struct dirent *e = list_entry(pos, struct dirent, node);

		if (e->inode == ip)
			return e;
	}
	return NULL;
}

/* The output of one dir_read. */
struct reader {
	char *buf;
	size_t n;
	size_t used;
	offset_t next;			/* cookie of the last entry laid out */
};

/* Lay out one entry.  => false when it does not fit */
static bool
entry_emit(struct reader *r, const struct inode *ip, uint64_t cookie, const char *name, size_t len)
{
	size_t head = offsetof(struct linux_dirent64, d_name);
	size_t reclen = (head + len + 1 + 7) & ~7ul;
	struct linux_dirent64 d = {
		.d_ino = ip->ino,
		.d_off = cookie,
		.d_reclen = reclen,
		.d_type = (ip->mode & S_IFMT) >> 12,	/* DT_x is S_IFx shifted */
	};

	if (reclen > r->n - r->used)
		return false;
	memset(r->buf + r->used, 0, reclen);
	memcpy(r->buf + r->used, &d, head);
	memcpy(r->buf + r->used + head, name, len);
	r->used += reclen;
	r->next = cookie;
	return true;
}

/* => false when something did not fit */
static bool
entries_emit(struct reader *r, const struct inode *dir)
{
	if (r->next < COOKIE_DOT && !entry_emit(r, dir, COOKIE_DOT, ".", 1))
		return false;
	if (r->next < COOKIE_DOTDOT && !entry_emit(r, dir->dir.parent, COOKIE_DOTDOT, "..", 2))
		return false;
	list_for_each(pos, &dir->dir.entries) {
		const struct dirent *e = list_entry(pos, struct dirent, node);

		if (e->cookie > r->next && !entry_emit(r, e->inode, e->cookie, e->name, e->len))
			return false;
	}
	return true;
}

ssize_t
dir_read(const struct inode *dir, void *buf, size_t n, offset_t pos, offset_t *next)
{
	struct reader r = { .buf = buf, .n = n, .used = 0, .next = pos };

	if (dir->nlink == 0)
		return ERR_NOENT;
	if (!entries_emit(&r, dir) && r.used == 0)
		return ERR_INVAL;
	*next = r.next;
	return r.used;
}
