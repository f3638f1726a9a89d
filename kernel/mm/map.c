/* SPDX-License-Identifier: MIT */
/*
 * mmap, mprotect and madvise on regions.  mm/range.c has munmap, mm/remap.c mremap, mm/brk.c
 * brk.
 */
#include "mm/map.h"

#include "mm/pmem.h"
#include "mm/region.h"
#include "mm/regiontree.h"
#include "panic.h"

/*
 * Where a mapping for PLACE goes, and in *NEXT the region above: at the hint if that is
 * free, which the gap that a stack keeps is not; else as high as it can.
 * => 0 when there is no room
 */
static vaddr_t
find_place(struct addrspace *as, const struct map_place *p, struct memregion **next)
{
	vaddr_t found;

	if (p->hint >= USER_START && p->hint <= USER_END - p->len) {
		*next = region_from(as, p->hint);
		if (*next == NULL || region_gap_end(*next) >= p->hint + p->len)
			return p->hint;
	}
	spin_lock(&as->as_lock);
	found = regiontree_place_below(as, p->len, p->low, p->high, next);
	spin_unlock(&as->as_lock);
	return found;
}

bool
as_is_empty(struct addrspace *as, vaddr_t start, vaddr_t end)
{
	const struct memregion *r = region_from(as, start);

	return r == NULL || r->start >= end;
}

/* Could PREV, the region below [START, ...), which is free, take it in? */
static inline bool
can_grow_up(const struct memregion *prev, const struct region_like *like, vaddr_t start)
{
	return prev != NULL && prev->end == start && prev != prev->as->heap &&
	    region_continues(prev, like, start);
}

/* Could NEXT, the region above [START, END)? */
static inline bool
can_grow_down(const struct memregion *next, const struct region_like *like, vaddr_t start,
    vaddr_t end)
{
	return next != NULL && next->start == end && region_continues(next, like, start);
}

/*
 * Let a neighbor take in [START, END), which is free and lies below NEXT, if it is the same
 * but for its place.  => false if not
 */
static bool
grow_neighbor(struct addrspace *as, const struct region_like *like, vaddr_t start, vaddr_t end,
    struct memregion *next)
{
	struct memregion *prev = next != NULL ? region_prev(next) : region_last(as);

	if (can_grow_up(prev, like, start)) {
		spin_lock(&as->as_lock);
		prev->end = end;
		spin_unlock(&as->as_lock);
		range_join(as, end, end);
		return true;
	}
	if (can_grow_down(next, like, start, end)) {
		spin_lock(&as->as_lock);
		next->ofs = like->ofs;
		next->start = start;
		spin_unlock(&as->as_lock);
		return true;
	}
	return false;
}

/*
 * Map [START, END), which is free and lies below NEXT; ALONE: not as a part of a neighbor.
 * => ERR_NOMEM
 */
static err_t
map_free(struct addrspace *as, const struct region_like *like, vaddr_t start, vaddr_t end,
    struct memregion *next, bool alone)
{
	struct memregion *new;

	if (!alone && grow_neighbor(as, like, start, end, next))
		return ERR_OK;
	new = region_create(as, like, start, end);
	if (new == NULL)
		return ERR_NOMEM;
	spin_lock(&as->as_lock);
	region_link(as, new, next);
	as->last = new;			/* what is new is what will be touched */
	spin_unlock(&as->as_lock);
	return ERR_OK;
}

/*
 * Put region NEW, in no list yet, where it belongs; nothing is there but, perhaps, an
 * empty heap, which then waits above it: the break stays where it was.
 */
static void
insert(struct addrspace *as, struct memregion *new)
{
	struct memregion *heap = as->heap;

	spin_lock(&as->as_lock);
	if (heap != NULL && heap->start == heap->end && heap->start > new->start &&
	    heap->start < new->end) {
		as->brk_short += new->end - heap->end;
		heap->start = heap->end = new->end;
	}
	region_link(as, new, regiontree_from(as, new->start));
	spin_unlock(&as->as_lock);
}

/* Map [START, END) instead of what is there now.  => ERR_NOMEM; then nothing has changed */
static err_t
replace(struct addrspace *as, const struct region_like *like, vaddr_t start, vaddr_t end)
{
	struct memregion *new = region_create(as, like, start, end);
	err_t err;

	/* What can fail comes before the old mapping goes. */
	if (new == NULL)
		return ERR_NOMEM;
	if ((err = as_munmap(as, start, end)) != ERR_OK) {
		region_free(new);
		return err;
	}
	insert(as, new);
	return ERR_OK;
}

/* As as_mmap, at a fixed place. */
static __attribute__((noinline)) err_t
map_fixed(struct addrspace *as, const struct map_place *place, const struct region_like *like)
{
	vaddr_t start = place->hint, end = start + place->len;
	struct memregion *next = region_from(as, start);
	err_t err;

	if (next == NULL || next->start >= end)
		return map_free(as, like, start, end, next, place->alone);
	if ((err = replace(as, like, start, end)) != ERR_OK)
		return err;
	if (!place->alone)
		range_join(as, start, end);
	return ERR_OK;
}

