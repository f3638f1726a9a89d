/* SPDX-License-Identifier: MIT */
/*
 * Paths, and what is done to names: path_resolution(7).  A walk happens under
 * fs_lock from beginning to end, so the inodes that it passes need no reference.
 */
#include "fs/inode.h"
#include "lib/string.h"

/* Permissions that a new file does not get: there is no umask(2), this is its usual value. */
#define UMASK		022

/* The last component of a path, and the directory it is to be looked up in. */
struct place {
	struct inode *dir;		/* borrowed */
	const char *name;
	size_t len;			/* 0: the path is only slashes */
	bool slash;			/* slashes follow: must be a directory */
};

struct inode *fs_root;

static const char *
skip_slashes(const char *p)
{
	while (*p == '/')
		p++;
	return p;
}

static bool
name_is(const struct place *at, const char *name)
{
	return at->len == strlen(name) && memcmp(at->name, name, at->len) == 0;
}

static struct inode *
find_name(struct inode *dir, const char *name, size_t len) REQUIRES(fs_lock)
{
	if (dir->dynamic != NULL)
		return dir->dynamic->find(dir, name, len);
	return dir_find(dir, name, len);
}

/* Make an inode called as AT says, where there is none.  In /proc nothing can be made. */
static err_t
place_create(const struct place *at, uint32_t mode, struct inode **out) REQUIRES(fs_lock)
{
	if (at->dir->dynamic != NULL)
		return ERR_NOENT;
	return dir_create(at->dir, at->name, at->len, mode, NULL, out);
}

/* Find what AT names.  => *OUT is borrowed */
static err_t
place_find(const struct place *at, struct inode **out) REQUIRES(fs_lock)
{
	struct inode *ip = at->dir;

	if (at->len == 0)
		goto found;
	if (!inode_is_dir(at->dir))
		return ERR_NOTDIR;
	if (name_is(at, ".."))
		ip = at->dir->dir.parent;
	else if (!name_is(at, "."))
		ip = find_name(at->dir, at->name, at->len);
	if (ip == NULL)
		return ERR_NOENT;
found:
	*out = ip;
	return ERR_OK;
}

/* Walk PATH up to its last component.  => AT->dir is a directory */
static err_t
path_walk(struct inode *cwd, const char *path, struct place *at) REQUIRES(fs_lock)
{
	err_t err;

	if (*path == '\0')
		return ERR_NOENT;
	at->dir = *path == '/' || cwd == NULL ? fs_root : cwd;
	at->name = skip_slashes(path);
	for (;;) {
		const char *end = strchr(at->name, '/');
		const char *next;

		at->len = end != NULL ? (size_t)(end - at->name) : strlen(at->name);
		at->slash = end != NULL;
		if (at->len > NAME_MAX)
			return ERR_NAMETOOLONG;
		next = skip_slashes(at->name + at->len);
		if (*next == '\0')
			return inode_is_dir(at->dir) ? ERR_OK : ERR_NOTDIR;
		err = place_find(at, &at->dir);
		if (err != ERR_OK)
			return err;
		at->name = next;
	}
}

static err_t
lookup_locked(struct inode *cwd, const char *path, struct inode **out) REQUIRES(fs_lock)
{
	struct inode *ip;
	struct place at;
	err_t err = path_walk(cwd, path, &at);

	if (err == ERR_OK)
		err = place_find(&at, &ip);
	if (err != ERR_OK)
		return err;
	if (at.slash && !inode_is_dir(ip))
		return ERR_NOTDIR;
	*out = inode_get_locked(ip);
	return ERR_OK;
}

err_t
inode_lookup(struct inode *cwd, const char *path, struct inode **out)
{
	err_t err;

	spin_lock(&fs_lock);
	err = lookup_locked(cwd, path, out);
	spin_unlock(&fs_lock);
	return err;
}

/* Find or make the file PATH, for O_CREAT. */
static err_t
create_locked(struct inode *cwd, const char *path, int flags, int mode, struct inode **out)
    REQUIRES(fs_lock)
{
	struct inode *ip;
	struct place at;
	err_t err = path_walk(cwd, path, &at);

	if (err != ERR_OK)
		return err;
	if (at.slash)
		return ERR_ISDIR;
	err = place_find(&at, &ip);
	if (err == ERR_OK && (flags & O_EXCL))
		return ERR_EXIST;
	if (err == ERR_OK && inode_is_dir(ip))
		return ERR_ISDIR;
	if (err == ERR_NOENT)
		err = place_create(&at, S_IFREG | (mode & 07777 & ~UMASK), &ip);
	if (err == ERR_OK)
		*out = inode_get_locked(ip);
	return err;
}

