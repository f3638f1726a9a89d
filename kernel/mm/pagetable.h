/* SPDX-License-Identifier: MIT */
/*
 * Single tables, for vpmap*.c and kernmap.c only; everybody else uses mm/vpmap.h.
 */
#ifndef FAULTLINE_MM_PAGETABLE_H
#define FAULTLINE_MM_PAGETABLE_H

#include "mm/pmem.h"
#include "mm/vpmap.h"
#include "x86/x86.h"

static inline pte_t *
table_at(paddr_t table)
{
	return (pte_t *)kmap_p2v(table);
}

/* How many entries of TABLE are there: its frame's note. */
static inline uint32_t *
table_count(paddr_t table)
{
	return &pmem_frames[table / PG_SIZE].note;
}

/* Set entry I of TABLE, keeping count. */
static inline void
table_set(paddr_t table, unsigned i, pte_t pte)
{
	pte_t *slot = &table_at(table)[i];

	if (*slot == 0)
		++*table_count(table);
	*slot = pte;
}

/* An empty table.  => ERR_VPMAP_MAP without a frame */
must_check err_t table_alloc(paddr_t *table);

/*
 * The last-level table that holds A's entry.  => 0 when it is not there
 * => the second by a walk from the root, whatever was found last
 */
paddr_t table_find_slowly(struct vpmap *map, vaddr_t a);

static inline paddr_t
table_find(struct vpmap *map, vaddr_t a)
{
	return map->near == a / LARGE_PG_SIZE ? map->near_table : table_find_slowly(map, a);
}

/* The same, with the missing ones on the way made.  => 0 without a frame for one of them */
paddr_t table_make(struct vpmap *map, vaddr_t a);

/* Free the tables on the way to A that have no entry left, from the bottom up. */
void table_prune(struct vpmap *map, vaddr_t a);

/* The flags of an entry, by its rights; kernel/mm/vpmap.c. */
extern const pte_t pte_of_perm[MEMPERM_ALL + 1];

static inline pte_t
perm_to_pte(memperm_t perm)
{
	return pte_of_perm[perm];
}

/* Can the CPU have translations of MAP's? */
static inline bool
vpmap_is_loaded(const struct vpmap *map)
{
	return map == &kernel_vpmap || map->root == (read_cr3() & PTE_ADDR);
}

/* Forget the translations of N pages from A, of A's page, if the CPU can have any of MAP's. */
void vpmap_flush(struct vpmap *map, vaddr_t a, size_t n);

static inline void
vpmap_flush_page(struct vpmap *map, vaddr_t a)
{
	if (vpmap_is_loaded(map))
		invlpg(a);
}

#endif
