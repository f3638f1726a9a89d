/* SPDX-License-Identifier: MIT */
/*
 * Trees of frames.  A table's entries are frame addresses, 0 where there is none
 * (pmem never gives out frame 0).  All functions are called with fs_lock held,
 * which also guards the count of frames.
 */
#include "fs/pagetree.h"

#include "fs/inode.h"
#include "lib/string.h"
#include "mm/pmem.h"
#include "panic.h"

#define TABLE_SHIFT	9
#define TABLE_ENTRIES	(1u << TABLE_SHIFT)
#define HEIGHT_MAX	3

/* One page, a path of tables to it, and new roots above the old one. */
#define FRAMES_MAX	(1 + 2 * HEIGHT_MAX)

_Static_assert(PAGETREE_INDEX_MAX == 1ul << (TABLE_SHIFT * HEIGHT_MAX), "height is enough");

static size_t frames_used;		/* fs_lock: frames in all trees */

static paddr_t *
table_at(paddr_t frame)
{
	return (paddr_t *)kmap_p2v(frame);
}

/* Which entry of a table LEVEL levels above the pages leads to page IDX? */
static unsigned
index_at(uint64_t idx, unsigned level)
{
	return (idx >> (TABLE_SHIFT * (level - 1))) & (TABLE_ENTRIES - 1);
}

static unsigned
height_for(uint64_t idx)
{
	unsigned h = 0;

	while (idx >> (TABLE_SHIFT * h) != 0)
		h++;
	return h;
}

bool
pagetree_find(const struct pagetree *t, uint64_t idx, paddr_t *p)
{
	paddr_t entry = t->root;

	if (idx >> (TABLE_SHIFT * t->height) != 0)	/* height_for it is more */
		return false;
	for (unsigned level = t->height; level > 0 && entry != 0; level--)
		entry = table_at(entry)[index_at(idx, level)];
	if (entry == 0)
		return false;
	*p = entry;
	return true;
}

void
pagetree_find_run(const struct pagetree *t, uint64_t idx, unsigned n, paddr_t *frames)
{
	paddr_t entry = t->root;

	if (t->height == 0 || height_for(idx) > t->height) {
		for (unsigned i = 0; i < n; i++)
			frames[i] = t->height == 0 && idx + i == 0 ? t->root : 0;
		return;
	}
	for (unsigned level = t->height; level > 1 && entry != 0; level--)
		entry = table_at(entry)[index_at(idx, level)];
	if (entry != 0)
		memcpy(frames, &table_at(entry)[index_at(idx, 1)], n * sizeof(*frames));
	else
		memset(frames, 0, n * sizeof(*frames));
}

/* The same below ENTRY, LEVEL levels above the pages; *IDX counts from its first page. */
static bool
next_below(paddr_t entry, unsigned level, uint64_t *idx)
{
	uint64_t each, first;

	if (entry == 0 || level == 0)
		return entry != 0;
	each = 1ul << (TABLE_SHIFT * (level - 1));
	first = *idx / each;
	for (uint64_t i = first; i < TABLE_ENTRIES; i++) {
		uint64_t rest = i == first ? *idx % each : 0;

		if (next_below(table_at(entry)[i], level - 1, &rest)) {
			*idx = i * each + rest;
			return true;
		}
	}
	return false;
}

bool
pagetree_next(const struct pagetree *t, uint64_t *idx)
{
	return height_for(*idx) <= t->height && next_below(t->root, t->height, idx);
}

/* How many frames must be added for page IDX, tables included? */
static unsigned
frames_missing(const struct pagetree *t, uint64_t idx)
{
	unsigned h = height_for(idx);
	paddr_t entry = t->root;

	if (entry == 0)
		return max(h, t->height) + 1;
	if (h > t->height)	/* new roots; below the topmost a new path, then the page */
		return (h - t->height) + (h - 1) + 1;
	for (unsigned level = t->height; level > 0; level--) {
		entry = table_at(entry)[index_at(idx, level)];
		if (entry == 0)
			return level;
	}
	return 0;
}

