/* SPDX-License-Identifier: MIT */
/*
 * Pieces of a file: given pages before they are written to, made holes, and looked for.
 */
#include "fs/inode.h"
#include "lib/string.h"
#include "mm/pmem.h"

/* Notes of pages while an operation is under way. */
#define NEW_PAGE	2
#define DROPPED		3

static bool
is_not_new(paddr_t page)
{
	return *pmem_note(page) != NEW_PAGE;
}

static bool
is_not_dropped(paddr_t page)
{
	return *pmem_note(page) != DROPPED;
}

/* The pages NEW_PAGE in [FROM, END) are as if written to. */
static void
settle(struct filedata *d, uint64_t from, uint64_t end) REQUIRES(fs_lock)
{
	paddr_t p;

	for (uint64_t idx = from; idx < end; idx++) {
		if (pagetree_find(&d->tree, idx, &p) && *pmem_note(p) == NEW_PAGE)
			*pmem_note(p) = DATA_WRITTEN;
	}
}

err_t
data_reserve(struct filedata *d, offset_t ofs, uint64_t len)
{
	uint64_t from = max(ofs, d->view_size) / PG_SIZE, end = (ofs + len - 1) / PG_SIZE + 1;
	err_t err = ERR_OK;
	paddr_t p;

	if (end - min(from, end) > pagetree_frames_max())
		return ERR_NOSPC;	/* found out at once, not at the end */
	d->reserved = max(d->reserved, ofs + len);
	for (uint64_t idx = from; idx < end && err == ERR_OK; idx++) {
		if (pagetree_find(&d->tree, idx, &p))
			continue;
		err = data_page(d, idx, &p);
		if (err == ERR_OK)
			*pmem_note(p) = NEW_PAGE;
	}
	if (err != ERR_OK)
		pagetree_prune(&d->tree, data_pages_end(d), is_not_new);
	else
		settle(d, from, end);
	return err;
}

/* Zero the bytes [FROM, END), all in page IDX.  => ERR_NOSPC */
static err_t
clear_part(struct filedata *d, uint64_t idx, offset_t from, offset_t end) REQUIRES(fs_lock)
{
	bool whole = end - from == PG_SIZE;
	paddr_t p;
	err_t err;

	if (!pagetree_find(&d->tree, idx, &p)) {
		if (from >= d->view_size)
			return ERR_OK;
		err = data_page(d, idx, &p);
		if (err != ERR_OK)
			return err;
	}
	memset((char *)kmap_p2v(p) + pg_ofs(from), 0, end - from);
	*pmem_note(p) = whole && idx * PG_SIZE >= d->view_size && list_empty(&d->store.regions) ?
	    DROPPED : DATA_WRITTEN;
	return ERR_OK;
}

err_t
data_punch(struct filedata *d, offset_t ofs, uint64_t len)
{
	offset_t end = min(ofs + len, pg_round_up(d->size)), at = ofs, next;
	err_t err = ERR_OK;

	for (; at < end && err == ERR_OK; at = next) {
		uint64_t idx = at / PG_SIZE;

		/* Nothing is to be done where there is nothing. */
		if (at >= pg_round_up(d->view_size) && pg_aligned(at) &&
		    !pagetree_next(&d->tree, &idx))
			break;
		at = max(at, idx * PG_SIZE);
		next = min(end, (at / PG_SIZE + 1) * PG_SIZE);
		if (at < end)
			err = clear_part(d, idx, at, next);
	}
	pagetree_prune(&d->tree, data_pages_end(d), is_not_dropped);
	return err;
}

ssize_t
data_seek_data(const struct filedata *d, offset_t ofs)
{
	uint64_t idx = ofs / PG_SIZE;

	if (ofs >= d->size)
		return ERR_NXIO;
	if (ofs < pg_round_up(d->view_size))
		return ofs;
	if (!pagetree_next(&d->tree, &idx) || idx * PG_SIZE >= d->size)
		return ERR_NXIO;
	return max(ofs, idx * PG_SIZE);
}

ssize_t
data_seek_hole(const struct filedata *d, offset_t ofs)
{
	uint64_t idx = max(ofs, pg_round_up(d->view_size)) / PG_SIZE;
	paddr_t p;

	if (ofs >= d->size)
		return ERR_NXIO;
	while (pagetree_find(&d->tree, idx, &p))
		idx++;
	return min(max(ofs, idx * PG_SIZE), d->size);
}
