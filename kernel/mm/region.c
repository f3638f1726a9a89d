/* SPDX-License-Identifier: MIT */
/*
 * Single regions: their memory, their place in list and tree, their copies in a child.
 */
#include "mm/region.h"

#include "mm/kmalloc.h"
#include "mm/regiontree.h"

void
region_link(struct addrspace *as, struct memregion *region, struct memregion *next)
{
	regiontree_insert(as, region, next);
	as->n_regions++;
}

void
region_unlink(struct addrspace *as, struct memregion *region)
{
	regiontree_remove(as, region);
	as->n_regions--;
	if (as->last == region)
		as->last = NULL;
	if (as->heap == region)
		as->heap = NULL;
}

struct memregion *
region_create(struct addrspace *as, const struct region_like *like, vaddr_t start,
    vaddr_t end)
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

void
region_free(struct memregion *region)
{
	struct memstore *store = region->store;

	if (store != NULL)
		list_remove(&region->store_node);
	kfree(region);
	if (store != NULL)
		store->ops->put(store);
}

/* Add to the end of DST what R, a region of SRC, says, and share its pages. */
static err_t
region_copy(struct addrspace *dst, struct addrspace *src, const struct memregion *r)
{
	const struct region_like like = region_like(r, r->start);
	struct memregion *copy = region_create(dst, &like, r->start, r->end);

	if (copy == NULL)
		return ERR_NOMEM;
	spin_lock(&dst->as_lock);
	region_link(dst, copy, NULL);
	if (src->heap == r)
		dst->heap = copy;
	spin_unlock(&dst->as_lock);
	return vpmap_share(&dst->vpmap, &src->vpmap, r->start, pg_round_up(r->end), !r->shared);
}

err_t
as_copy(struct addrspace *dst, struct addrspace *src)
{
	err_t err = ERR_OK;

	dst->brk_start = src->brk_start;
	dst->brk_short = src->brk_short;
	dst->map_top = src->map_top;
	dst->stack_limit = src->stack_limit;
	dst->arg_start = src->arg_start;
	dst->arg_end = src->arg_end;
	for (struct list *node = src->regions.next; node != &src->regions && err == ERR_OK;
	    node = node->next)
		err = region_copy(dst, src, list_entry(node, struct memregion, as_node));
	vpmap_flush_tlb();		/* SRC has lost write rights */
	return err;
}
