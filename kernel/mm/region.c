/* SPDX-License-Identifier: MIT */
/*
 * Single regions: their memory, their place in list and tree, their copies in a child.
 */
#include "mm/region.h"

#include "mm/kmalloc.h"
#include "mm/regiontree.h"

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
	dst->size_limit = src->size_limit;
	dst->arg_start = src->arg_start;
	dst->arg_end = src->arg_end;
	for (struct list *node = src->regions.next; node != &src->regions && err == ERR_OK;
	    node = node->next)
		err = region_copy(dst, src, list_entry(node, struct memregion, as_node));
	vpmap_flush_tlb();		/* SRC has lost write rights */
	return err;
}
