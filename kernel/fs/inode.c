/* SPDX-License-Identifier: MIT */
/*
 * Inodes: their lifetime, and what all kinds of them have in common.
 */
#include "fs/inode.h"

#include "lib/string.h"
#include "mm/kmalloc.h"
#include "panic.h"

struct spinlock fs_lock = SPINLOCK_INIT("fs");

static uint64_t last_ino;		/* fs_lock */

uint64_t
inode_number(void)
{
	return ++last_ino;
}

struct inode *
inode_create(uint32_t mode, const struct device *dev)
{
	struct inode *ip = kzalloc(sizeof(*ip));

	if (ip == NULL)
		return NULL;
	ip->ino = inode_number();
	ip->mode = mode;
	ip->dev = dev;
	ip->refs = 1;
	list_init(&ip->names);
	ip->atime = ip->mtime = ip->ctime = stamp_now();
	if (inode_is_dir(ip)) {
		list_init(&ip->dir.entries);
		ip->dir.last_cookie = COOKIE_DOTDOT;
	} else if (inode_is_reg(ip)) {
		data_init(&ip->data);
	} else if (dev != NULL && dev->mem_end > 0) {
		devmem_init(ip);
	}
	return ip;
}

struct inode *
inode_get_locked(struct inode *ip)
{
	kassert(ip->refs > 0);
	ip->refs++;
	return ip;
}

void
inode_put_locked(struct inode *ip)
{
	/* What goes gives up its directory, which may then go too. */
	while (ip != NULL && --ip->refs == 0) {
		struct inode *parent = NULL;
		err_t err = ERR_OK;

		if (inode_is_dir(ip)) {
			kassert(list_empty(&ip->dir.entries));
			parent = ip->dir.parent;
		} else if (inode_is_reg(ip)) {
			err = data_truncate(&ip->data, 0);
		} else if (inode_is_link(ip)) {
			kfree(ip->link.text);
		}
		if (ip->gone != NULL) {
			parent = ip->gone->dir;
			kfree(ip->gone);
		}
		kassert(err == ERR_OK);
		kfree(ip);
		ip = parent;
	}
}

struct inode *
inode_get(struct inode *ip)
{
	spin_lock(&fs_lock);
	inode_get_locked(ip);
	spin_unlock(&fs_lock);
	return ip;
}

void
inode_put(struct inode *ip)
{
	spin_lock(&fs_lock);
	inode_put_locked(ip);
	spin_unlock(&fs_lock);
}

struct inode *
inode_anonymous(uint64_t size)
{
	struct inode *ip;

	spin_lock(&fs_lock);
	ip = inode_create(S_IFREG | 0600, NULL);
	if (ip != NULL)
		ip->data.size = size;
	spin_unlock(&fs_lock);
	return ip;
}

struct inode *
inode_memfd(const char *name)
{
	struct inode *ip;

	spin_lock(&fs_lock);
	ip = inode_create(S_IFREG | 0777, NULL);
	if (ip != NULL && dir_never_was(ip, name, strlen(name)) != ERR_OK) {
		inode_put_locked(ip);
		ip = NULL;
	}
	spin_unlock(&fs_lock);
	return ip;
}

struct memstore *
inode_store(struct inode *ip)
{
	return inode_is_reg(ip) ? &ip->data.store : NULL;
}

err_t
inode_map(struct inode *ip, offset_t ofs, size_t len, struct memstore **store)
{
	bool device = ip->dev != NULL && ip->dev->mem_end > 0;

	if (!inode_is_reg(ip) && !device)
		return ERR_NODEV;
	*store = &ip->data.store;
	return device ? devmem_check(ip->dev, ofs, len) : ERR_OK;
}

struct inode *
inode_of_store(struct memstore *store)
{
	return container_of(store, struct inode, data.store);
}

bool
inode_is_dir(const struct inode *ip)
{
	return (ip->mode & S_IFMT) == S_IFDIR;
}

bool
inode_is_fifo(const struct inode *ip)
{
	return (ip->mode & S_IFMT) == S_IFIFO;
}

bool
inode_may_exec(const struct inode *ip)
{
	return inode_is_reg(ip) && (ip->mode & 0111) != 0;
}

uint64_t
inode_size(const struct inode *ip)
{
	return inode_is_reg(ip) ? ip->data.size : 0;
}

ssize_t
inode_read(struct inode *ip, void *buf, size_t n, offset_t ofs)
{
	ssize_t got;

	if (inode_is_dir(ip))
		return ERR_ISDIR;
	if (ip->dev != NULL) {
		got = ip->dev->peek(buf, n, false);
		if (got >= 0 && ip->dev->skip != NULL)
			ip->dev->skip(got);
		return got;
	}
	spin_lock(&fs_lock);
	got = data_read(&ip->data, buf, n, ofs);
	spin_unlock(&fs_lock);
	return got;
}

ssize_t
inode_write(struct inode *ip, const void *buf, size_t n, offset_t ofs)
{
	ssize_t put;

	if (inode_is_dir(ip))
		return ERR_ISDIR;
	if (ip->dev != NULL)
		return ip->dev->write(ip->dev, buf, n, false);
	spin_lock(&fs_lock);
	put = data_write(&ip->data, buf, n, ofs);
	spin_unlock(&fs_lock);
	return put;
}
