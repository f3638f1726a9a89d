/* SPDX-License-Identifier: MIT */
/*
 * The regions of an address space as a balanced tree, beside the list of them: by
 * start, each node with a bound for the gaps below the regions of its subtree.  Finding
 * a region, its place, or room for a new one takes a number of steps that grows
 * with the logarithm of their number.
 *
 * All functions are called with as_lock held.
 */
#ifndef FAULTLINE_MM_REGIONTREE_H
#define FAULTLINE_MM_REGIONTREE_H

#include "mm/vm.h"

/* Add REGION to list and tree, just before NEXT (NULL: at the end). */
void regiontree_insert(struct addrspace *as, struct memregion *region, struct memregion *next)
    REQUIRES(as->as_lock);

/* Take REGION out of both. */
void regiontree_remove(struct addrspace *as, struct memregion *region) REQUIRES(as->as_lock);

/*
 * REGION's start, or the end of the one before it, has changed: note the new gap, if it
 * is wider now.
 * => NULL is ignored; its space's as_lock is held
 */
void regiontree_update(struct memregion *region);

/* The first region whose last page lies at or above ADDR's page, or NULL. */
struct memregion *regiontree_from(struct addrspace *as, vaddr_t addr) REQUIRES(as->as_lock);

/* The region before, after REGION; NULL at the ends. */
static inline struct memregion *
region_prev(const struct memregion *region)
{
	struct list *node = region->as_node.prev;

	return node == &region->as->regions ? NULL : list_entry(node, struct memregion, as_node);
}

static inline struct memregion *
region_next(const struct memregion *region)
{
	struct list *node = region->as_node.next;

	return node == &region->as->regions ? NULL : list_entry(node, struct memregion, as_node);
}

/* The last region of AS, or NULL. */
static inline struct memregion *
region_last(const struct addrspace *as)
{
	struct list *node = as->regions.prev;

	return node == &as->regions ? NULL : list_entry(node, struct memregion, as_node);
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

#endif
