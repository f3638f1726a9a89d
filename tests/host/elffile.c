/* SPDX-License-Identifier: MIT */
/*
 * See elffile.h.
 */
#include "host.h"

#include "elffile.h"
#include "fs/fs.h"

ssize_t
inode_read(struct inode *ip, void *buf, size_t n, offset_t ofs)
{
	if (ofs >= ip->cache.size)
		return 0;
	n = min(n, ip->cache.size - ofs);
	memcpy(buf, ip->bytes + ofs, n);
	return n;
}

uint64_t
inode_size(const struct inode *ip)
{
	return ip->cache.size;
}

struct memstore *
inode_store(struct inode *ip)
{
	return &ip->cache.store;
}
