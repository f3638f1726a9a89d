/* SPDX-License-Identifier: MIT */
/*
 * Parts of regions.  Every call that works on a range of addresses first cuts the
 * regions at its ends, then works on whole regions, then joins what can be one again:
 *
 *     [      a      ][   b   ]        cut at s and e
 *           s    e
 *     [  a  ][ a2  ][   b    ]        work on a2
 *     [  a  ]       [   b    ]        join: nothing to do here
 *
 * The owner of the space alone does this, and it has one thread: as_lock is taken
 * for the lists, not to keep others from seeing a state in between.
 */
#include "mm/map.h"
#include "mm/region.h"
#include "mm/regiontree.h"
#include "panic.h"

struct memregion *
region_from(struct addrspace *as, vaddr_t addr)
{
	struct memregion *r;

	spin_lock(&as->as_lock);
	r = regiontree_from(as, addr);
	spin_unlock(&as->as_lock);
	return r;
}

/* Cut the region that reaches over AT, if there is one. */
static err_t
cut_at(struct addrspace *as, vaddr_t at)
{
	struct memregion *r = region_from(as, at), *upper;
	struct region_like like;

	if (r == NULL || r->start >= at)
		return ERR_OK;
	like = region_like(r, at);
	upper = region_create(as, &like, at, r->end);
	if (upper == NULL)
		return ERR_NOMEM;

	spin_lock(&as->as_lock);
	r->end = at;
	region_link(as, upper, region_next(r));
	if (as->heap == r)
		as->heap = upper;	/* the part that ends with the break */
	spin_unlock(&as->as_lock);
	return ERR_OK;
}

err_t
range_cut(struct addrspace *as, vaddr_t start, vaddr_t end)
{
	err_t err;

	kassert(pg_aligned(start) && pg_aligned(end));
	if ((err = cut_at(as, start)) != ERR_OK)
		return err;
	if ((err = cut_at(as, end)) != ERR_OK)
		range_join(as, start, start);
	return err;
}

/* Let LOW and HIGH, its successor, be one region if they can.  => the region that is left */
static struct memregion *
try_join(struct memregion *low, struct memregion *high)
{
	struct addrspace *as = low->as;
	bool is_heap = as->heap == high;
	struct region_like like;

	if (low->end != high->start || as->heap == low)
		return high;
	like = region_like(high, high->start);
	if (!region_continues(low, &like, high->start))
		return high;
	spin_lock(&as->as_lock);
	low->end = high->end;
	region_unlink(as, high);
	if (is_heap)
		as->heap = low;
	spin_unlock(&as->as_lock);
	region_free(high);
	return low;
}

void
range_join(struct addrspace *as, vaddr_t start, vaddr_t end)
{
	struct memregion *r = region_from(as, start - PG_SIZE), *next;

	for (; r != NULL && r->start <= end && (next = region_next(r)) != NULL;)
		r = try_join(r, next);
}

/* Unmap all of R, the heap, which stays, empty: brk goes on from where it was. */
static __attribute__((noinline)) void
empty_heap(struct addrspace *as, struct memregion *r)
{
	vpmap_unmap(&as->vpmap, r->start, (region_page_end(r) - r->start) / PG_SIZE, true);
	spin_lock(&as->as_lock);
	as->brk_short += region_page_end(r) - r->end;
	r->start = r->end = region_page_end(r);
	regiontree_update(r);
	spin_unlock(&as->as_lock);
}

/*
 * Unmap [START, END) if it is the head or the tail of R: that only moves.
 * => false when it is not
 */
static bool
unmap_edge(struct memregion *r, vaddr_t start, vaddr_t end)
{
	struct addrspace *as = r->as;
	bool head = r->start == start && end < r->end;
	bool tail = r->start < start && end == r->end && r != as->heap;

	if (!head && !tail)
		return false;
	spin_lock(&as->as_lock);
	if (head) {
		r->ofs = region_offset(r, end);
		r->start = end;
		regiontree_update(r);
	} else {
		r->end = start;
		regiontree_update(region_next(r));
	}
	spin_unlock(&as->as_lock);
	vpmap_unmap(&as->vpmap, start, (end - start) / PG_SIZE, true);
	return true;
}

/* Does any region, from R on, reach over START or over END? */
static bool
needs_cut(const struct memregion *r, vaddr_t start, vaddr_t end)
{
	const struct memregion *next = region_next(r);

	return r->start < start || r->end > end || (next != NULL && next->start < end);
}

/* As as_munmap, whatever there is. */
static __attribute__((noinline)) err_t
unmap_any(struct addrspace *as, vaddr_t start, vaddr_t end)
{
	struct memregion *r = region_from(as, start), *next;
	err_t err;

	if (r == NULL || r->start >= end || unmap_edge(r, start, end))
		return ERR_OK;
	if (needs_cut(r, start, end)) {
		if ((err = range_cut(as, start, end)) != ERR_OK)
			return err;
		r = region_from(as, start);
	}
	for (; r != NULL && r->start < end; r = next) {
		next = region_next(r);
		if (r == as->heap)
			empty_heap(as, r);
		else
			region_drop(r);
	}
	return ERR_OK;
}

err_t
as_munmap(struct addrspace *as, vaddr_t start, vaddr_t end)
{
	struct memregion *r = as->last;

	/* Most often a mapping goes as it has come, and is the one that was used last. */
	if (r == NULL || r->start != start || r->end != end || r == as->heap)
		return unmap_any(as, start, end);
	region_drop(r);
	return ERR_OK;
}