size_t
pagetree_frames(void)
{
	return frames_used;
}

size_t
pagetree_frames_max(void)
{
	return pmem_total_count() / 2;
}

/* Allocate N frames, or none. */
static err_t
frames_alloc(paddr_t *frames, unsigned n)
{
	if (frames_used + n > pagetree_frames_max())
		return ERR_NOSPC;
	for (unsigned i = 0; i < n; i++) {
		if (pmem_alloc(&frames[i]) == ERR_OK)
			continue;
		while (i > 0)
			pmem_free(frames[--i]);
		return ERR_NOSPC;
	}
	frames_used += n;
	return ERR_OK;
}

static paddr_t
table_from(paddr_t frame)
{
	memset((void *)kmap_p2v(frame), 0, PG_SIZE);
	return frame;
}

err_t
pagetree_add(struct pagetree *t, uint64_t idx, paddr_t *p)
{
	paddr_t frames[FRAMES_MAX];
	unsigned n = frames_missing(t, idx), h = height_for(idx);
	paddr_t *slot = &t->root;
	err_t err;

	kassert(idx < PAGETREE_INDEX_MAX && n > 0 && n <= FRAMES_MAX);
	err = frames_alloc(frames, n);
	if (err != ERR_OK)
		return err;

	/* From here on nothing fails. */
	if (t->root == 0)
		t->height = max(h, t->height);
	for (; t->height < h; t->height++) {
		paddr_t above = table_from(frames[--n]);

		table_at(above)[0] = t->root;
		t->root = above;
	}
	for (unsigned level = t->height; level > 0; level--) {
		if (*slot == 0)
			*slot = table_from(frames[--n]);
		slot = &table_at(*slot)[index_at(idx, level)];
	}
	kassert(*slot == 0 && n == 1);
	*slot = frames[0];
	t->pages++;
	*p = frames[0];
	return ERR_OK;
}

/* Free what lies under *SLOT, LEVEL levels above the pages, from index FROM in it on. */
static void
cut_below(struct pagetree *t, paddr_t *slot, unsigned level, uint64_t from)
{
	if (*slot == 0)
		return;
	if (level > 0) {
		paddr_t *table = table_at(*slot);
		unsigned first = from >> (TABLE_SHIFT * (level - 1));
		uint64_t rest = from & ((1ul << (TABLE_SHIFT * (level - 1))) - 1);

		for (unsigned i = first; i < TABLE_ENTRIES; i++)
			cut_below(t, &table[i], level - 1, i == first ? rest : 0);
	}
	if (from > 0)
		return;
	t->pages -= level == 0;
	pmem_free(*slot);
	frames_used--;
	*slot = 0;
}

void
pagetree_cut(struct pagetree *t, uint64_t from)
{
	if (height_for(from) > t->height)
		return;
	cut_below(t, &t->root, t->height, from);
	if (t->root == 0)
		t->height = 0;
}

/* As pagetree_prune, below *SLOT, LEVEL levels above the pages, for the N pages from there on. */
static void
prune_below(struct pagetree *t, paddr_t *slot, unsigned level, uint64_t n,
    bool (*keep)(paddr_t page))
{
	/* pages below one entry */
	uint64_t each = level > 0 ? 1ul << (TABLE_SHIFT * (level - 1)) : 1;
	bool empty = true;

	if (*slot == 0 || (level == 0 && keep(*slot)))
		return;
	for (unsigned i = 0; level > 0 && i < TABLE_ENTRIES && n > 0; i++) {
		prune_below(t, &table_at(*slot)[i], level - 1, min(n, each), keep);
		empty = empty && table_at(*slot)[i] == 0;
		n -= min(n, each);
	}
	if (!empty)
		return;
	t->pages -= level == 0;
	pmem_free(*slot);
	frames_used--;
	*slot = 0;
}

void
pagetree_prune(struct pagetree *t, uint64_t n, bool (*keep)(paddr_t page))
{
	prune_below(t, &t->root, t->height, n, keep);
	if (t->root == 0)
		t->height = 0;
}
