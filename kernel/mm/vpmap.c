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

struct vpmap kernel_vpmap;

static void
table_clear(paddr_t table, unsigned i)
{
	table_at(table)[i] = 0;
	--*pmem_note(table);
}

err_t
table_alloc(paddr_t *table)
{
	if (pmem_alloc(table) != ERR_OK)
		return ERR_VPMAP_MAP;
	memset(table_at(*table), 0, PG_SIZE);
	return ERR_OK;
}

static pte_t
perm_to_pte(memperm_t perm)
{
	pte_t pte = PTE_P;

	if (is_write_memperm(perm))
		pte |= PTE_W;
	pte |= is_kern_memperm(perm) ? PTE_G : PTE_U;
	if (!is_exec_memperm(perm))
		pte |= PTE_NX;
	return pte;
}

static memperm_t
pte_to_perm(pte_t pte)
{
	return (pte & PTE_W ? MEMPERM_RW : 0) | (pte & PTE_U ? MEMPERM_UR : 0) |
	    (pte & PTE_NX ? 0 : MEMPERM_X);
}

err_t
table_walk(struct vpmap *map, vaddr_t a, bool make, paddr_t *table)
{
	*table = map->root;
	for (int level = PT_LEVELS; level > 1; level--) {
		unsigned i = pt_index(a, level);
		pte_t pte = table_at(*table)[i];
		paddr_t next;

		kassert(!(pte & PTE_P) || !(pte & PTE_PS));
		if (!(pte & PTE_P)) {
			if (!make)
				return ERR_VPMAP_NOTPRESENT;
			if (table_alloc(&next) != ERR_OK)
				return ERR_VPMAP_MAP;
			/* Rights are decided by the last level; U only below user roots. */
			pte = next | PTE_P | PTE_W | (a < USER_END ? PTE_U : 0);
			table_set(*table, i, pte);
		}
		*table = pte & PTE_ADDR;
	}
	return ERR_OK;
}

/* Free the tables on the way to A that have no entry left, from the bottom up. */
static void
prune(struct vpmap *map, vaddr_t a)
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
	for (; level < PT_LEVELS && *pmem_note(path[level]) == 0; level++) {
		table_clear(path[level + 1], pt_index(a, level + 1));
		pmem_free(path[level]);
	}
}

/* The entry of A's page, NULL without its table. */
static pte_t *
lookup(struct vpmap *map, vaddr_t a)
{
	paddr_t table;

	if (table_walk(map, a, false, &table) != ERR_OK)
		return NULL;
	return &table_at(table)[pt_index(a, 1)];
}

static bool
is_loaded(const struct vpmap *map)
{
	return map == &kernel_vpmap || map->root == (read_cr3() & PTE_ADDR);
}

/* Forget the translations of N pages from A, if the CPU can have any. */
static void
flush(struct vpmap *map, vaddr_t a, size_t n)
{
	if (!is_loaded(map))
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
	memcpy(table_at(map->root) + USER_ENTRIES, table_at(kernel_vpmap.root) + USER_ENTRIES,
	    USER_ENTRIES * sizeof(pte_t));
	return ERR_OK;
}

err_t
vpmap_map(struct vpmap *map, vaddr_t vaddr, paddr_t paddr, size_t n, memperm_t perm)
{
	paddr_t table;

	kassert(pg_aligned(vaddr) && pg_aligned(paddr));
	kassert(vaddr < USER_END ? vaddr + n * PG_SIZE <= USER_END : is_kern_memperm(perm));

	/* First all the tables, so that nothing can fail once an entry is set. */
	for (size_t i = 0; i < n; i++) {
		if (table_walk(map, vaddr + i * PG_SIZE, true, &table) == ERR_OK)
			continue;
		for (size_t k = 0; k <= i; k++)
			prune(map, vaddr + k * PG_SIZE);
		return ERR_VPMAP_MAP;
	}
	for (size_t i = 0; i < n; i++) {
		vaddr_t a = vaddr + i * PG_SIZE;
		pte_t *pte = lookup(map, a);

		if (*pte & PTE_P)
			panic("vpmap_map: 0x%lx is mapped already", a);
		table_set(kmap_v2p(pg_round_down((vaddr_t)pte)), pt_index(a, 1),
		    (paddr + i * PG_SIZE) | perm_to_pte(perm));
	}
	return ERR_OK;
}

