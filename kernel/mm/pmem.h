/* SPDX-License-Identifier: MIT */
/*
 * Physical memory: frames of PG_SIZE bytes, each with an owner count.  A frame
 * is free at count 0; whoever maps or keeps a frame owns one count of it.
 * pmem_lock guards the free list; it comes last in the order of locks.  A count
 * changes with interrupts off on the one CPU: no lock for that.
 */
#ifndef FAULTLINE_MM_PMEM_H
#define FAULTLINE_MM_PMEM_H

#include "error.h"
#include "mm/layout.h"
#include "types.h"

struct bootinfo;

/* One frame of memory; only pmem.c and the inline functions below look inside. */
struct frame {
	int32_t count;		/* owners; 0: free; negative: not ours to give */
	uint32_t next, prev;	/* free list, while free */
	uint32_t note;		/* the owner's, while owned */
};

extern struct frame *pmem_frames;	/* by frame number */
extern size_t pmem_n_frames;
extern size_t pmem_n_managed;

/* Where the kernel sees physical address P, through the direct map; and back. */
static inline vaddr_t kmap_p2v(paddr_t p) { return DIRECT_BASE + p; }
static inline paddr_t kmap_v2p(vaddr_t v) { return v - DIRECT_BASE; }

/*
 * Take over all usable memory of BI's map but what is reserved in it.
 * => panics when there is no room for the frame array
 */
void pmem_init(const struct bootinfo *bi);

/*
 * Allocate one frame with count 1.  Its contents are NOT zero.
 * => ERR_NOMEM when there is none; then *P is not written
 */
must_check err_t pmem_alloc(paddr_t *p);

/* The same, and the frame is all zero. */
must_check err_t pmem_alloc_zeroed(paddr_t *p);

/* Give up the one and only count of frame P.  => panics when the count is not 1 */
void pmem_free(paddr_t p);

/* The same for a frame that is all zero again, as an emptied page table is. */
void pmem_free_zeroed(paddr_t p);

/* N frames in a row, each with count 1; given back by pmem_nfree.  ERR_NOMEM as above. */
must_check err_t pmem_nalloc(paddr_t *p, size_t n);
void pmem_nfree(paddr_t p, size_t n);

/* P is not the address of a frame that somebody owns: panic and say so. */
noreturn void pmem_wrong(paddr_t p);

/* Put frame P, whose last owner has gone, on the free list.  => panics when its count is not 0 */
void pmem_release(paddr_t p);

static inline struct frame *
pmem_owned(paddr_t p)
{
	if (p % PG_SIZE != 0 || p / PG_SIZE >= pmem_n_frames || pmem_frames[p / PG_SIZE].count <= 0)
		pmem_wrong(p);
	return &pmem_frames[p / PG_SIZE];
}

/* Add N owners to frame P (at least one now). */
static inline void
pmem_inc_refcnt(paddr_t p, int n)
{
	pmem_owned(p)->count += n;
}

/* Drop one owner of frame P, freeing it at 0. */
static inline void
pmem_dec_refcnt(paddr_t p)
{
	if (--pmem_owned(p)->count == 0)
		pmem_release(p);
}

/*
 * The same two for the owner of a page-table entry or a table: that P is a frame which
 * somebody owns is known, and not asked again.
 */
static inline void
pmem_share(paddr_t p)
{
	pmem_frames[p / PG_SIZE].count++;
}

static inline void
pmem_drop(paddr_t p)
{
	if (--pmem_frames[p / PG_SIZE].count <= 0)
		pmem_release(p);	/* which asks after all */
}

static inline bool
pmem_is_shared(paddr_t p)
{
	return pmem_frames[p / PG_SIZE].count > 1;
}

/* How many owners has frame P?  (0: it is free.) */
int pmem_get_refcnt(paddr_t p);

/*
 * The frames of [START, END), which are a device's and not memory, get an owner for good: they may
 * be mapped, and are never free.
 */
void pmem_adopt(paddr_t start, paddr_t end);

/* A word about frame P that its owner may use as it likes; 0 after allocation. */
static inline uint32_t *
pmem_note(paddr_t p)
{
	return &pmem_owned(p)->note;
}

/* Does P lie in a frame that pmem manages? */
bool pmem_managed(paddr_t p);

size_t pmem_free_count(void);	/* frames free now */
static inline size_t pmem_total_count(void) { return pmem_n_managed; }	/* frames managed */
paddr_t pmem_end(void);		/* end of the highest frame */

#endif
