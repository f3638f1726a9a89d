/* SPDX-License-Identifier: MIT */
/*
 * Address spaces and regions: who may use which addresses.  What is really
 * mapped there is the business of vpmap and of the page-fault handler.
 *
 * Invariant: as->regions is sorted by start, and no page belongs to two regions.
 */
#include "mm/vm.h"

#include "mm/kmalloc.h"
#include "mm/pmem.h"
#include "panic.h"

static struct memregion *
region_of(struct list *node)
{
	return list_entry(node, struct memregion, as_node);
}

/*
 * Find a region other than EXCEPT that shares a page with [START, END).
 * => NULL when there is none; an empty region counts where it lies strictly inside
 */
static struct memregion *
find_overlap_locked(struct addrspace *as, vaddr_t start, vaddr_t end,
    const struct memregion *except) REQUIRES(as->as_lock)
{
	start = pg_round_down(start);
	end = pg_round_up(end);
	list_for_each(node, &as->regions) {
		struct memregion *r = region_of(node);

		if (r != except && r->start < end && start < pg_round_up(r->end))
			return r;
	}
	return NULL;
}

/* Take REGION out of its space AS and free it; its pages are the caller's business. */
static void
region_free_locked(struct addrspace *as, struct memregion *region) REQUIRES(as->as_lock)
{
	list_remove(&region->as_node);
	if (as->heap == region)
		as->heap = NULL;
	kfree(region);
}

err_t
as_init(struct addrspace *as)
{
	spin_init(&as->as_lock, "as");
	list_init(&as->regions);
	as->heap = NULL;
	return vpmap_init(&as->vpmap);
}

void
as_destroy(struct addrspace *as)
{
	spin_lock(&as->as_lock);
	list_for_each_safe(node, &as->regions)
		region_free_locked(as, region_of(node));
	spin_unlock(&as->as_lock);
	vpmap_destroy(&as->vpmap);
}

/* Add to DST what SRC's region R says, and copies of its present pages. */
static err_t
region_copy(struct addrspace *dst, struct addrspace *src, const struct memregion *r)
{
	struct memregion *copy;

	copy = as_map_memregion(dst, r->start, r->end - r->start, r->perm, r->store, r->ofs,
	    r->shared);
	if (copy == NULL)
		return ERR_NOMEM;
	if (src->heap == r)
		dst->heap = copy;
	return vpmap_copy(&dst->vpmap, &src->vpmap, r->start, pg_round_up(r->end));
}

err_t
as_copy(struct addrspace *dst, struct addrspace *src)
{
	err_t err = ERR_OK;

	spin_lock(&src->as_lock);
	list_for_each(node, &src->regions) {
		if ((err = region_copy(dst, src, region_of(node))) != ERR_OK)
			break;
	}
	spin_unlock(&src->as_lock);
	return err;
}

struct memregion *
as_find_memregion(struct addrspace *as, vaddr_t addr, size_t size)
{
	struct memregion *found = NULL;

	if (size == 0 || addr + size < addr)
		return NULL;
	spin_lock(&as->as_lock);
	list_for_each(node, &as->regions) {
		struct memregion *r = region_of(node);

		if (r->start <= addr && addr + size <= pg_round_up(r->end)) {
			found = r;
			break;
		}
	}
	spin_unlock(&as->as_lock);
	return found;
}

struct memregion *
as_map_memregion(struct addrspace *as, vaddr_t addr, size_t size, memperm_t perm,
    struct memstore *store, offset_t ofs, int shared)
{
	struct memregion *r;

	kassert(pg_aligned(addr));
	if (addr < USER_START || addr + size < addr || addr + size > USER_END)
		return NULL;
	r = kmalloc(sizeof(*r));
	if (r == NULL)
		return NULL;
	r->as = as;
	r->perm = perm;
	r->shared = shared;
	r->store = store;
	r->ofs = ofs;
	r->start = addr;
	r->end = addr + size;

	spin_lock(&as->as_lock);
	if (find_overlap_locked(as, r->start, r->end, NULL) != NULL) {
		spin_unlock(&as->as_lock);
		kfree(r);
		return NULL;
	}
	struct list *at = as->regions.next;
	while (at != &as->regions && region_of(at)->start < addr)
		at = at->next;
	list_insert_before(at, &r->as_node);
	spin_unlock(&as->as_lock);
	return r;
}

void
as_unmap_memregion(struct memregion *region)
{
	struct addrspace *as = region->as;
	size_t n = (pg_round_up(region->end) - region->start) / PG_SIZE;

	vpmap_unmap(&as->vpmap, region->start, n, true);
	spin_lock(&as->as_lock);
	region_free_locked(as, region);
	spin_unlock(&as->as_lock);
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
