/* SPDX-License-Identifier: MIT */
/*
 * The regions of an address space as a balanced tree, beside the list of them: by
 * start, each node with a bound for the gaps below the regions of its subtree.  Finding
 * a region, its place, or room for a new one takes a number of steps that grows
 * with the logarithm of their number.
 *
 * The region that was added last, as->fresh, waits outside the tree until the tree is
 * asked for something: many a mapping goes before that.
 *
 * All functions are called with as_lock held.
 */
#ifndef FAULTLINE_MM_REGIONTREE_H
#define FAULTLINE_MM_REGIONTREE_H

#include "mm/vm.h"

/* Take as->fresh, which is not NULL, into the tree; and another region out of list and tree. */
void regiontree_settle(struct addrspace *as) REQUIRES(as->as_lock);
void regiontree_take_out(struct addrspace *as, struct memregion *region) REQUIRES(as->as_lock);

/* Add REGION to the list, and to the tree in time, just before NEXT (NULL: at the end). */
static inline void
regiontree_insert(struct addrspace *as, struct memregion *region, struct memregion *next)
    REQUIRES(as->as_lock)
{
	if (as->fresh != NULL)
		regiontree_settle(as);
	list_insert_before(next != NULL ? &next->as_node : &as->regions, &region->as_node);
	as->fresh = region;
}

/* Take REGION out of both. */
static inline void
regiontree_remove(struct addrspace *as, struct memregion *region) REQUIRES(as->as_lock)
{
	if (as->fresh != region) {
		regiontree_take_out(as, region);
		return;
	}
	list_remove(&region->as_node);
	as->fresh = NULL;
}

/*
 * REGION's start, or the end of the one before it, has changed: note the new gap, if it
 * is wider now.
 * => NULL is ignored; its space's as_lock is held
 */
void regiontree_update(struct memregion *region);

/* The first region whose last page lies at or above ADDR's page, or NULL. */
struct memregion *regiontree_from(struct addrspace *as, vaddr_t addr) REQUIRES(as->as_lock);

/* The region whose as_node is NODE, a link in AS' list; NULL: NODE is the head. */
static inline struct memregion *
region_at(const struct addrspace *as, struct list *node)
{
	return node == &as->regions ? NULL : list_entry(node, struct memregion, as_node);
}

/* The region before, after REGION, the last of AS; NULL: there is none. */
static inline struct memregion *
region_prev(const struct memregion *region)
{
	return region_at(region->as, region->as_node.prev);
}

static inline struct memregion *
region_next(const struct memregion *region)
{
	return region_at(region->as, region->as_node.next);
}

static inline struct memregion *
region_last(const struct addrspace *as)
{
	return region_at(as, as->regions.prev);
}

/* Is REGION the last of its space? */
static inline bool
region_is_last(const struct memregion *region)
{
	return region->as_node.next == &region->as->regions;
}

/*
 * The free bytes below REGION: from the end of the region before it (or USER_START)
 * up to it, without the guard that a region which grows down keeps.
 */
static inline vaddr_t
region_gap_start(const struct memregion *region)
{
	const struct memregion *prev = region_prev(region);

	return prev == NULL ? USER_START : pg_round_up(prev->end);
}

static inline vaddr_t
region_gap_end(const struct memregion *region)
{
	if (!(region->flags & REGION_GROWSDOWN))
		return region->start;
	return region->start - min((vaddr_t)STACK_GAP, region->start);
}

/* Room for LEN bytes between LOW and HIGH in the gap below R, as high as can be; or 0. */
static inline vaddr_t
region_fit_below(const struct memregion *r, size_t len, vaddr_t low, vaddr_t high)
{
	ssize_t from = region_gap_start(r), at;

	if (from + len > high)
		return 0;
	at = r->start - (r->flags & REGION_GROWSDOWN ? STACK_GAP : 0);	/* may be below 0 */
	at = min(at, (ssize_t)high) - (ssize_t)len;
	return at >= from && at >= (ssize_t)low ? at : 0;
}

/*
 * The highest place for LEN bytes between LOW and HIGH (all page-aligned), and in *NEXT
 * the region above it (NULL: none).
 * => 0 when there is none
 */
vaddr_t regiontree_place_below(struct addrspace *as, size_t len, vaddr_t low, vaddr_t high,
    struct memregion **next) REQUIRES(as->as_lock);

static inline vaddr_t
regiontree_place(struct addrspace *as, size_t len, vaddr_t low, vaddr_t high)
    REQUIRES(as->as_lock)
{
	struct memregion *next;

	return regiontree_place_below(as, len, low, high, &next);
}

/*
 * The same below map_top, if it is found at once: below the stack, or below what ends there.
 * => 0 when it is not, or there is none
 */
static inline vaddr_t
regiontree_place_at_top(const struct addrspace *as, size_t len, struct memregion **next)
    REQUIRES(as->as_lock)
{
	struct memregion *r = region_last(as);
	vaddr_t found;

	if (r == NULL || r->end < as->map_top)
		return 0;
	found = region_fit_below(r, len, USER_START, as->map_top);
	if (found == 0 && (r = region_prev(r)) != NULL)
		found = region_fit_below(r, len, USER_START, as->map_top);
	*next = r;
	return found;
}

#endif
