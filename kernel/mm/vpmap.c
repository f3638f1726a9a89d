/* SPDX-License-Identifier: MIT */
/*
 * Page tables: four levels, each table a frame of 512 entries.
 *
 * A table's frame note (pmem_note) counts the entries that are present in it.
 * When the last one goes, the table goes too, so unmapping gives back exactly
 * what mapping took.  Roots and the kernel's stack tables never count down to 0:
 * they are freed by name, or not at all.
 */
#include "mm/vpmap.h"

#include "lib/string.h"
#include "mm/pagetable.h"
#include "mm/pmem.h"
#include "panic.h"
#include "x86/x86.h"

#define USER_ENTRIES	(PT_ENTRIES / 2)	/* of a root: the lower half */
#define FLUSH_ONE_BY_ONE 16	/* up to here invlpg is cheaper than a CR3 load */

struct vpmap kernel_vpmap = { .near = VPMAP_NOWHERE };

#define KERNEL_PTE	(PTE_P | PTE_G)
#define USER_PTE	(PTE_P | PTE_U)

const pte_t pte_of_perm[MEMPERM_ALL + 1] = {
	[MEMPERM_R] = KERNEL_PTE | PTE_NX,
	[MEMPERM_RW] = KERNEL_PTE | PTE_W | PTE_NX,
	[MEMPERM_R | MEMPERM_X] = KERNEL_PTE,
	[MEMPERM_RW | MEMPERM_X] = KERNEL_PTE | PTE_W,
	[MEMPERM_UR] = USER_PTE | PTE_NX,
	[MEMPERM_URW] = USER_PTE | PTE_W | PTE_NX,
	[MEMPERM_URX] = USER_PTE,
	[MEMPERM_URWX] = USER_PTE | PTE_W,
	[MEMPERM_NONE] = PTE_NONE,
	[MEMPERM_UR | MEMPERM_UNREAD] = USER_PTE | PTE_NX,	/* W, before it is written */
	[MEMPERM_URW | MEMPERM_UNREAD] = USER_PTE | PTE_W | PTE_NX,
	[MEMPERM_URX | MEMPERM_UNREAD] = USER_PTE,
	[MEMPERM_URWX | MEMPERM_UNREAD] = USER_PTE | PTE_W,
};

/* Empty entry I of TABLE, which is present. */
static void
table_clear(paddr_t table, unsigned i)
{
	table_at(table)[i] = 0;
	--*table_count(table);
}

err_t
table_alloc(paddr_t *table)
{
	return pmem_alloc_zeroed(table) == ERR_OK ? ERR_OK : ERR_VPMAP_MAP;
}

static memperm_t
pte_to_perm(pte_t pte)
{
	if (!(pte & PTE_P))
		return MEMPERM_NONE;
	return (pte & PTE_W ? MEMPERM_RW : 0) | (pte & PTE_U ? MEMPERM_UR : 0) |
	    (pte & PTE_NX ? 0 : MEMPERM_X);
}

/* The table below entry I of TABLE, made if it is not there.  => 0 without a frame */
static paddr_t
make_below(paddr_t table, unsigned i, vaddr_t a)
{
	paddr_t next;

	if (table_alloc(&next) != ERR_OK)
		return 0;
	/* Rights are decided by the last level; U only below user roots. */
	table_set(table, i, next | PTE_P | PTE_W | (a < USER_END ? PTE_U : 0));
	return next;
}

paddr_t
table_find_slowly(struct vpmap *map, vaddr_t a)
{
	paddr_t table = map->root;

	for (int level = PT_LEVELS; level > 1; level--) {
		pte_t pte = table_at(table)[pt_index(a, level)];

		if (!(pte & PTE_P))
			return 0;
		table = pte & PTE_ADDR;
	}
	map->near = a / LARGE_PG_SIZE;
	map->near_table = table;
	return table;
}

paddr_t
table_make(struct vpmap *map, vaddr_t a)
{
	paddr_t t = map->root;

	for (int level = PT_LEVELS; level > 1 && t != 0; level--) {
		unsigned i = pt_index(a, level);
		pte_t pte = table_at(t)[i];

		kassert(!(pte & PTE_PS));
		t = pte & PTE_P ? pte & PTE_ADDR : make_below(t, i, a);
	}
	return t;
}

void
table_prune(struct vpmap *map, vaddr_t a)
{
	paddr_t path[PT_LEVELS + 1];
	paddr_t table;
	int level;

	/* Walk as far down as there are tables. */
	table = map->root;
	for (level = PT_LEVELS;; level--) {
		path[level] = table;
		if (level == 1 || !(table_at(table)[pt_index(a, level)] & PTE_P))
			break;
		table = table_at(table)[pt_index(a, level)] & PTE_ADDR;
	}
	for (; level < PT_LEVELS && *table_count(path[level]) == 0; level++) {
		table_clear(path[level + 1], pt_index(a, level + 1));
		pmem_free_zeroed(path[level]);
		map->near = VPMAP_NOWHERE;
	}
}

