/* SPDX-License-Identifier: MIT */
/*
 * Page faults on pages that have contents already (mm/fault.h).
 *
 * Whether a page may be written is decided from its region; whether it must be copied
 * first, from the number of its frame's owners: one owner writes, of several each gets
 * a copy.  The page cache is an owner like any other, and so is vm_init of the zero page.
 */
#include "mm/fault.h"

#include "lib/string.h"
#include "mm/map.h"
#include "mm/pmem.h"
#include "mm/region.h"
#include "mm/regiontree.h"
#include "panic.h"

static paddr_t zero_page;	/* shared by all who only read; never written */

void
vm_init(void)
{
	if (pmem_alloc_zeroed(&zero_page) != ERR_OK)
		panic("vm_init: no frame for the zero page");
}

bool
vm_is_zero_page(paddr_t frame)
{
	return frame == zero_page;
}

static enum vm_answer
answer(err_t err)
{
	switch (err) {
	case ERR_OK:
		return VM_SERVED;
	case ERR_RANGE:
		return VM_NO_DATA;
	default:
		return VM_NO_MEMORY;
	}
}

/* Rights that let every write fault. */
static memperm_t
without_write(memperm_t perm)
{
	return perm & ~MEMPERM_RW;
}

/* Map FRAME, which has other owners too, at PAGE with rights PERM. */
static err_t
map_shared(struct addrspace *as, vaddr_t page, paddr_t frame, memperm_t perm)
{
	err_t err;

	pmem_share(frame);
	err = vpmap_map(&as->vpmap, page, frame, 1, perm);
	if (err != ERR_OK)
		pmem_drop(frame);
	return err;
}

/* Map a new frame at PAGE with rights PERM: a copy of FROM, or zeros when FROM is 0. */
static err_t
map_copy(struct addrspace *as, vaddr_t page, paddr_t from, memperm_t perm)
{
	paddr_t frame;
	err_t err;

	if (from == 0)
		err = pmem_alloc_zeroed(&frame);
	else
		err = pmem_alloc(&frame);
	if (err != ERR_OK)
		return err;
	if (from != 0)
		memcpy((void *)kmap_p2v(frame), (void *)kmap_p2v(from), PG_SIZE);
	err = vpmap_map(&as->vpmap, page, frame, 1, perm);
	if (err != ERR_OK)
		pmem_free(frame);
	return err;
}

static uint64_t
store_index(const struct memregion *r, vaddr_t page)
{
	return region_offset(r, page) / PG_SIZE;
}

/*
 * A fault on PAGE of R, which is there: for a write that R allows it must be made
 * writable, in a frame of its own if R is private.  The last owner keeps the frame.
 */
static __attribute__((noinline)) enum vm_answer
fault_present(struct memregion *r, vaddr_t page, bool write)
{
	paddr_t frame;
	err_t err = ERR_OK;

	if (!write || !is_write_memperm(r->perm))
		return VM_PASS;
	if (!r->shared)
		return answer(vpmap_own(&r->as->vpmap, page, r->perm, zero_page));
	if (r->store != NULL)			/* tell it that the page will be written */
		err = r->store->ops->get_page(r->store, store_index(r, page), true, &frame);
	if (err == ERR_OK)
		vpmap_set_perm(&r->as->vpmap, page, 1, r->perm);
	return answer(err);
}

/* Map twice as many pages of R's store as last time, from PAGE on: those at hand and absent. */
static __attribute__((noinline)) void
map_twice_as_many(struct memregion *r, vaddr_t page)
{
	struct addrspace *as = r->as;
	uint64_t idx = store_index(r, page);
	vaddr_t table_end = (page & ~(LARGE_PG_SIZE - 1ul)) + LARGE_PG_SIZE;
	paddr_t frames[MEMSTORE_GROUP];
	size_t n;

	as->ahead = min(2 * as->ahead, MEMSTORE_GROUP);
	n = min(as->ahead, MEMSTORE_GROUP - idx % MEMSTORE_GROUP);
	n = min(n, (min(region_page_end(r), table_end) - page) / PG_SIZE);
	as->ahead_at = page + n * PG_SIZE;
	if (n == 1)
		return;
	r->store->ops->find_pages(r->store, idx + 1, n - 1, frames);
	vpmap_map_absent(&as->vpmap, page + PG_SIZE, frames, n - 1, without_write(r->perm));
}

/*
 * PAGE of R, which shows a store, has been mapped for reading.  Faults that follow one
 * another bring twice as many pages each time, up to an aligned group.
 */
