/* SPDX-License-Identifier: MIT */
/*
 * Mappings: what mmap(2) and its relatives do to an address space.  System calls check
 * flags and alignment (kernel/sys/mmap.c, mem.c); here are addresses and regions.
 *
 * Ranges are [START, END), page-aligned, in the user half; START < END.  Unless it says
 * otherwise, a function that fails has changed nothing.
 */
#ifndef FAULTLINE_MM_MAP_H
#define FAULTLINE_MM_MAP_H

#include "mm/vm.h"

/* Where a mapping may go. */
struct map_place {
	vaddr_t hint;			/* page-aligned; 0: anywhere */
	size_t len;			/* whole pages */
	vaddr_t low, high;		/* look for room between these */
	bool fixed;			/* at HINT, whatever is there now */
	bool alone;			/* a region of its own, not joined with a neighbor */
};

/*
 * Make a region with the rights, flags and store of LIKE at PLACE; its address in *ADDR.
 * => ERR_NOMEM: no memory, no room, too many regions
 */
must_check err_t as_mmap(struct addrspace *as, const struct map_place *place,
    const struct region_like *like, vaddr_t *addr);

/*
 * The same for what is asked for most: LEN bytes (whole pages) of private memory with the
 * rights PERM, anywhere.
 * => the address, or ERR_NOMEM
 */
must_check ssize_t as_map_fresh(struct addrspace *as, size_t len, memperm_t perm);

/*
 * Unmap whatever is in the range: pages, regions, parts of regions.
 * => ERR_NOMEM when there is no memory to cut a region in two
 */
must_check err_t as_munmap(struct addrspace *as, vaddr_t start, vaddr_t end);

/*
 * Give the range the rights PERM.
 * => ERR_NOMEM at the first address that is in no region, ERR_ACCESS at the first region
 *    that must not have them: what lies before is changed by then, as on Linux
 */
must_check err_t as_mprotect(struct addrspace *as, vaddr_t start, vaddr_t end, memperm_t perm);

/* What mremap(2) is asked for. */
struct remap {
	vaddr_t old;			/* page-aligned */
	size_t old_len, new_len;	/* whole pages; OLD_LEN may be 0, for one more mapping */
	bool may_move;
	bool fixed;			/* to NEW, whatever is there now */
	bool keep_old;			/* MREMAP_DONTUNMAP: the old range stays, empty */
	vaddr_t new;
};

/*
 * Make a mapping longer or shorter, or move it; its address in *ADDR.
 * => ERR_FAULT when no one region holds the old range; ERR_NOMEM; ERR_INVAL
 */
must_check err_t as_mremap(struct addrspace *as, const struct remap *rq, vaddr_t *addr);

/*
 * Drop the pages of the range: they read as zeros, or as the file has them, next time.
 * => ERR_NOMEM when a part of the range is in no region; the rest is done all the same
 * => ERR_INVAL, with LAZY (MADV_FREE), at a region that is not private and anonymous
 */
must_check err_t as_discard(struct addrspace *as, vaddr_t start, vaddr_t end, bool lazy);

/* Is nothing of the range in a region?  Is all of it? */
bool as_is_empty(struct addrspace *as, vaddr_t start, vaddr_t end);
bool as_covers(struct addrspace *as, vaddr_t start, vaddr_t end);

/*
 * How many bytes would all regions have with N in the place of what is in [START, START + N)?
 * => with or without as_lock: nothing runs meanwhile that could change them
 */
uint64_t as_size_with(struct addrspace *as, vaddr_t start, size_t n);

/* Would they be too many?  (Counting is dear, and seldom asked for.) */
static inline bool
as_exceeds(struct addrspace *as, vaddr_t start, size_t n)
{
	return as->size_limit != SIZE_MAX && as_size_with(as, start, n) > as->size_limit;
}

/*
 * Linux' brk(2) on the heap of AS: move its end to ADDR, up or down, but only if the heap has
 * DATA_LIMIT bytes at most then.
 * => the end afterwards
 */
vaddr_t as_brk(struct addrspace *as, vaddr_t addr, size_t data_limit);

#endif
