/* SPDX-License-Identifier: MIT */
/*
 * Making, joining and cutting regions: for kernel/mm only.  Everybody else uses
 * mm/vm.h and mm/map.h.  No function here changes what is mapped, but where it
 * says so.
 */
#ifndef FAULTLINE_MM_REGION_H
#define FAULTLINE_MM_REGION_H

#include "mm/kmalloc.h"
#include "mm/regiontree.h"
#include "mm/vm.h"

/*
 * A region [START, END) of AS with all else as in LIKE; in no list yet.
 * => NULL when there is no memory or AS has AS_MAX_REGIONS
 */
static inline struct memregion *
region_create(struct addrspace *as, const struct region_like *like, vaddr_t start, vaddr_t end)
{
	struct memregion *r = as->n_regions < AS_MAX_REGIONS ? kmalloc(sizeof(*r)) : NULL;

	if (r == NULL)
		return NULL;
	r->as = as;
	r->start = start;
	r->end = end;
	r->store = like->store;
	r->ofs = like->ofs;
	r->perm = like->perm;
	r->max_perm = like->max_perm;
	r->flags = like->flags;
	r->shared = like->shared;
	if (r->store != NULL) {
		r->store->ops->get(r->store);
		list_push_back(&r->store->regions, &r->store_node);
	}
	return r;
}

/* Free REGION, which is in no list.  => gives up its store: call without a lock */
static inline void
region_free(struct memregion *region)
{
	struct memstore *store = region->store;

	if (store != NULL)
		list_remove(&region->store_node);
	kfree(region);
	if (store != NULL)
		store->ops->put(store);
}

/* Put REGION into AS, its space, just before NEXT (NULL: at the end); and take it out again. */
static inline void
region_link(struct addrspace *as, struct memregion *region, struct memregion *next)
    REQUIRES(as->as_lock)
{
	regiontree_insert(as, region, next);
	as->n_regions++;
}

static inline void
region_unlink(struct addrspace *as, struct memregion *region) REQUIRES(as->as_lock)
{
	as->last = NULL;		/* it may have been REGION */
	if (as->heap == region)
		as->heap = NULL;
	as->n_regions--;
	regiontree_remove(as, region);
}

/* Take REGION out of its space, with its pages, and free it.  => takes as_lock */
static inline void
region_drop(struct memregion *region)
{
	struct addrspace *as = region->as;
	size_t n = (pg_round_up(region->end) - region->start) / PG_SIZE;

	vpmap_unmap(&as->vpmap, region->start, n, true);
	spin_lock(&as->as_lock);
	region_unlink(as, region);
	spin_unlock(&as->as_lock);
	region_free(region);
}

/* The first region that has something at or above ADDR (page-aligned); NULL: none. */
struct memregion *region_from(struct addrspace *as, vaddr_t addr) EXCLUDES(as->as_lock);

/* What is said of a part of REGION that begins at ADDR. */
static inline struct region_like
region_like(const struct memregion *region, vaddr_t addr)
{
	return (struct region_like){
		.store = region->store, .ofs = region->ofs + (addr - region->start),
		.perm = region->perm, .max_perm = region->max_perm, .flags = region->flags,
		.shared = region->shared,
	};
}

/* Could a page-aligned range at ADDR with all else as in LIKE be part of REGION? */
static inline bool
region_continues(const struct memregion *region, const struct region_like *like, vaddr_t addr)
{
	return region->flags == like->flags && region->perm == like->perm &&
	    region->store == like->store && region->shared == like->shared &&
	    region->max_perm == like->max_perm &&
	    (region->store == NULL || region->ofs + (addr - region->start) == like->ofs);
}

/* Where address ADDR of REGION lies in its store. */
static inline offset_t
region_offset(const struct memregion *region, vaddr_t addr)
{
	return region->ofs + (addr - region->start);
}

/* One past REGION's last page. */
static inline vaddr_t
region_page_end(const struct memregion *region)
{
	return pg_round_up(region->end);
}

/* Does REGION (NULL: no) hold all of [ADDR, ADDR + SIZE), which is not empty? */
static inline bool
region_holds(const struct memregion *region, vaddr_t addr, size_t size)
{
	return region != NULL && region->start <= addr && addr < region_page_end(region) &&
	    size <= region_page_end(region) - addr;
}

/*
 * See that no region reaches over START or over END (page-aligned): cut those that do.
 * => ERR_NOMEM; then nothing has changed
 */
must_check err_t range_cut(struct addrspace *as, vaddr_t start, vaddr_t end);

/* Join the regions from the one before START to the one after END that can be one. */
void range_join(struct addrspace *as, vaddr_t start, vaddr_t end);

#endif
