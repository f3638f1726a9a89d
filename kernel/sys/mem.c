/* SPDX-License-Identifier: MIT */
/*
 * Linux' memory calls: brk(2), mincore(2).
 */
#include "mm/usercopy.h"
#include "mm/vm.h"
#include "proc.h"
#include "syscall.h"

/* brk(addr): move the heap's end to ADDR.  => the end afterwards, moved or not; never an error */
sysret_t
sys_brk(void *arg)
{
	struct memregion *heap = proc_current()->as->heap;
	vaddr_t addr = arg_u64(arg, 0);
	vaddr_t old;

	if (addr >= heap->start &&
	    memregion_extend(heap, (ssize_t)(addr - heap->end), &old) != ERR_OK)
		return heap->end;
	return heap->end;
}

/*
 * mincore(addr, length, vec): one byte a page, bit 0 set when it is present.
 * => EINVAL when ADDR is not page-aligned; ENOMEM when a page is in no region
 */
sysret_t
sys_mincore(void *arg)
{
	struct addrspace *as = proc_current()->as;
	vaddr_t addr = arg_u64(arg, 0);
	size_t len = arg_u64(arg, 1);
	size_t n = pg_round_up(len) / PG_SIZE;
	vaddr_t vec = arg_u64(arg, 2);

	if (!pg_aligned(addr))
		return ERR_INVAL;
	if (len > USER_END || !user_range_ok(addr, n * PG_SIZE))
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		vaddr_t page = addr + i * PG_SIZE;
		uint8_t present;

		if (as_find_memregion(as, page, 1) == NULL)
			return ERR_NOMEM;
		present = vpmap_lookup_vaddr(&as->vpmap, page, NULL, NULL) == ERR_OK;
		if (copy_to_user(vec + i, &present, 1) != ERR_OK)
			return ERR_FAULT;
	}
	return ERR_OK;
}
