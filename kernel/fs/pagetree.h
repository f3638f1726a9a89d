/* SPDX-License-Identifier: MIT */
/*
 * The frames of one file's data, by page index: a tree of tables of one frame
 * each, as the processor's page tables are.  A file of one page is one frame and
 * no table; the tree grows a level when an index does not fit.
 *
 *   height 0          height 1              height 2
 *   root -> page      root -> [ | | ]       root -> [ | | ]
 *                              |   |                 |    |
 *                             page page           [ | | ] [ | | ] -> pages
 *
 * All frames of all trees together are at most half of the memory.
 */
#ifndef FAULTLINE_FS_PAGETREE_H
#define FAULTLINE_FS_PAGETREE_H

#include "error.h"
#include "fs/fs.h"
#include "mm/layout.h"
#include "types.h"

#define PAGETREE_INDEX_MAX	(FILE_SIZE_MAX / PG_SIZE)	/* exclusive */

struct pagetree {
	paddr_t root;			/* owned; 0: the tree is empty */
	unsigned height;		/* levels of tables above the pages */
	size_t pages;			/* how many there are, without tables */
};

/* The frame of page IDX in *P.  => false when there is none */
bool pagetree_find(const struct pagetree *t, uint64_t idx, paddr_t *p);

/* The first index from *IDX on that has a page, in *IDX.  => false when there is none */
bool pagetree_next(const struct pagetree *t, uint64_t *idx);

/* The frames of the N pages from IDX on, which lie in one table of pages; 0 where there is none. */
void pagetree_find_run(const struct pagetree *t, uint64_t idx, unsigned n, paddr_t *frames);

/*
 * Add a frame for page IDX, which has none.  Its contents are NOT zero.
 * => ERR_NOSPC; then nothing has changed
 */
must_check err_t pagetree_add(struct pagetree *t, uint64_t idx, paddr_t *p);

/*
 * Free the pages that KEEP says no to, and the tables that are then empty.
 * => all pages have an index below N
 */
void pagetree_prune(struct pagetree *t, uint64_t n, bool (*keep)(paddr_t page));

/* Free all pages from index FROM on.  => after a cut at 0 the tree owns no frame */
void pagetree_cut(struct pagetree *t, uint64_t from);

/* The frames of all trees together, and the most that there may be. */
size_t pagetree_frames(void);
size_t pagetree_frames_max(void);

#endif
