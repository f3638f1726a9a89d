/* SPDX-License-Identifier: MIT */
/*
 * Page tables.  A struct vpmap is one tree of tables: the kernel's, or one
 * process'.  A process' root is built from scratch; only the entries of the
 * kernel half are shared, and they never change after boot.
 *
 * A present user entry owns one count of its frame.  No lock of its own: a
 * process' vpmap belongs to its address space, whose owner alone changes it.
 */
#ifndef FAULTLINE_MM_VPMAP_H
#define FAULTLINE_MM_VPMAP_H

#include "error.h"
#include "mm/layout.h"
#include "mm/mmu.h"
#include "types.h"

/* Rights of a mapping.  The first four are the teaching interface. */
typedef int memperm_t;
enum {
	MEMPERM_R	= 0,	/* kernel, read */
	MEMPERM_RW	= 1,	/* kernel, read and write */
	MEMPERM_UR	= 2,	/* user, read */
	MEMPERM_URW	= 3,	/* user, read and write */
	MEMPERM_X	= 4,	/* added to one of the above: instructions may be fetched */
	MEMPERM_URX	= MEMPERM_UR | MEMPERM_X,
	MEMPERM_URWX	= MEMPERM_URW | MEMPERM_X,
	MEMPERM_NONE	= 8,	/* user, no access at all; the pages keep what is in them */
	MEMPERM_UNREAD	= 16,	/* added: reading was not asked for.  It works; listings tell */
	MEMPERM_ALL	= 31,
};

static inline bool is_write_memperm(memperm_t p) { return (p & 1) != 0; }
static inline bool is_kern_memperm(memperm_t p) { return (p & 2) == 0; }
static inline bool is_exec_memperm(memperm_t p) { return (p & MEMPERM_X) != 0; }

struct vpmap {
	paddr_t root;		/* the level-4 table; owned */
	/*
	 * The last-level table that was found last, and for which 2 MiB it is: the next one
	 * asked for is most often the same.  It is forgotten when tables are freed.
	 */
	size_t near;		/* address / 2 MiB; VPMAP_NOWHERE: none */
	paddr_t near_table;
};

#define VPMAP_NOWHERE	(~0ul)

extern struct vpmap kernel_vpmap;

/*
 * Build the kernel's own map (direct map, image, stack area) and load it.
 * => called once, after pmem_init; panics when memory is too short
 */
void vpmap_init_kernel(void);

/* An empty user half below the shared kernel half.  => ERR_NOMEM without a frame for the root */
must_check err_t vpmap_init(struct vpmap *map);

/*
 * Drop every user page and free every table of MAP, the root last.
 * => MAP must not be loaded
 */
void vpmap_destroy(struct vpmap *map);

/* Make MAP the one that the CPU translates by. */
void vpmap_load(struct vpmap *map);

/*
 * Map N pages at VADDR (page-aligned) to the frames from PADDR with rights PERM.
 * => the new entries take over the caller's counts of these frames
 * => asserts that none of the pages is present: a mapping is never overwritten
 * => ERR_VPMAP_MAP when a table cannot be allocated; then nothing has changed
 */
must_check err_t vpmap_map(struct vpmap *map, vaddr_t vaddr, paddr_t paddr, size_t n,
    memperm_t perm);

/*
 * Unmap N pages from VADDR (page-aligned), flush their translations, and when
 * FREE is non-zero drop the counts that the entries own.  Absent pages are
 * skipped; tables that become empty are freed.
 */
void vpmap_unmap(struct vpmap *map, vaddr_t vaddr, size_t n, int free);

/*
 * Map those of N pages from VADDR that are absent and whose FRAMES are not 0, each
 * frame with one more owner.  All pages must share one last-level table, as those of
 * an aligned group of up to 512 do, and it must exist: else nothing is mapped.
 */
void vpmap_map_absent(struct vpmap *map, vaddr_t vaddr, const paddr_t *frames, size_t n,
    memperm_t perm);

/*
 * The frame that VADDR's page is mapped to in *PADDR (page-aligned), its rights
 * in *PERM; either may be NULL.
 * => ERR_VPMAP_NOTPRESENT when it is not mapped
 */
must_check err_t vpmap_lookup_vaddr(struct vpmap *map, vaddr_t vaddr, paddr_t *paddr,
    memperm_t *perm);

/* Give the present ones of N pages from VADDR the rights PERM, and flush them. */
void vpmap_set_perm(struct vpmap *map, vaddr_t vaddr, size_t n, memperm_t perm);

/*
 * The same, but a page whose frame has other owners does not get the write right:
 * the page-fault handler will copy it.
 */
void vpmap_set_perm_cow(struct vpmap *map, vaddr_t vaddr, size_t n, memperm_t perm);

/*
 * Give VADDR's page, which is present, the rights PERM and a frame that nobody else
 * owns: a copy, when it has others (of the frame ZERO just another frame of zeros).
 * => ERR_NOMEM; then nothing has changed
 */
must_check err_t vpmap_own(struct vpmap *map, vaddr_t vaddr, memperm_t perm, paddr_t zero);

/*
 * Let DST have the present user pages of SRC in [START, END) too, in the same
 * frames, each with one more owner.
 * => with COW set the write right is taken from both, and SRC's translations are
 *    stale until vpmap_flush_tlb
 * => ERR_NOMEM; what was shared so far stays, for vpmap_destroy to drop
 */
must_check err_t vpmap_share(struct vpmap *dst, struct vpmap *src, vaddr_t start, vaddr_t end,
    bool cow);

/*
 * Move the present ones of N pages from OLD to NEW (nothing is present there), with
 * frames and rights, and flush them.
 * => ERR_VPMAP_MAP when a table cannot be allocated; then nothing has moved
 */
must_check err_t vpmap_move(struct vpmap *map, vaddr_t old, vaddr_t new, size_t n);

/* How many user pages are present in [START, END)? */
size_t vpmap_count(struct vpmap *map, vaddr_t start, vaddr_t end);

/* Forget all translations of the current map that are not global. */
void vpmap_flush_tlb(void);

#endif
