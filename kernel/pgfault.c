/* SPDX-License-Identifier: MIT */
/*
 * The page-fault handler: may this access be, and what backs it?
 *
 * Regions decide.  Nothing in here knows what a stack or a heap is.
 */
#include "trap.h"

#include "lib/string.h"
#include "mm/pmem.h"
#include "mm/vm.h"
#include "proc.h"

#ifdef SOLUTION
/*
 * Back the page of ADDR with a zeroed frame, if a region of AS allows the access.
 * => ERR_FAULT when none does; ERR_NOMEM when there is no frame or no table
 */
static err_t
fault_in(struct addrspace *as, vaddr_t addr, bool present, bool write)
{
	struct memregion *region = as_find_memregion(as, addr, 1);
	paddr_t page;

	if (region == NULL)
		return ERR_FAULT;
	if (present)			/* the page is there: a right is missing */
		return ERR_FAULT;
	if (write && !is_write_memperm(region->perm))
		return ERR_FAULT;

	if (pmem_alloc(&page) != ERR_OK)
		return ERR_NOMEM;
	/* Zero it before it can be seen: it may hold another program's data. */
	memset((void *)kmap_p2v(page), 0, PG_SIZE);
	if (vpmap_map(&as->vpmap, pg_round_down(addr), page, 1, region->perm) != ERR_OK) {
		pmem_free(page);
		return ERR_NOMEM;
	}
	return ERR_OK;
}
#endif

void
handle_page_fault(vaddr_t fault_addr, int present, int write, int user)
{
#ifdef SOLUTION
	err_t err = fault_in(proc_current()->as, fault_addr, present, write);

	(void)user;			/* a system call may touch lazy memory too */
	if (err == ERR_NOMEM)
		fault_no_memory(fault_addr);
	else if (err != ERR_OK)
		fault_refuse(fault_addr);
#else
	/*
	 * LAB demand-paging, part 1: your code here.
	 *
	 * Serve an access that some region allows to a page that is not present:
	 * one frame, zeroed, mapped at the page with the region's rights.  Refuse
	 * everything else.  The contract is in trap.h.
	 */
	(void)present;
	(void)write;
	(void)user;
	fault_refuse(fault_addr);
	/* LAB: end of your code. */
#endif
}
