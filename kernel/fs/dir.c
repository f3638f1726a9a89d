/* SPDX-License-Identifier: MIT */
/*
 * Directories: lists of names.  The entries "." and ".." are in no list; they
 * are answered from the inode itself.  Inodes know their names, too: that is how
 * a path is found.
 */
#include "fs/inode.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "panic.h"

struct dirent *
dir_find_entry(struct inode *dir, const char *name, size_t len)
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
	struct dirent *e = dir_find_entry(dir, name, len);

	return e != NULL ? e->inode : NULL;
}

/* => NULL when there is no memory */
static struct dirent *
entry_create(const char *name, size_t len)
{
	struct dirent *e = kmalloc(sizeof(*e) + len);

	kassert(len > 0 && len <= NAME_MAX);
	if (e == NULL)
		return NULL;
	e->len = len;
	memcpy(e->name, name, len);
	return e;
}

/* Make E a name of IP in DIR.  => takes over a reference to IP */
static void
entry_attach(struct dirent *e, struct inode *dir, struct inode *ip) REQUIRES(fs_lock)
{
	e->inode = ip;
	e->dir = dir;
	e->cookie = ++dir->dir.last_cookie;
	list_push_back(&dir->dir.entries, &e->node);
	list_push_back(&ip->names, &e->alias);
	ip->nlink++;
	if (inode_is_dir(ip)) {
		ip->nlink++;		/* its "." */
		dir->nlink++;		/* its ".." */
	}
	inode_modified(dir);
	inode_changed(ip);
}

/* The opposite.  => gives the reference to IP back */
static void
entry_detach(struct dirent *e) REQUIRES(fs_lock)
{
	list_remove(&e->node);
	list_remove(&e->alias);
	e->inode->nlink--;
	if (inode_is_dir(e->inode)) {
		e->inode->nlink--;
		e->dir->nlink--;
	}
	inode_modified(e->dir);
	inode_changed(e->inode);
}

err_t
dir_create(struct inode *dir, const char *name, size_t len, uint32_t mode,
    const struct device *dev, struct inode **out)
{
	struct dirent *e;
	struct inode *ip;

	if (dir->nlink == 0)
		return ERR_NOENT;
	e = entry_create(name, len);
	if (e == NULL)
		return ERR_NOSPC;
	ip = inode_create(mode, dev);
	if (ip == NULL) {
		kfree(e);
		return ERR_NOSPC;
	}
	entry_attach(e, dir, ip);
	if (inode_is_dir(ip))
		ip->dir.parent = inode_get_locked(dir);
	*out = ip;
	return ERR_OK;
}

err_t
dir_create_link(struct inode *dir, const char *name, size_t len, const char *text,
    size_t text_len)
{
	char *copy = kmalloc(text_len + 1);
	struct inode *ip;
	err_t err;

	if (copy == NULL)
		return ERR_NOSPC;
	memcpy(copy, text, text_len);
	copy[text_len] = '\0';
	err = dir_create(dir, name, len, S_IFLNK | 0777, NULL, &ip);
	if (err != ERR_OK) {
		kfree(copy);
		return err;
	}
	ip->link = (struct link){ copy, text_len };
	return ERR_OK;
}

err_t
dir_link(struct inode *dir, const char *name, size_t len, struct inode *ip)
{
	struct dirent *e;

	kassert(!inode_is_dir(ip) && ip->gone == NULL);
	if (dir->nlink == 0)
		return ERR_NOENT;
	e = entry_create(name, len);
	if (e == NULL)
		return ERR_NOSPC;
	entry_attach(e, dir, inode_get_locked(ip));
	return ERR_OK;
}

void
dir_remove(struct dirent *e)
{
	struct inode *ip = e->inode;

	entry_detach(e);
	if (list_empty(&ip->names) && ip->refs > 1) {
		ip->gone = e;
		if (!inode_is_dir(ip))	/* which has a reference to its parent */
			inode_get_locked(e->dir);
	} else {
		kfree(e);
	}
	inode_put_locked(ip);
}

/* Directory IP now lies in DIR. */
static void
set_parent(struct inode *ip, struct inode *dir) REQUIRES(fs_lock)
{
	struct inode *old = ip->dir.parent;

	ip->dir.parent = inode_get_locked(dir);
	inode_put_locked(old);
}

err_t
dir_move(struct dirent *e, struct inode *dir, const char *name, size_t len, struct dirent *over)
{
	struct dirent *new = entry_create(name, len);
	struct inode *ip = e->inode;

	if (new == NULL)
		return ERR_NOSPC;
	if (over != NULL)
		dir_remove(over);
	entry_detach(e);
	kfree(e);
	entry_attach(new, dir, ip);
	if (inode_is_dir(ip))
		set_parent(ip, dir);
	return ERR_OK;
}

void
dir_exchange(struct dirent *a, struct dirent *b)
{
	struct inode *to_a = b->inode, *to_b = a->inode;
	int more_in_a = inode_is_dir(to_a) - inode_is_dir(to_b);

	list_remove(&a->alias);
	list_remove(&b->alias);
	a->inode = to_a;
	b->inode = to_b;
	list_push_back(&to_a->names, &a->alias);
	list_push_back(&to_b->names, &b->alias);
	a->dir->nlink += more_in_a;
	b->dir->nlink -= more_in_a;
	if (inode_is_dir(to_a))
		set_parent(to_a, a->dir);
	if (inode_is_dir(to_b))
		set_parent(to_b, b->dir);
	inode_modified(a->dir);
	inode_modified(b->dir);
	inode_changed(to_a);
	inode_changed(to_b);
}

err_t
dir_never_was(struct inode *ip, const char *name, size_t len)
{
	struct dirent *e = entry_create(name, len);

	if (e == NULL)
		return ERR_NOMEM;
	e->dir = inode_get_locked(fs_root);
	ip->gone = e;
	return ERR_OK;
}

/* --- from an inode to its path --- */

/* The name of IP, or the last it had; NULL when it never had one. */
static const struct dirent *
last_name(const struct inode *ip)
{
	if (ip->gone != NULL || list_empty(&ip->names))
		return ip->gone;
	return list_entry(ip->names.next, struct dirent, alias);
}

/*
 * Write the path of IP from the end of BUF downwards.
 * => where it starts in BUF, the root (or what is outside of it) being the empty path
 */
static ssize_t
path_build(struct inode *ip, char *buf, size_t n) REQUIRES(fs_lock)
{
	const struct inode *root = path_root();
	const struct dirent *e;
	size_t at = n;

	for (; ip != root && ip != fs_root; ip = e->dir) {
		e = last_name(ip);
		if (e == NULL)
			return ERR_NOENT;
		if (at < e->len + 1u)
			return ERR_RANGE;
		at -= e->len;
		memcpy(buf + at, e->name, e->len);
		buf[--at] = '/';
	}
	return at;
}

ssize_t
inode_path_locked(struct inode *ip, char *buf, size_t n)
{
	ssize_t at;
	size_t len;

	if (n < sizeof("/"))
		return ERR_RANGE;
	at = path_build(ip, buf, n - 1);
	if (at < 0)
		return at;
	len = n - 1 - at;
	memmove(buf, buf + at, len);
	if (len == 0)
		buf[len++] = '/';
	buf[len] = '\0';
	return len;
}

ssize_t
inode_path(struct inode *ip, char *buf, size_t n)
{
	ssize_t len = ERR_NOENT;

	spin_lock(&fs_lock);
	if (!inode_is_dir(ip) || ip->nlink > 0)
		len = inode_path_locked(ip, buf, n);
	spin_unlock(&fs_lock);
	return len;
}

/* --- reading --- */

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