/* The entry of A's page, NULL without its table. */
static inline pte_t *
lookup(struct vpmap *map, vaddr_t a)
{
	paddr_t table = table_find(map, a);

	return table != 0 ? &table_at(table)[pt_index(a, 1)] : NULL;
}

void
vpmap_flush(struct vpmap *map, vaddr_t a, size_t n)
{
	if (!vpmap_is_loaded(map))
		return;
	if (n > FLUSH_ONE_BY_ONE && map != &kernel_vpmap) {
		vpmap_flush_tlb();	/* kernel entries are global: it would not do for them */
		return;
	}
	for (size_t i = 0; i < n; i++)
		invlpg(a + i * PG_SIZE);
}

void
vpmap_flush_tlb(void)
{
	write_cr3(read_cr3());
}

void
vpmap_load(struct vpmap *map)
{
	if (map->root != (read_cr3() & PTE_ADDR))
		write_cr3(map->root);
}

err_t
vpmap_init(struct vpmap *map)
{
	if (table_alloc(&map->root) != ERR_OK)
		return ERR_NOMEM;
	map->near = VPMAP_NOWHERE;
	memcpy(table_at(map->root) + USER_ENTRIES, table_at(kernel_vpmap.root) + USER_ENTRIES,
	    USER_ENTRIES * sizeof(pte_t));
	return ERR_OK;
}

/* Set the entry of A's page in TABLE, which must be empty. */
static inline err_t
map_entry(paddr_t table, vaddr_t a, pte_t pte)
{
	if (table_at(table)[pt_index(a, 1)] != 0)
		panic("vpmap_map: 0x%lx is mapped already", a);
	table_at(table)[pt_index(a, 1)] = pte;
	++*table_count(table);
	return ERR_OK;
}

/* Map a page for which there may be no table yet.  => ERR_VPMAP_MAP */
static __attribute__((noinline)) err_t
map_with_table(struct vpmap *map, vaddr_t a, pte_t pte)
{
	paddr_t table = table_make(map, a);

	if (table != 0)
		return map_entry(table, a, pte);
	table_prune(map, a);
	return ERR_VPMAP_MAP;
}

/* As vpmap_map: first all the tables, so that nothing can fail once an entry is set. */
static err_t __attribute__((noinline))
map_many(struct vpmap *map, vaddr_t vaddr, size_t n, pte_t pte)
{
	kassert(vaddr >= USER_END || vaddr + n * PG_SIZE <= USER_END);
	for (size_t i = 0; i < n; i++) {
		if (table_make(map, vaddr + i * PG_SIZE) != 0)
			continue;
		for (size_t k = 0; k <= i; k++)
			table_prune(map, vaddr + k * PG_SIZE);
		return ERR_VPMAP_MAP;
	}
	for (size_t i = 0; i < n; i++) {
		if (map_with_table(map, vaddr + i * PG_SIZE, pte + i * PG_SIZE) != ERR_OK)
			panic("vpmap_map: a table has gone");
	}
	return ERR_OK;
}

err_t
vpmap_map(struct vpmap *map, vaddr_t vaddr, paddr_t paddr, size_t n, memperm_t perm)
{
	pte_t pte = paddr | perm_to_pte(perm);
	paddr_t table;

	kassert(pg_aligned(vaddr | paddr));
	kassert(vaddr < USER_END || is_kern_memperm(perm));
	if (n != 1)
		return map_many(map, vaddr, n, pte);
	table = table_find(map, vaddr);
	if (table != 0)
		return map_entry(table, vaddr, pte);
	return map_with_table(map, vaddr, pte);
}

err_t
vpmap_lookup_vaddr(struct vpmap *map, vaddr_t vaddr, paddr_t *paddr, memperm_t *perm)
{
	pte_t *pte = lookup(map, vaddr);

	if (pte == NULL || !(*pte & PTE_THERE))
		return ERR_VPMAP_NOTPRESENT;
	if (paddr != NULL)
		*paddr = *pte & PTE_ADDR;
	if (perm != NULL)
		*perm = pte_to_perm(*pte);
	return ERR_OK;
}

void
vpmap_destroy(struct vpmap *map)
{
	kassert(map != &kernel_vpmap && !vpmap_is_loaded(map));
	if (*table_count(map->root) != 0)
		vpmap_unmap(map, 0, USER_END / PG_SIZE, true);
	pmem_free(map->root);
	map->root = 0;
}

err_t
vpmap_own(struct vpmap *map, vaddr_t vaddr, memperm_t perm, paddr_t zero)
{
	pte_t *pte = lookup(map, vaddr);
	paddr_t frame, copy;

	kassert(pte != NULL && (*pte & PTE_THERE));
	frame = *pte & PTE_ADDR;
	if (pmem_is_shared(frame)) {
		if ((frame == zero ? pmem_alloc_zeroed(&copy) : pmem_alloc(&copy)) != ERR_OK)
			return ERR_NOMEM;
		if (frame != zero)
			memcpy((void *)kmap_p2v(copy), (void *)kmap_p2v(frame), PG_SIZE);
		pmem_drop(frame);
		frame = copy;
	}
	*pte = frame | perm_to_pte(perm);
	vpmap_flush_page(map, vaddr);
	return ERR_OK;
}