err_t
as_mmap(struct addrspace *as, const struct map_place *place, const struct region_like *like,
    vaddr_t *addr)
{
	struct memregion *next;

	if (place->fixed) {
		*addr = place->hint;
		return map_fixed(as, place, like);
	}
	*addr = find_place(as, place, &next);
	if (*addr == 0)
		return ERR_NOMEM;
	return map_free(as, like, *addr, *addr + place->len, next, place->alone);
}

static inline struct region_like
fresh(memperm_t perm)
{
	return (struct region_like){
		.perm = perm, .max_perm = MEMPERM_URWX, .flags = REGION_ANYWHERE,
	};
}

/* As as_map_fresh, wherever there is room. */
static __attribute__((noinline)) ssize_t
map_anywhere(struct addrspace *as, size_t len, memperm_t perm)
{
	const struct map_place place = { .len = len, .low = USER_START, .high = as->map_top };
	const struct region_like like = fresh(perm);
	vaddr_t addr;
	err_t err = as_mmap(as, &place, &like, &addr);

	return err == ERR_OK ? (ssize_t)addr : err;
}

ssize_t
as_map_fresh(struct addrspace *as, size_t len, memperm_t perm)
{
	const struct region_like like = fresh(perm);
	struct memregion *new, *next;
	vaddr_t addr;

	spin_lock(&as->as_lock);
	addr = regiontree_place_at_top(as, len, &next);
	if (addr == 0 || can_grow_up(region_prev(next), &like, addr) ||
	    can_grow_down(next, &like, addr, addr + len)) {
		spin_unlock(&as->as_lock);
		return map_anywhere(as, len, perm);
	}
	new = region_create(as, &like, addr, addr + len);
	if (new != NULL) {
		region_link(as, new, next);
		as->last = new;		/* what is new is what will be touched */
	}
	spin_unlock(&as->as_lock);
	return new != NULL ? (ssize_t)addr : ERR_NOMEM;
}

/* Give region R, all of it, the rights PERM. */
static void
region_protect(struct memregion *r, memperm_t perm)
{
	struct vpmap *map = &r->as->vpmap;
	size_t n = (region_page_end(r) - r->start) / PG_SIZE;

	r->perm = perm;
	/* A store learns of the first write to a page from the fault: no write right yet. */
	if (r->shared && is_write_memperm(perm))
		vpmap_set_perm(map, r->start, n, perm & ~MEMPERM_RW);
	else
		vpmap_set_perm_cow(map, r->start, n, perm);
}

err_t
as_mprotect(struct addrspace *as, vaddr_t start, vaddr_t end, memperm_t perm)
{
	err_t err = ERR_OK;
	vaddr_t at = start;

	while (at < end && err == ERR_OK) {
		struct memregion *r = region_from(as, at);

		if (r == NULL || r->start > at) {
			err = ERR_NOMEM;
			break;
		}
		vaddr_t to = min(end, region_page_end(r));

		if (perm != MEMPERM_NONE && (perm & ~(r->max_perm | MEMPERM_UNREAD)) != 0)
			err = ERR_ACCESS;
		else if (r->perm != perm && (err = range_cut(as, at, to)) == ERR_OK)
			region_protect(region_from(as, at), perm);
		at = to;
	}
	range_join(as, start, end);
	return err;
}

err_t
as_discard(struct addrspace *as, vaddr_t start, vaddr_t end, bool lazy)
{
	err_t err = ERR_OK;
	vaddr_t at = start;

	while (at < end) {
		struct memregion *r = region_from(as, at);
		vaddr_t to;

		if (r == NULL || r->start >= end)
			return ERR_NOMEM;
		if (r->start > at)
			err = ERR_NOMEM;	/* a hole; go on behind it */
		if (lazy && (r->shared || r->store != NULL))
			return ERR_INVAL;
		at = max(at, r->start);
		to = min(end, region_page_end(r));
		vpmap_unmap(&as->vpmap, at, (to - at) / PG_SIZE, true);
		at = to;
	}
	return err;
}

bool
as_covers(struct addrspace *as, vaddr_t start, vaddr_t end)
{
	while (start < end) {
		const struct memregion *r = region_from(as, start);

		if (r == NULL || r->start > start)
			return false;
		start = region_page_end(r);
	}
	return true;
}

uint64_t
as_size_with(struct addrspace *as, vaddr_t start, size_t n)
{
	uint64_t size = n;

	list_for_each(node, &as->regions) {
		const struct memregion *r = list_entry(node, struct memregion, as_node);
		vaddr_t end = region_page_end(r);
		vaddr_t from = max(r->start, start), to = min(end, start + n);

		size += end - r->start - (from < to ? to - from : 0);
	}
	return size;
}
