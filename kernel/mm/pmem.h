/* SPDX-License-Identifier: MIT */
/*
 * Physical memory: frames of PG_SIZE bytes, each with an owner count.  A frame
 * is free at count 0; whoever maps or keeps a frame owns one count of it.
 * All functions take pmem_lock; call them with nothing that comes after it.
 */
#ifndef FAULTLINE_MM_PMEM_H
#define FAULTLINE_MM_PMEM_H

#include "error.h"
#include "mm/layout.h"
#include "types.h"

struct bootinfo;

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

/* Give up the one and only count of frame P.  => panics when the count is not 1 */
void pmem_free(paddr_t p);

/* N frames in a row, each with count 1; given back by pmem_nfree.  ERR_NOMEM as above. */
must_check err_t pmem_nalloc(paddr_t *p, size_t n);
void pmem_nfree(paddr_t p, size_t n);

/* Add N owners to frame P (at least one now); drop one, freeing the frame at 0. */
void pmem_inc_refcnt(paddr_t p, int n);
void pmem_dec_refcnt(paddr_t p);
int pmem_get_refcnt(paddr_t p);

/* A word about frame P that its owner may use as it likes; 0 after allocation. */
uint32_t *pmem_note(paddr_t p);

/* Does P lie in a frame that pmem manages? */
bool pmem_managed(paddr_t p);

size_t pmem_free_count(void);	/* frames free now */
size_t pmem_total_count(void);	/* frames managed */
paddr_t pmem_end(void);		/* end of the highest frame */

#endif
