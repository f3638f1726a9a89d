/* SPDX-License-Identifier: MIT */
/*
 * Memory of devices that programs may map: mem(4), of which nothing is RAM here.  Offsets are
 * physical addresses.  Each frame has the device as an owner for good, so those who map it come
 * and go as with any other, and it never becomes free.
 */
#include "fs/inode.h"
#include "mm/pmem.h"

/* Does page IDX belong to the device whose store STORE is?  What does not is never mapped. */
static bool
is_devices(struct memstore *store, uint64_t idx)
{
	const struct device *dev = inode_of_store(store)->dev;

	return idx >= dev->mem_start / PG_SIZE && idx < dev->mem_end / PG_SIZE;
}

static err_t
devmem_get_page(struct memstore *store, uint64_t idx, unused_arg bool write, paddr_t *frame)
{
	if (!is_devices(store, idx))
		return ERR_RANGE;
	*frame = idx * PG_SIZE;
	return ERR_OK;
}

static void
devmem_find_pages(struct memstore *store, uint64_t idx, unsigned n, paddr_t *frames)
{
	for (unsigned i = 0; i < n; i++)
		frames[i] = is_devices(store, idx + i) ? (idx + i) * PG_SIZE : 0;
}

static void
devmem_get(struct memstore *store)
{
	inode_get(inode_of_store(store));
}

static void
devmem_put(struct memstore *store)
{
	inode_put(inode_of_store(store));
}

static const struct memstore_ops devmem_store = {
	.get_page = devmem_get_page,
	.find_pages = devmem_find_pages,
	.get = devmem_get,
	.put = devmem_put,
};

void
devmem_init(struct inode *ip)
{
	ip->data.store.ops = &devmem_store;
	list_init(&ip->data.store.regions);
	pmem_adopt(ip->dev->mem_start, ip->dev->mem_end);
}

err_t
devmem_check(const struct device *dev, offset_t ofs, size_t len)
{
	return ofs >= dev->mem_start && ofs <= dev->mem_end && len <= dev->mem_end - ofs ? ERR_OK :
	    ERR_PERM;
}
