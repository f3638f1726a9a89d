/* SPDX-License-Identifier: MIT */
/*
 * Address spaces and their regions.
 *
 *   addrspace.regions, sorted by start, never overlapping (page-rounded):
 *
 *     text          data+bss            heap                       stack
 *     [URX]-------->[URW]------- - - -->[URW]---- end moves - - - >[URW]
 *       \             \                   \                          \
 *        of the file   of the file         absent until touched       top page present
 *
 * A region says what may be there; a page-table entry says what is there.  A
 * region owns its range of addresses, an entry owns one count of its frame,
 * nothing else owns either.
 *
 * Lifetime: only the process that owns an address space adds, moves or removes
 * its regions, and a process has one thread.  So a region found by that process
 * (or by its page fault) stays valid until it changes the space itself, although
 * as_find_memregion has let go of the lock (docs/design/0003).
 */
#ifndef FAULTLINE_MM_VM_H
#define FAULTLINE_MM_VM_H

#include "error.h"
#include "lib/list.h"
#include "lock.h"
#include "mm/layout.h"
#include "mm/memstore.h"
#include "mm/vpmap.h"
#include "types.h"

/* memregion.flags */
#define REGION_IMAGE	0x01	/* of the program's file: vm_fault gives its zero pages too */
#define REGION_HEAP	0x02	/* what sbrk and brk move, or was before it was split */
#define REGION_ANYWHERE	0x04	/* made by mmap: reading an untouched page shares the zero page */
#define REGION_GROWSDOWN 0x08	/* a stack: grows when a page below it is touched */
#define REGION_NORESERVE 0x10	/* may promise more than there is memory */

struct memregion {
	/* constant after creation */
	struct addrspace *as;		/* the space it belongs to */
	struct memstore *store;		/* whose pages it shows; NULL: zero pages */
	struct list store_node;		/* link in store->regions, if there is a store */
	/* as->as_lock; only the owner process changes them, shared nobody, flags only exec */
	offset_t ofs;			/* where start lies in the store */
	memperm_t perm;			/* rights of all its pages */
	memperm_t max_perm;		/* what mprotect may give at most */
	unsigned flags;			/* REGION_ */
	int shared;			/* pages are shared over fork, not copied */
	struct list as_node;		/* link in as->regions */
	vaddr_t start;			/* first byte, page-aligned */
	vaddr_t end;			/* one past the last byte; need not be aligned */
	/* as->as_lock; mm/regiontree.c */
	struct memregion *parent, *child[2];
	size_t max_gap;			/* no gap below a region of the subtree is wider */
	int rank;
};

/* All that two regions have in common if they can be one: members of struct memregion. */
struct region_like {
	struct memstore *store;
	offset_t ofs;
	memperm_t perm, max_perm;
	unsigned flags;
	int shared;
};

struct addrspace {
	struct vpmap vpmap;		/* the owner process only */
	struct spinlock as_lock;	/* guards what follows */
	struct list regions;		/* memregion.as_node, by start */
	struct memregion *root;		/* the same regions, as a tree, */
	struct memregion *fresh;	/* but for this one (may be NULL): mm/regiontree.h */
	struct memregion *last;		/* what the last lookup found; may be NULL */
	size_t n_regions;
	struct memregion *heap;		/* the region that sbrk moves; NULL before exec */
	vaddr_t brk_start;		/* where the heap began */
	size_t brk_short;		/* the break is so far below heap->end: see mm/map.c */
	vaddr_t ahead_at;		/* mm/fault.c: a fault here goes on from the last one, */
	size_t ahead;			/* which brought so many pages of a store */
	vaddr_t map_top;		/* mmap looks for room below this */
	size_t stack_limit;		/* bytes that the stack may grow to */
	size_t size_limit;		/* bytes that all regions may have together */
	vaddr_t arg_start, arg_end;	/* where exec has put the argument strings, for /proc */
};

#define AS_MAX_REGIONS	65530		/* as Linux' vm.max_map_count */

/* An empty space.  ERR_NOMEM when its tables cannot be allocated. */
must_check err_t as_init(struct addrspace *as);

/* Free all regions, pages and tables.  => AS must not be loaded */
void as_destroy(struct addrspace *as);

/*
 * Fill DST (empty, as from as_init) with SRC's regions.  Pages are shared: those of
 * private regions until one of the two writes (mm/fault.c).
 * => ERR_NOMEM; DST is then to be destroyed by the caller
 * => takes SRC's and DST's as_lock
 */
must_check err_t as_copy(struct addrspace *dst, struct addrspace *src);

/*
 * Find the region that holds all of [ADDR, ADDR + SIZE), its end rounded up to
 * a page.  => NULL when there is none, when SIZE is 0, or when the sum wraps
 * => takes as_lock
 */
struct memregion *as_find_memregion(struct addrspace *as, vaddr_t addr, size_t size)
    EXCLUDES(as->as_lock);

/*
 * Add a region [ADDR, ADDR + SIZE): ADDR page-aligned, in the user half; SIZE
 * may be 0.  Nothing is mapped.  STORE (may be NULL) gets one more user.
 * => NULL when it would overlap another region or leave the user half, or when
 *    there is no memory
 * => takes as_lock
 */
struct memregion *as_map_memregion(struct addrspace *as, vaddr_t addr, size_t size,
    memperm_t perm, struct memstore *store, offset_t ofs, int shared) EXCLUDES(as->as_lock);

/* Remove REGION, its pages and itself.  => takes as_lock */
void as_unmap_memregion(struct memregion *region);

/*
 * Move REGION's end by SIZE bytes: up, down, or not at all when it is 0.
 *
 * => on success *OLD_BOUND is the end before the call
 * => ERR_VM_INVALID when the new end would lie below the start, outside the
 *    user half, or the sum wraps
 * => ERR_VM_BOUND when any of the new bytes' pages belongs to another region
 * => on any error nothing has changed and *OLD_BOUND is not written
 * => growth maps nothing; shrinking unmaps, frees and flushes every page that
 *    lies wholly above the new end; the page the end lies in keeps its data
 * => works on any region; takes as_lock
 */
must_check err_t memregion_extend(struct memregion *region, ssize_t size, vaddr_t *old_bound);

#endif