/* May the inode that was found be opened so?  Empties it when asked to. */
static err_t
open_check(struct inode *ip, int flags) REQUIRES(fs_lock)
{
	if ((flags & O_DIRECTORY) && !inode_is_dir(ip))
		return ERR_NOTDIR;
	if (inode_is_dir(ip))
		return (flags & (O_ACCMODE | O_TRUNC)) != 0 ? ERR_ISDIR : ERR_OK;
	if (ip->dynamic != NULL && (flags & (O_ACCMODE | O_TRUNC)) != 0)
		return ERR_ACCESS;
	if ((flags & O_TRUNC) && inode_is_reg(ip))
		return data_truncate(&ip->data, 0);
	return ERR_OK;
}

err_t
inode_open(struct inode *cwd, const char *path, int flags, int mode, struct inode **out)
{
	struct inode *ip;
	err_t err;

	spin_lock(&fs_lock);
	if (flags & O_CREAT)
		err = create_locked(cwd, path, flags, mode, &ip);
	else
		err = lookup_locked(cwd, path, &ip);
	if (err != ERR_OK)
		goto unlock;
	err = open_check(ip, flags);
	if (err == ERR_OK)
		*out = ip;
	else
		inode_put_locked(ip);
unlock:
	spin_unlock(&fs_lock);
	return err;
}

err_t
inode_mkdir(struct inode *cwd, const char *path, int mode)
{
	struct inode *ip;
	struct place at;
	err_t err;

	spin_lock(&fs_lock);
	err = path_walk(cwd, path, &at);
	if (err != ERR_OK)
		goto unlock;
	err = place_find(&at, &ip);
	if (err == ERR_OK)
		err = ERR_EXIST;
	else if (err == ERR_NOENT)
		err = place_create(&at, S_IFDIR | (mode & 01777 & ~UMASK), &ip);
unlock:
	spin_unlock(&fs_lock);
	return err;
}

static err_t
rmdir_locked(struct inode *cwd, const char *path) REQUIRES(fs_lock)
{
	struct inode *ip;
	struct place at;
	err_t err = path_walk(cwd, path, &at);

	if (err != ERR_OK)
		return err;
	if (at.len == 0)
		return ERR_BUSY;
	if (name_is(&at, "."))
		return ERR_INVAL;
	if (name_is(&at, ".."))
		return ERR_NOTEMPTY;
	err = place_find(&at, &ip);
	if (err != ERR_OK)
		return err;
	if (!inode_is_dir(ip))
		return ERR_NOTDIR;
	if (at.dir->dynamic != NULL)
		return ERR_PERM;
	if (!list_empty(&ip->dir.entries))
		return ERR_NOTEMPTY;
	dir_remove(at.dir, ip, at.name, at.len);
	return ERR_OK;
}

err_t
inode_rmdir(struct inode *cwd, const char *path)
{
	err_t err;

	spin_lock(&fs_lock);
	err = rmdir_locked(cwd, path);
	spin_unlock(&fs_lock);
	return err;
}

err_t
inode_unlink(struct inode *cwd, const char *path)
{
	struct inode *ip;
	struct place at;
	err_t err;

	spin_lock(&fs_lock);
	err = path_walk(cwd, path, &at);
	if (err == ERR_OK)
		err = place_find(&at, &ip);
	if (err != ERR_OK)
		goto unlock;
	if (inode_is_dir(ip))
		err = ERR_ISDIR;
	else if (at.slash)
		err = ERR_NOTDIR;
	else if (at.dir->dynamic != NULL)
		err = ERR_PERM;
	else
		dir_remove(at.dir, ip, at.name, at.len);
unlock:
	spin_unlock(&fs_lock);
	return err;
}

/* The name of IP, or the last it had; NULL when there is none. */
static const struct dirent *
last_name(const struct inode *ip) REQUIRES(fs_lock)
{
	if (ip->home == NULL)
		return NULL;
	return ip->gone != NULL ? ip->gone : dir_entry_of(ip->home, ip);
}

/*
 * Write the path of IP from the end of BUF downwards.
 * => where it starts in BUF, the root being the empty path
 */
static ssize_t
path_build(struct inode *ip, char *buf, size_t n) REQUIRES(fs_lock)
{
	size_t at = n;

	for (; ip != fs_root; ip = ip->home) {
		const struct dirent *e = last_name(ip);

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
	ssize_t len;

	spin_lock(&fs_lock);
	len = inode_path_locked(ip, buf, n);
	spin_unlock(&fs_lock);
	return len;
}
