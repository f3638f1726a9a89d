/* SPDX-License-Identifier: MIT */
/*
 * Single tables, for vpmap.c and kernmap.c only; everybody else uses mm/vpmap.h.
 */
#ifndef FAULTLINE_MM_PAGETABLE_H
#define FAULTLINE_MM_PAGETABLE_H

#include "mm/pmem.h"
#include "mm/vpmap.h"

static inline pte_t *
table_at(paddr_t table)
{
	return (pte_t *)kmap_p2v(table);
}

/* Set entry I of TABLE, keeping count of the present ones in the table's note. */
static inline void
table_set(paddr_t table, unsigned i, pte_t pte)
{
	pte_t *slot = &table_at(table)[i];

	if (*slot == 0)
		++*pmem_note(table);
	*slot = pte;
}

/* An empty table.  => ERR_VPMAP_MAP without a frame */
must_check err_t table_alloc(paddr_t *table);

/*
 * The last-level table that holds A's entry, in *TABLE, making the missing ones on
 * the way when MAKE is set.
 * => ERR_VPMAP_NOTPRESENT (not MAKE) or ERR_VPMAP_MAP (MAKE)
 */
must_check err_t table_walk(struct vpmap *map, vaddr_t a, bool make, paddr_t *table);

#endif
