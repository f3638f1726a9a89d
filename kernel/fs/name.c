/* SPDX-License-Identifier: MIT */
/*
 * What is done to names: making and removing them.
 */
#include "fs/path.h"

#include "lib/string.h"

/* Walk to PATH, where nothing may be.  => ERR_EXIST */
static err_t
walk_to_new(struct inode *cwd, const char *path, struct place *at) REQUIRES(fs_lock)
{
	struct inode *ip;
	err_t err = path_walk(cwd, path, FOLLOW_NEVER, at);

	if (err != ERR_OK)
		return err;
	err = place_find(at, &ip);
	if (err == ERR_OK)
		return ERR_EXIST;
	return err == ERR_NOENT ? ERR_OK : err;
}

err_t
inode_mkdir(struct inode *cwd, const char *path, int mode)
{
	struct inode *ip;
	struct place at;
	err_t err;

	spin_lock(&fs_lock);
	err = walk_to_new(cwd, path, &at);
	if (err == ERR_OK)
		err = place_create(&at, S_IFDIR | (mode & 01777), &ip);
	spin_unlock(&fs_lock);
	return err;
}

/* The same as walk_to_new, for what is no directory. */
static err_t
walk_to_new_file(struct inode *cwd, const char *path, struct place *at) REQUIRES(fs_lock)
{
	err_t err = walk_to_new(cwd, path, at);

	if (err == ERR_OK && (at->slash || at->dir->dynamic != NULL))
		return ERR_NOENT;
	return err;
}

err_t
inode_mknod(struct inode *cwd, const char *path, int mode)
{
	struct inode *ip;
	struct place at;
	err_t err;

	spin_lock(&fs_lock);
	err = walk_to_new_file(cwd, path, &at);
	if (err == ERR_OK)
		err = place_create(&at, mode, &ip);
	spin_unlock(&fs_lock);
	return err;
}

/* May IP have one more name, in DIR? */
static err_t
check_link(const struct inode *ip, const struct inode *dir) REQUIRES(fs_lock)
{
	if (ip->dynamic != NULL || dir->dynamic != NULL)
		return ERR_XDEV;
	if (inode_is_dir(ip))
		return ERR_PERM;
	return ip->nlink > 0 ? ERR_OK : ERR_NOENT;
}

err_t
inode_link(struct inode *ip, struct inode *cwd, const char *path)
{
	struct place at;
	err_t err;

	spin_lock(&fs_lock);
	err = walk_to_new_file(cwd, path, &at);
	if (err == ERR_OK)
		err = check_link(ip, at.dir);
	if (err == ERR_OK)
		err = dir_link(at.dir, at.name, at.len, ip);
	spin_unlock(&fs_lock);
	return err;
}

err_t
inode_symlink(const char *text, struct inode *cwd, const char *path)
{
	struct place at;
	err_t err;

	spin_lock(&fs_lock);
	err = walk_to_new_file(cwd, path, &at);
	if (err == ERR_OK)
		err = dir_create_link(at.dir, at.name, at.len, text, strlen(text));
	spin_unlock(&fs_lock);
	return err;
}

ssize_t
inode_readlink(struct inode *ip, char *buf, size_t n)
{
	ssize_t len;

	if (!inode_is_link(ip))
		return ERR_INVAL;
	spin_lock(&fs_lock);
	inode_was_read(ip);
	if (ip->dynamic != NULL) {
		len = ip->dynamic->text(ip, buf, n);
	} else {
		len = min(n, ip->link.len);
		memcpy(buf, ip->link.text, len);
	}
	spin_unlock(&fs_lock);
	return len;
}

/* Find the entry of what is to be removed.  => ERR_PERM in /proc */
static err_t
find_entry(const struct place *at, struct dirent **e) REQUIRES(fs_lock)
{
	if (at->dir->dynamic != NULL)
		return ERR_PERM;
	*e = dir_find_entry(at->dir, at->name, at->len);
	return ERR_OK;
}

/* Is AT the name of a directory that rmdir(2) may take away? */
static err_t
check_removable(const struct place *at)
{
	if (at->len == 0)
		return ERR_BUSY;
	if (place_is(at, "."))
		return ERR_INVAL;
	return place_is(at, "..") ? ERR_NOTEMPTY : ERR_OK;
}

static err_t
rmdir_locked(struct inode *cwd, const char *path) REQUIRES(fs_lock)
{
	struct inode *ip;
	struct dirent *e;
	struct place at;
	err_t err = path_walk(cwd, path, FOLLOW_NEVER, &at);

	if (err == ERR_OK)
		err = check_removable(&at);
	if (err == ERR_OK)
		err = place_find(&at, &ip);
	if (err == ERR_OK)
		err = inode_is_dir(ip) ? find_entry(&at, &e) : ERR_NOTDIR;
	if (err == ERR_OK && !list_empty(&ip->dir.entries))
		err = ERR_NOTEMPTY;
	if (err == ERR_OK)
		dir_remove(e);
	return err;
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
	struct dirent *e;
	struct place at;
	err_t err;

	spin_lock(&fs_lock);
	err = path_walk(cwd, path, FOLLOW_NEVER, &at);
	if (err == ERR_OK)
		err = place_find(&at, &ip);
	if (err == ERR_OK && inode_is_dir(ip))
		err = ERR_ISDIR;
	else if (err == ERR_OK && at.slash)
		err = ERR_NOTDIR;
	if (err == ERR_OK)
		err = find_entry(&at, &e);
	if (err == ERR_OK)
		dir_remove(e);
	spin_unlock(&fs_lock);
	return err;
}