static inline void
map_ahead(struct memregion *r, vaddr_t page)
{
	struct addrspace *as = r->as;

	if (page == as->ahead_at) {
		map_twice_as_many(r, page);
	} else {
		as->ahead = 1;
		as->ahead_at = page + PG_SIZE;
	}
}

/* A first access to PAGE of R, which shows a store. */
static enum vm_answer
fault_store(struct memregion *r, vaddr_t page, bool write)
{
	paddr_t frame;
	err_t err = r->store->ops->get_page(r->store, store_index(r, page), write && r->shared,
	    &frame);

	if (err != ERR_OK)
		return answer(err);
	if (write && !r->shared)
		return answer(map_copy(r->as, page, frame, r->perm));
	err = map_shared(r->as, page, frame, write ? r->perm : without_write(r->perm));
	if (err == ERR_OK && !write)
		map_ahead(r, page);
	return answer(err);
}

/*
 * May R, a stack above PAGE, grow down to it?  It never comes nearer than STACK_GAP to
 * what is mapped below, and never gets longer than its limit.
 */
static bool
may_grow_to(const struct memregion *r, vaddr_t page)
{
	const struct memregion *prev = region_prev(r), *below = prev;

	if (page < USER_START || r->end - page > r->as->stack_limit ||
	    as_exceeds(r->as, 0, r->start - page))
		return false;
	if (prev != NULL && region_page_end(prev) > page)
		return false;
	while (below != NULL && below->perm == MEMPERM_NONE)
		below = region_prev(below);
	return below == NULL || (below->flags & REGION_GROWSDOWN) ||
	    page - region_page_end(below) >= STACK_GAP;
}

/* If a stack lies above ADDR and may grow down to it, let it. */
static void
grow_stack(struct addrspace *as, vaddr_t addr)
{
	vaddr_t page = pg_round_down(addr);
	struct memregion *r;

	spin_lock(&as->as_lock);
	r = regiontree_from(as, page);
	if (r != NULL && (r->flags & REGION_GROWSDOWN) && may_grow_to(r, page))
		r->start = page;
	spin_unlock(&as->as_lock);
}

/* A first access to PAGE of R. */
static __attribute__((noinline)) enum vm_answer
fault_absent(struct memregion *r, vaddr_t page, unsigned access)
{
	bool write = access & PF_WRITE;

	if (write && !is_write_memperm(r->perm))
		return VM_REFUSED;
	/* To fetch what may not be executed is found out when the page is there. */
	if (r->store != NULL)
		return fault_store(r, page, write);
	if (r->flags & REGION_IMAGE)
		return answer(map_copy(r->as, page, 0, r->perm));
	if (!write)
		return answer(map_shared(r->as, page, zero_page, without_write(r->perm)));
	return VM_PASS;
}

/* As vm_fault, when ADDR is not in the region that was found last. */
static __attribute__((noinline)) enum vm_answer
fault_elsewhere(struct addrspace *as, vaddr_t addr, unsigned access)
{
	if (as_find_memregion(as, addr, 1) != NULL)
		return vm_fault(as, addr, access);
	grow_stack(as, addr);
	return VM_PASS;
}

enum vm_answer
vm_fault(struct addrspace *as, vaddr_t addr, unsigned access)
{
	struct memregion *r = as->last;		/* most often: this path is short */

	if (!region_holds(r, addr, 1))
		return fault_elsewhere(as, addr, access);
	if (r->perm == MEMPERM_NONE)
		return VM_REFUSED;
	if (access & PF_PRESENT)
		return fault_present(r, pg_round_down(addr), access & PF_WRITE);
	if (r->store == NULL && !(r->flags & (REGION_IMAGE | REGION_ANYWHERE)))
		return VM_PASS;			/* the heap, a stack: new pages */
	return fault_absent(r, pg_round_down(addr), access);
}

void
vm_populate(struct addrspace *as, vaddr_t start, vaddr_t end)
{
	for (vaddr_t page = start; page < end; page += PG_SIZE) {
		struct memregion *r = as_find_memregion(as, page, 1);
		bool write = r != NULL && is_write_memperm(r->perm);
		enum vm_answer got = VM_SERVED;

		if (r == NULL)
			return;
		if (vpmap_lookup_vaddr(&as->vpmap, page, NULL, NULL) == ERR_OK)
			continue;
		if (r->store == NULL && write)
			got = answer(map_copy(as, page, 0, r->perm));
		else
			got = vm_fault(as, page, write ? PF_WRITE : 0);
		if (got != VM_SERVED)
			return;
	}
}
