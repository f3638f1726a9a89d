/* SPDX-License-Identifier: MIT */
/*
 * brk(2): the heap as Linux programs know it.  The teaching sbrk is kernel/syscall.c's.
 */
#include "mm/map.h"
#include "mm/pmem.h"
#include "mm/region.h"
#include "mm/regiontree.h"

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

	if (as_munmap(as, pg_round_up(addr), pg_round_up(brk_now(as))) != ERR_OK)
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
may_grow(const struct addrspace *as, const struct memregion *heap, vaddr_t addr)
{
	const struct memregion *next;

	if ((addr - as->brk_start) / PG_SIZE > pmem_total_count() &&
	    !(heap->flags & REGION_NORESERVE))
		return false;
	if (region_is_last(heap))
		return true;		/* to user memory's end: memregion_extend knows that */
	next = region_next(heap);
	return pg_round_up(addr) + PG_SIZE <= region_gap_end(next) ||
	    (next->flags == 0 && next->store == NULL) ||
	    pg_round_up(addr) <= region_page_end(heap);
}

/* May it, and have all regions together no more than they may then? */
static bool
may_grow_in_all(struct addrspace *as, const struct memregion *heap, vaddr_t addr)
{
	vaddr_t new_end = pg_round_up(addr), end = region_page_end(heap);

	return may_grow(as, heap, addr) && (new_end <= end || !as_exceeds(as, 0, new_end - end));
}

/*
 * As as_brk, when the break is not just the heap's end, or will not be (below the start it never
 * is), or all regions have a limit.
 */
static __attribute__((noinline)) vaddr_t
brk_apart(struct addrspace *as, vaddr_t addr)
{
	struct memregion *heap = as->heap;
	vaddr_t now = brk_now(as), old;

	return_heap(as);
	if (addr < as->brk_start || (addr > now && !may_grow_in_all(as, heap, addr)))
		return now;
	if (heap->start == heap->end && pg_round_up(addr) == pg_round_up(now))
		as->brk_short = heap->end - addr;
	else if (addr < now && addr < heap->start)
		shrink_pieces(as, addr);
	else if (as->brk_short < PG_SIZE &&
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

	if (addr - as->brk_start > data_limit)
		return brk_now(as);
	if (addr > heap->end && as->size_limit != SIZE_MAX)
		return brk_apart(as, addr);
	if (addr > heap->end && !may_grow(as, heap, addr))
		return brk_now(as);
	if (as->brk_short != 0 || addr < heap->start)
		return brk_apart(as, addr);
	err = memregion_extend(heap, (ssize_t)(addr - heap->end), &old);
	(void)err;			/* the end tells whether it has moved */
	return heap->end;
}