err_t
vpmap_lookup_vaddr(struct vpmap *map, vaddr_t vaddr, paddr_t *paddr, memperm_t *perm)
{
	pte_t *pte = lookup(map, vaddr);

	if (pte == NULL || !(*pte & PTE_P))
		return ERR_VPMAP_NOTPRESENT;
	if (paddr != NULL)
		*paddr = *pte & PTE_ADDR;
	if (perm != NULL)
		*perm = pte_to_perm(*pte);
	return ERR_OK;
}

/*
 * The first address at or above A whose entry in TABLE, of LEVEL, is present; past
 * the end of what the table covers when there is none.
 */
static vaddr_t
scan_table(paddr_t table, int level, vaddr_t a)
{
	const vaddr_t span = (vaddr_t)PG_SIZE << (9 * (level - 1));
	const pte_t *entries = table_at(table);
	unsigned first = pt_index(a, level), i = first;

	while (i < PT_ENTRIES && !(entries[i] & PTE_P))
		i++;
	return i == first ? a : (a & ~(span * PT_ENTRIES - 1)) + i * span;
}

/*
 * The first present page of MAP in [A, END): its entry in *PTE.
 * => its address, or END when there is none
 */
static vaddr_t
next_present(struct vpmap *map, vaddr_t a, vaddr_t end, pte_t **pte)
{
	paddr_t table = map->root;
	int level = PT_LEVELS;

	while (a < end) {
		const vaddr_t covers = (vaddr_t)PG_SIZE << (9 * level);
		vaddr_t found = scan_table(table, level, a);

		if (found / covers != a / covers) {	/* nothing here: on from the root */
			table = map->root;
			level = PT_LEVELS;
		} else if (level == 1 && found < end) {
			*pte = &table_at(table)[pt_index(found, 1)];
			return found;
		} else if (found < end) {
			table = table_at(table)[pt_index(found, level)] & PTE_ADDR;
			level--;
		}
		a = found;
	}
	return end;
}

void
vpmap_unmap(struct vpmap *map, vaddr_t vaddr, size_t n, int free)
{
	vaddr_t end = vaddr + n * PG_SIZE;
	pte_t *pte;

	kassert(pg_aligned(vaddr));
	for (vaddr_t a = vaddr; (a = next_present(map, a, end, &pte)) < end; a += PG_SIZE) {
		paddr_t frame = *pte & PTE_ADDR;
		paddr_t table = kmap_v2p(pg_round_down((vaddr_t)pte));

		table_clear(table, pt_index(a, 1));
		if (*pmem_note(table) == 0)
			prune(map, a);
		if (free)
			pmem_dec_refcnt(frame);
	}
	/* Nobody can use a freed frame before this: the kernel is not preempted. */
	flush(map, vaddr, n);
}

void
vpmap_destroy(struct vpmap *map)
{
	kassert(map != &kernel_vpmap && !is_loaded(map));
	vpmap_unmap(map, 0, USER_END / PG_SIZE, true);
	pmem_free(map->root);
	map->root = 0;
}

void
vpmap_set_perm(struct vpmap *map, vaddr_t vaddr, size_t n, memperm_t perm)
{
	vaddr_t end = vaddr + n * PG_SIZE;
	pte_t *pte;

	kassert(pg_aligned(vaddr));
	for (vaddr_t a = vaddr; (a = next_present(map, a, end, &pte)) < end; a += PG_SIZE)
		*pte = (*pte & (PTE_ADDR | PTE_A | PTE_D)) | perm_to_pte(perm);
	flush(map, vaddr, n);
}

err_t
vpmap_copy(struct vpmap *dst, struct vpmap *src, vaddr_t start, vaddr_t end)
{
	pte_t *pte;

	for (vaddr_t a = start; (a = next_present(src, a, end, &pte)) < end; a += PG_SIZE) {
		paddr_t frame;

		if (pmem_alloc(&frame) != ERR_OK)
			return ERR_NOMEM;
		memcpy((void *)kmap_p2v(frame), (void *)kmap_p2v(*pte & PTE_ADDR), PG_SIZE);
		if (vpmap_map(dst, a, frame, 1, pte_to_perm(*pte)) != ERR_OK) {
			pmem_free(frame);
			return ERR_NOMEM;
		}
	}
	return ERR_OK;
}

size_t
vpmap_count(struct vpmap *map, vaddr_t start, vaddr_t end)
{
	size_t count = 0;
	pte_t *pte;

	for (vaddr_t a = start; (a = next_present(map, a, end, &pte)) < end; a += PG_SIZE)
		count++;
	return count;
}
