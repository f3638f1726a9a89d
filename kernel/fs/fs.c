/* SPDX-License-Identifier: MIT */
/*
 * The file tree at boot.
 */
#include "fs/inode.h"
#include "panic.h"

static void
tree_create(void) REQUIRES(fs_lock)
{
	struct inode *dev, *tmp;

	fs_root = inode_create(S_IFDIR | 0755, NULL);
	if (fs_root == NULL)
		panic("fs_init: no memory");
	fs_root->nlink = 2;
	fs_root->dir.parent = fs_root;
	if (dir_create(fs_root, "dev", 3, S_IFDIR | 0755, NULL, &dev) != ERR_OK ||
	    dir_create(fs_root, "tmp", 3, S_IFDIR | 01777, NULL, &tmp) != ERR_OK ||
	    dev_populate(dev) != ERR_OK)
		panic("fs_init: no memory");
}

void
fs_init(const void *archive, size_t size)
{
	spin_lock(&fs_lock);
	tree_create();
	spin_unlock(&fs_lock);
	if (archive != NULL)
		tar_plant(fs_root, archive, size);
}
