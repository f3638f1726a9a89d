/* SPDX-License-Identifier: MIT */
/*
 * The contents of regular files.  Each page of a file is one of three things: a
 * frame in the tree, when it was ever written; else bytes of the archive, below
 * view_size; else zeros.  Writing to a page that is not in the tree first gives
 * it a frame with what it read as before.
 */
#include "fs/inode.h"
#include "lib/string.h"
#include "mm/pmem.h"

static uint64_t
page_count(uint64_t size)
{
	return size / PG_SIZE + (size % PG_SIZE != 0);
}

/* Read N bytes at OFS that no frame holds: from the view, then zeros. */
static void
read_view(const struct filedata *d, void *buf, size_t n, offset_t ofs)
{
	size_t from_view = 0;

	if (ofs < d->view_size)
		from_view = min(n, d->view_size - ofs);
	if (from_view > 0)
		memcpy(buf, d->view + ofs, from_view);
	memset((char *)buf + from_view, 0, n - from_view);
}

size_t
data_read(const struct filedata *d, void *buf, size_t n, offset_t ofs)
{
	size_t done, chunk;
	paddr_t p;

	if (ofs >= d->size)
		return 0;
	n = min(n, d->size - ofs);
	for (done = 0; done < n; done += chunk) {
		offset_t at = ofs + done;
		char *dst = (char *)buf + done;

		chunk = min(n - done, PG_SIZE - pg_ofs(at));
		if (pagetree_find(&d->tree, at / PG_SIZE, &p))
			memcpy(dst, (char *)kmap_p2v(p) + pg_ofs(at), chunk);
		else
			read_view(d, dst, chunk, at);
	}
	return n;
}

uint64_t
data_pages_end(const struct filedata *d)
{
	return page_count(max(d->size, d->reserved));
}

/* Give page IDX, which is not in the tree, a frame with what it reads as.  => ERR_NOSPC */
static __attribute__((noinline)) err_t
page_add(struct filedata *d, uint64_t idx, paddr_t *p)
{
	err_t err = pagetree_add(&d->tree, idx, p);

	if (err == ERR_OK)
		read_view(d, (void *)kmap_p2v(*p), PG_SIZE, idx * PG_SIZE);
	return err;
}

/* The frame of page IDX, in the tree if it was not there before.  => ERR_NOSPC */
static inline err_t
page_for_read(struct filedata *d, uint64_t idx, paddr_t *p)
{
	return pagetree_find(&d->tree, idx, p) ? ERR_OK : page_add(d, idx, p);
}

err_t
data_page(struct filedata *d, uint64_t idx, paddr_t *p)
{
	return page_for_read(d, idx, p);
}

/* The same, ready to be written to. */
static err_t
page_for_write(struct filedata *d, uint64_t idx, paddr_t *p) REQUIRES(fs_lock)
{
	err_t err = page_for_read(d, idx, p);

	if (err == ERR_OK)
		*pmem_note(*p) = DATA_WRITTEN;
	return err;
}

ssize_t
data_write(struct filedata *d, const void *buf, size_t n, offset_t ofs)
{
	size_t done, chunk;
	paddr_t p;

	if (n == 0)
		return 0;
	if (ofs >= FILE_SIZE_MAX)
		return ERR_FBIG;
	n = min(n, FILE_SIZE_MAX - ofs);
	for (done = 0; done < n; done += chunk) {
		offset_t at = ofs + done;
		err_t err = page_for_write(d, at / PG_SIZE, &p);

		if (err != ERR_OK)
			return done > 0 ? (ssize_t)done : err;
		chunk = min(n - done, PG_SIZE - pg_ofs(at));
		memcpy((char *)kmap_p2v(p) + pg_ofs(at), (const char *)buf + done, chunk);
		d->size = max(d->size, at + chunk);
	}
	return done;
}

err_t
data_truncate(struct filedata *d, uint64_t size)
{
	paddr_t p;

	if (size > FILE_SIZE_MAX)
		return ERR_FBIG;
	if (size < max(d->size, d->reserved)) {
		memstore_unmap(&d->store, page_count(size));
		pagetree_cut(&d->tree, page_count(size));
		if (pg_ofs(size) != 0 && pagetree_find(&d->tree, size / PG_SIZE, &p))
			memset((char *)kmap_p2v(p) + pg_ofs(size), 0, PG_SIZE - pg_ofs(size));
		d->view_size = min(d->view_size, size);
		d->reserved = 0;
	}
	d->size = size;
	return ERR_OK;
}

uint64_t
data_blocks(const struct filedata *d)
{
	return max(d->tree.pages, page_count(d->view_size)) * (PG_SIZE / 512);
}

/* --- the file as a store, mm/memstore.h --- */

static err_t
store_get_page(struct memstore *store, uint64_t idx, bool write, paddr_t *frame)
{
	struct filedata *d = container_of(store, struct filedata, store);
	err_t err = ERR_RANGE;

	spin_lock(&fs_lock);
	if (idx * PG_SIZE < d->size)
		err = write ? page_for_write(d, idx, frame) : page_for_read(d, idx, frame);
	if (write && err == ERR_OK)
		inode_modified(inode_of_store(store));
	spin_unlock(&fs_lock);
	return err == ERR_NOSPC ? ERR_NOMEM : err;
}

static void
store_find_pages(struct memstore *store, uint64_t idx, unsigned n, paddr_t *frames)
{
	const struct filedata *d = container_of(store, struct filedata, store);

	spin_lock(&fs_lock);
	pagetree_find_run(&d->tree, idx, n, frames);
	spin_unlock(&fs_lock);
}

static void
store_get(struct memstore *store)
{
	inode_get(inode_of_store(store));
}

static bool
was_written(paddr_t page)
{
	return *pmem_note(page) == DATA_WRITTEN;
}

static void
store_put(struct memstore *store)
{
	struct inode *ip = inode_of_store(store);

	spin_lock(&fs_lock);
	if (list_empty(&store->regions))
		pagetree_prune(&ip->data.tree, data_pages_end(&ip->data), was_written);
	inode_put_locked(ip);
	spin_unlock(&fs_lock);
}

static const struct memstore_ops file_store = {
	.get_page = store_get_page,
	.find_pages = store_find_pages,
	.get = store_get,
	.put = store_put,
};

void
data_init(struct filedata *d)
{
	d->store.ops = &file_store;
	list_init(&d->store.regions);
}
