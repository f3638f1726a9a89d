/* SPDX-License-Identifier: MIT */
/*
 * Address spaces and regions: who may use which addresses.  What is really
 * mapped there is the business of vpmap and of the page-fault handler.
 *
 * Invariant: as->regions is sorted by start, no page belongs to two regions, and
 * as->root holds the same regions (mm/regiontree.c).
 */
#include "mm/vm.h"

#include "lib/string.h"
#include "mm/pmem.h"
#include "mm/region.h"
#include "mm/regiontree.h"
#include "panic.h"

/*
 * Find a region other than EXCEPT (may be NULL) that shares a page with [START, END).
 * => NULL when there is none; an empty region counts where it lies strictly inside
 */
static inline struct memregion *
find_overlap_locked(struct addrspace *as, vaddr_t start, vaddr_t end,
    const struct memregion *except) REQUIRES(as->as_lock)
{
	struct memregion *r;

	if (except != NULL && except->start == start) {
		r = region_next(except);	/* nothing else can be the first */
	} else {
		r = regiontree_from(as, pg_round_down(start));
		if (r != NULL && r == except)
			r = region_next(r);
	}
	return r != NULL && r->start < pg_round_up(end) ? r : NULL;
}

err_t
as_init(struct addrspace *as)
{
	memset(as, 0, sizeof(*as));
	spin_init(&as->as_lock, "as");
	list_init(&as->regions);
	as->map_top = MMAP_TOP;
	as->size_limit = SIZE_MAX;
	return vpmap_init(&as->vpmap);
}

void
as_destroy(struct addrspace *as)
{
	list_for_each_safe(node, &as->regions) {
		struct memregion *r = list_entry(node, struct memregion, as_node);

		vpmap_unmap(&as->vpmap, r->start, (pg_round_up(r->end) - r->start) / PG_SIZE, true);
		region_free(r);
	}
	vpmap_destroy(&as->vpmap);
}

/* As as_find_memregion, when it is not the region that was found last. */
static __attribute__((noinline)) struct memregion *
find_other(struct addrspace *as, vaddr_t addr, size_t size)
{
	struct memregion *r;

	spin_lock(&as->as_lock);
	r = regiontree_from(as, pg_round_down(addr));
	if (region_holds(r, addr, size))
		as->last = r;
	else
		r = NULL;
	spin_unlock(&as->as_lock);
	return r;
}

struct memregion *
as_find_memregion(struct addrspace *as, vaddr_t addr, size_t size)
{
	struct memregion *last;

	if (size == 0)
		return NULL;
	if (spin_held(&as->as_lock))	/* to lock it for one pointer would be too much */
		spin_wrong(&as->as_lock);
	last = as->last;		/* faults come in the same region again and again */
	return region_holds(last, addr, size) ? last : find_other(as, addr, size);
}

struct memregion *
as_map_memregion(struct addrspace *as, vaddr_t addr, size_t size, memperm_t perm,
    struct memstore *store, offset_t ofs, int shared)
{
	const struct region_like like = {
		.perm = perm, .max_perm = MEMPERM_URWX, .store = store, .ofs = ofs,
		.shared = shared,
	};
	struct memregion *r;

	kassert(pg_aligned(addr));
	if (addr < USER_START || addr + size < addr || addr + size > USER_END)
		return NULL;
	r = region_create(as, &like, addr, addr + size);
	if (r == NULL)
		return NULL;

	spin_lock(&as->as_lock);
	if (find_overlap_locked(as, r->start, r->end, NULL) != NULL) {
		spin_unlock(&as->as_lock);
		region_free(r);
		return NULL;
	}
	region_link(as, r, regiontree_from(as, addr));
	spin_unlock(&as->as_lock);
	return r;
}

void
as_unmap_memregion(struct memregion *region)
{
	region_drop(region);
}

#ifdef SOLUTION
/* May REGION end at END?  Decides everything that memregion_extend can refuse. */
static err_t
check_new_end_locked(struct addrspace *as, const struct memregion *region, ssize_t size,
    vaddr_t end) REQUIRES(as->as_lock)
{
	bool wrapped = size < 0 ? end > region->end : end < region->end;

	if (wrapped || end < region->start || end > USER_END)
		return ERR_VM_INVALID;
	if (size > 0 && find_overlap_locked(as, region->start, end, region) != NULL)
		return ERR_VM_BOUND;
	return ERR_OK;
}
#endif

err_t
memregion_extend(struct memregion *region, ssize_t size, vaddr_t *old_bound)
{
#ifdef SOLUTION
	struct addrspace *as = region->as;
	vaddr_t old_end = region->end;
	vaddr_t new_end = old_end + size;
	vaddr_t first_gone, last_gone;
	err_t err;

	spin_lock(&as->as_lock);
	err = check_new_end_locked(as, region, size, new_end);
	if (err != ERR_OK) {
		spin_unlock(&as->as_lock);
		return err;
	}
	/* Decided: from here on nothing can fail. */
	region->end = new_end;
	spin_unlock(&as->as_lock);

	first_gone = pg_round_up(new_end);
	last_gone = pg_round_up(old_end);
	if (first_gone < last_gone)
		vpmap_unmap(&as->vpmap, first_gone, (last_gone - first_gone) / PG_SIZE, true);
	*old_bound = old_end;
	return ERR_OK;
#else
	/*
	 * LAB demand-paging, part 3: your code here.
	 *
	 * Move region->end by SIZE bytes; the contract is in mm/vm.h.
	 *   1. Work out the new end; refuse what wraps, falls below the start or
	 *      leaves the user half (ERR_VM_INVALID).
	 *   2. Refuse when the grown region would share a page with another one
	 *      (ERR_VM_BOUND).  find_overlap_locked, above, may help.
	 *   3. Only now change anything: the end, and when it moved down, the pages
	 *      that lie wholly above it (vpmap_unmap).
	 */
	(void)region;
	(void)size;
	(void)old_bound;
	return ERR_NOMEM;
	/* LAB: end of your code. */
#endif
}
