/* SPDX-License-Identifier: MIT */
/*
 * A file in an array, for host tests of regions that show a store (mm/memstore.h).
 */
#ifndef HOST_STORE_H
#define HOST_STORE_H

#include "mm/memstore.h"

#define HOST_STORE_PAGES	(4 * MEMSTORE_GROUP)

struct host_store {
	struct memstore store;
	const uint8_t *bytes;			/* at first; NULL: page I is full of I + 1 */
	size_t size;
	paddr_t frames[HOST_STORE_PAGES];	/* its page cache; 0: not there yet */
	bool dirty[HOST_STORE_PAGES];		/* get_page was told of a write */
	int users;				/* with the last one the cache is emptied */
};

/* Let S be a store of SIZE bytes with no page in its cache. */
void host_store_init(struct host_store *s, const uint8_t *bytes, size_t size);

/* How many pages are in the cache? */
size_t host_store_cached(const struct host_store *s);

#endif
