/* SPDX-License-Identifier: MIT */
/*
 * Where the pages of a region come from when they are not just zero: the contents of
 * a file, or memory that several processes share.  A store belongs to something bigger
 * (kernel/fs has it in the inode), which lives at least as long as a region shows it.
 */
#ifndef FAULTLINE_MM_MEMSTORE_H
#define FAULTLINE_MM_MEMSTORE_H

#include "error.h"
#include "lib/list.h"
#include "types.h"

struct memregion;
struct memstore;

#define MEMSTORE_GROUP	32

struct memstore_ops {
	/*
	 * The frame of page IDX in *FRAME, borrowed: map it only with a count of its own.
	 * WRITE: somebody will write to it through a shared mapping.
	 * => ERR_RANGE past the end; ERR_NOMEM
	 */
	err_t (*get_page)(struct memstore *store, uint64_t idx, bool write, paddr_t *frame);

	/*
	 * Those of the N pages from IDX on that cost nothing to find, borrowed; 0 for the
	 * others.  => an aligned group of at most MEMSTORE_GROUP
	 */
	void (*find_pages)(struct memstore *store, uint64_t idx, unsigned n, paddr_t *frames);

	/* One more user; one less: the store may be gone after this.  => no lock may be held */
	void (*get)(struct memstore *store);
	void (*put)(struct memstore *store);
};

struct memstore {
	const struct memstore_ops *ops;
	struct list regions;		/* memregion.store_node: who shows it */
};

/*
 * The pages from index FROM on have ceased to be: unmap them, private copies too,
 * wherever STORE is shown.  The next access finds out.
 */
void memstore_unmap(struct memstore *store, uint64_t from);

#endif
