/* SPDX-License-Identifier: MIT */
/*
 * mmap, munmap, mprotect, madvise and brk on regions.  mm/remap.c has mremap.
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

/*
 * Let a neighbor take in [START, END), which is free and lies below NEXT, if it is the same
 * but for its place.  => false if not
 */
static bool
grow_neighbor(struct addrspace *as, const struct region_like *like, vaddr_t start, vaddr_t end,
    struct memregion *next)
{
	struct memregion *prev = next != NULL ? region_prev(next) : region_last(as);

	if (prev != NULL && prev->end == start && prev != as->heap &&
	    region_continues(prev, like, start)) {
		spin_lock(&as->as_lock);
		prev->end = end;
		spin_unlock(&as->as_lock);
		range_join(as, end, end);
		return true;
	}
	if (next != NULL && next->start == end && region_continues(next, like, start)) {
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
static inline err_t
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
		regiontree_update(heap);
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
	if ((err = range_unmap(as, start, end)) != ERR_OK) {
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

err_t
as_munmap(struct addrspace *as, vaddr_t start, vaddr_t end)
{
	return range_unmap(as, start, end);
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

size_t
as_pages(struct addrspace *as, vaddr_t start, vaddr_t end)
{
	size_t pages = 0;

	spin_lock(&as->as_lock);
	list_for_each(node, &as->regions) {
		const struct memregion *r = list_entry(node, struct memregion, as_node);
		vaddr_t from = max(r->start, start), to = min(region_page_end(r), end);

		pages += from < to ? (to - from) / PG_SIZE : 0;
	}
	spin_unlock(&as->as_lock);
	return pages;
}

/*
 * The break is the heap's end.  But when the page that it lies in is not the heap's any
 * more (it was unmapped, or mprotect has cut it off), the heap is empty, begins behind
 * that page, and brk_short says how far below the exact break is.  If something else was
 * mapped over an empty heap, it waits above that, until that is gone.
 */
static vaddr_t
brk_now(const struct addrspace *as)
{
	return as->heap->end - as->brk_short;
}

/* Let the heap be empty, for the break ADDR, behind ADDR's page, where nothing is. */
static void
place_heap(struct addrspace *as, vaddr_t addr)
{
	struct memregion *heap = as->heap;

	spin_lock(&as->as_lock);
	region_unlink(as, heap);
	heap->start = heap->end = pg_round_up(addr);
	as->brk_short = heap->end - addr;
	region_link(as, heap, regiontree_from(as, heap->start));
	as->heap = heap;
	spin_unlock(&as->as_lock);
}

/* If the heap waits above what was mapped over it, and that is gone: put it back. */
static void
return_heap(struct addrspace *as)
{
	vaddr_t now = brk_now(as);

	if (as->brk_short >= PG_SIZE && as_is_empty(as, pg_round_up(now), as->heap->end))
		place_heap(as, now);
}

/* Move the break down to ADDR, which lies below the heap's last piece. */
static void
shrink_pieces(struct addrspace *as, vaddr_t addr)
{
	struct memregion *heap = as->heap;

	if (range_unmap(as, pg_round_up(addr), pg_round_up(brk_now(as))) != ERR_OK)
		return;
	place_heap(as, addr);
	range_join(as, heap->start, heap->start);
	if (as->heap != heap) {		/* it is the piece now that ends there */
		spin_lock(&as->as_lock);
		as->heap->end = addr;
		as->brk_short = 0;
		spin_unlock(&as->as_lock);
	}
}

/*
 * May the heap reach up to ADDR, which lies above its end?  It may not promise more than
 * there is memory.  As Linux has it, a page stays free between it and a mapping; a stack
 * that does not grow is none: the first lab's heap reaches up to it.
 */
static inline bool
may_grow(const struct addrspace *as, const struct memregion *heap, vaddr_t addr,
    size_t data_limit)
{
	const struct memregion *next;
	size_t size = addr - as->brk_start;

	if (size > data_limit)
		return false;
	if (size / PG_SIZE > pmem_total_count() && !(heap->flags & REGION_NORESERVE))
		return false;
	if (region_is_last(heap))
		return addr < USER_END;
	next = region_next(heap);
	return pg_round_up(addr) + PG_SIZE <= region_gap_end(next) ||
	    (next->flags == 0 && next->store == NULL) ||
	    pg_round_up(addr) <= region_page_end(heap);
}

/* As as_brk, when the break is not just the heap's end, or will not be. */
static __attribute__((noinline)) vaddr_t
brk_apart(struct addrspace *as, vaddr_t addr, size_t data_limit)
{
	struct memregion *heap = as->heap;
	vaddr_t now = brk_now(as), old;

	return_heap(as);
	if (heap->start == heap->end && pg_round_up(addr) == pg_round_up(now))
		as->brk_short = heap->end - addr;
	else if (addr < now && addr < heap->start)
		shrink_pieces(as, addr);
	else if (as->brk_short < PG_SIZE &&
	    (addr <= heap->end || may_grow(as, heap, addr, data_limit)) &&
	    memregion_extend(heap, (ssize_t)(addr - heap->end), &old) == ERR_OK)
		as->brk_short = 0;
	return brk_now(as);
}

vaddr_t
as_brk(struct addrspace *as, vaddr_t addr, size_t data_limit)
{
	struct memregion *heap = as->heap;
	vaddr_t old;
	err_t err;

	if (addr < as->brk_start || (addr > heap->end && !may_grow(as, heap, addr, data_limit)))
		return brk_now(as);
	if (as->brk_short != 0 || addr < heap->start)
		return brk_apart(as, addr, data_limit);
	err = memregion_extend(heap, (ssize_t)(addr - heap->end), &old);
	(void)err;			/* the end tells whether it has moved */
	return heap->end;
}
