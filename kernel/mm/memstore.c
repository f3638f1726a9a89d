/* SPDX-License-Identifier: MIT */
/*
 * Stores and the regions that show them.
 */
#include "mm/memstore.h"

#include "mm/region.h"

void
memstore_unmap(struct memstore *store, uint64_t from)
{
	list_for_each(node, &store->regions) {
		struct memregion *r = list_entry(node, struct memregion, store_node);
		uint64_t first = r->ofs / PG_SIZE, n = (region_page_end(r) - r->start) / PG_SIZE;
		uint64_t skip = from > first ? from - first : 0;

		if (skip < n)
			vpmap_unmap(&r->as->vpmap, r->start + skip * PG_SIZE, n - skip, true);
	}
}
