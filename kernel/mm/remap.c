/* SPDX-License-Identifier: MIT */
/*
 * mremap(2): a mapping grows, shrinks or moves.  Moving moves page-table entries,
 * never bytes.
 */
#include "mm/map.h"
#include "mm/region.h"
#include "mm/regiontree.h"

/*
 * Make the mapping that ends at OLD_END, the end of region R, longer where it is.
 * => false when it cannot be
 */
static bool
grow_in_place(struct memregion *r, vaddr_t old_end, vaddr_t new_end)
{
	struct addrspace *as = r->as;
	struct memregion *next = region_next(r);

	if (r == as->heap || old_end != r->end || new_end > USER_END || new_end < old_end)
		return false;
	if (next != NULL && next->start < new_end)
		return false;
	spin_lock(&as->as_lock);
	r->end = new_end;
	spin_unlock(&as->as_lock);
	range_join(as, new_end, new_end);
	return true;
}

/* Find and empty the place that the mapping moves to.  => ERR_NOMEM */
static err_t
make_room(struct addrspace *as, const struct remap *rq, const struct region_like *like,
    vaddr_t *addr)
{
	const struct map_place place = {
		.hint = rq->fixed ? rq->new : 0, .len = rq->new_len, .fixed = rq->fixed,
		.low = USER_START, .high = as->map_top, .alone = true,
	};

	return as_mmap(as, &place, like, addr);
}

/* Move the mapping of RQ, which lies in R, to another place. */
static err_t
move(struct memregion *r, const struct remap *rq, vaddr_t *addr)
{
	struct addrspace *as = r->as;
	struct region_like like = region_like(r, rq->old);
	vaddr_t old_end = rq->old + rq->old_len;
	size_t moved = min(rq->old_len, rq->new_len);
	err_t err;

	like.flags &= ~(unsigned)REGION_HEAP;
	if (like.store == NULL)
		like.flags |= REGION_ANYWHERE;
	/* Cut first: then nothing is left that can fail once the pages have moved. */
	if ((err = range_cut(as, rq->old, old_end)) != ERR_OK)
		return err;
	if ((err = make_room(as, rq, &like, addr)) != ERR_OK)
		goto join;
	err = vpmap_move(&as->vpmap, rq->old, *addr, moved / PG_SIZE);
	if (err != ERR_OK) {
		err = as_munmap(as, *addr, *addr + rq->new_len) == ERR_OK ? ERR_NOMEM : err;
		goto join;
	}
	if (!rq->keep_old)
		err = as_munmap(as, rq->old, old_end); /* whole regions: does not fail */
	range_join(as, *addr, *addr + rq->new_len);
join:
	range_join(as, rq->old, old_end);
	return err;
}

/*
 * Unmap what the new length of RQ leaves over of the old range, in however many regions
 * it lies.  => ERR_FAULT, ERR_INVAL, ERR_NOMEM
 */
static err_t
cut_tail(struct addrspace *as, const struct remap *rq)
{
	if (as_find_memregion(as, rq->old, 1) == NULL)
		return ERR_FAULT;
	if (rq->old_len > USER_END - rq->old)
		return ERR_INVAL;
	return as_munmap(as, rq->old + rq->new_len, rq->old + rq->old_len);
}

/* May RQ be done to R, where the old range is?  Of length 0, it is mapped once more. */
static err_t
check_old(const struct memregion *r, const struct remap *rq)
{
	size_t more = rq->new_len - (rq->keep_old ? 0 : rq->old_len);

	if (rq->old_len == 0 && (!r->shared || !rq->may_move))
		return ERR_INVAL;
	if (rq->keep_old && (r->store != NULL || r->shared))
		return ERR_INVAL;
	return more > 0 && as_exceeds(r->as, 0, more) ? ERR_NOMEM : ERR_OK;
}

/*
 * Do RQ, which does not make the mapping shorter: where it is, or else in another place.
 * => as as_mremap
 */
static err_t
grow_or_move(struct addrspace *as, const struct remap *rq, vaddr_t *addr)
{
	struct memregion *r = as_find_memregion(as, rq->old, max(rq->old_len, (size_t)1));
	bool may_stay = !rq->fixed && !rq->keep_old;
	err_t err = r != NULL ? check_old(r, rq) : ERR_FAULT;

	if (err != ERR_OK)
		return err;
	if (rq->old_len == 0) {
		const struct region_like like = region_like(r, rq->old);

		return make_room(as, rq, &like, addr);
	}
	if (may_stay && grow_in_place(r, rq->old + rq->old_len, rq->old + rq->new_len))
		return ERR_OK;
	return rq->may_move ? move(r, rq, addr) : ERR_NOMEM;
}

err_t
as_mremap(struct addrspace *as, const struct remap *rq, vaddr_t *addr)
{
	struct remap rest = *rq;
	err_t err;

	*addr = rq->old;
	if (rq->new_len < rq->old_len) {
		if ((err = cut_tail(as, rq)) != ERR_OK || !rq->fixed)
			return err;
		rest.old_len = rq->new_len;
	} else if (rq->new_len == rq->old_len && !rq->fixed && !rq->keep_old) {
		return as_find_memregion(as, rq->old, 1) != NULL ? ERR_OK : ERR_FAULT;
	}
	return grow_or_move(as, &rest, addr);
}
