/* SPDX-License-Identifier: MIT */
/*
 * Page tables, many pages at a time.  All walks go by runs of entries of one
 * last-level table: what has no table is skipped at once, and a run is an array.
 */
#include "mm/pagetable.h"
#include "panic.h"

/* A run of entries of one last-level table. */
struct run {
	paddr_t table;
	pte_t *pte;		/* the first of them */
	vaddr_t start;		/* what that one maps */
	unsigned n;
};

/*
 * The first run of entries at or above *A and below END whose table exists; *A moves
 * past it.  Tables that are not there are skipped at once, whatever they would cover.
 * => false when there is none
 */
static bool
next_run(struct vpmap *map, vaddr_t *a, vaddr_t end, struct run *run)
{
	vaddr_t at = *a, past = end;

	for (; at < end; at = past) {
		pte_t pte = table_at(map->root)[pt_index(at, 4)];
		vaddr_t span = PG_SIZE * 1ul << 27;

		if (pte & PTE_P) {
			pte = table_at(pte & PTE_ADDR)[pt_index(at, 3)];
			span >>= 9;
		}
		if ((pte & PTE_P) && span == PG_SIZE * 1ul << 18) {
			pte = table_at(pte & PTE_ADDR)[pt_index(at, 2)];
			span >>= 9;
		}
		past = min((at & ~(span - 1)) + span, end);
		if (!(pte & PTE_P))
			continue;
		run->table = pte & PTE_ADDR;
		run->pte = &table_at(run->table)[pt_index(at, 1)];
		run->start = at;
		run->n = (past - at) / PG_SIZE;
		*a = past;
		return true;
	}
	return false;
}

/* Empty the entries of RUN, and with FREE drop their counts.  => were there any? */
static __attribute__((noinline)) bool
clear_run(const struct run *run, int free)
{
	pte_t *pte = run->pte, *end = pte + run->n;
	uint32_t *count = table_count(run->table), left = *count;
	bool gone;

	for (; pte < end && left > 0; pte++) {
		pte_t old = *pte;

		if (old == 0)
			continue;
		*pte = 0;
		left--;
		if (free)
			pmem_drop(old & PTE_ADDR);
	}
	gone = left != *count;
	*count = left;
	return gone;
}

/* Is it plain at a glance that A's page is not there? */
static inline bool
known_absent(const struct vpmap *map, vaddr_t a)
{
	return map->near == a / LARGE_PG_SIZE && table_at(map->near_table)[pt_index(a, 1)] == 0;
}

static __attribute__((noinline)) void
unmap_page(struct vpmap *map, vaddr_t a, int free)
{
	paddr_t table = table_find(map, a);
	pte_t *pte = &table_at(table)[pt_index(a, 1)], old;

	if (table == 0 || *pte == 0)
		return;
	old = *pte;
	*pte = 0;
	if (--*table_count(table) == 0)
		table_prune(map, a);
	vpmap_flush_page(map, a);
	if (free)
		pmem_drop(old & PTE_ADDR);
}

static __attribute__((noinline)) void
unmap_many(struct vpmap *map, vaddr_t vaddr, size_t n, int free)
{
	vaddr_t a = vaddr, end = vaddr + n * PG_SIZE;
	bool gone = false;
	struct run run;

	while (next_run(map, &a, end, &run)) {
		gone |= clear_run(&run, free);
		if (*table_count(run.table) == 0)
			table_prune(map, run.start);
	}
	/* Nobody can use a freed frame before this: the kernel is not preempted. */
	if (gone)
		vpmap_flush(map, vaddr, n);
}

void
vpmap_unmap(struct vpmap *map, vaddr_t vaddr, size_t n, int free)
{
	kassert(pg_aligned(vaddr));
	/* A heap or a mapping of one page comes and goes often, and often untouched. */
	if (n != 1)
		unmap_many(map, vaddr, n, free);
	else if (!known_absent(map, vaddr))
		unmap_page(map, vaddr, free);
}

void
vpmap_map_absent(struct vpmap *map, vaddr_t vaddr, const paddr_t *frames, size_t n,
    memperm_t perm)
{
	const pte_t bits = perm_to_pte(perm);
	const paddr_t *end = frames + n;
	uint32_t mapped = 0;
	paddr_t table = table_find(map, vaddr);
	pte_t *pte;

	if (table == 0)
		return;
	pte = &table_at(table)[pt_index(vaddr, 1)];
	for (; frames < end; frames++, pte++) {
		if (*frames == 0 || *pte != 0)
			continue;
		pmem_share(*frames);
		*pte = *frames | bits;
		mapped++;
	}
	*table_count(table) += mapped;
}

/* Give what is there of RUN the flags BITS; with COW no write right to shared frames. */
static void
set_run(const struct run *run, pte_t bits, bool cow)
{
	const pte_t keep = PTE_ADDR | PTE_A | PTE_D;
	pte_t *pte = run->pte, *end = pte + run->n;

	if (!cow) {
		for (; pte < end; pte++) {
			if (*pte != 0)
				*pte = (*pte & keep) | bits;
		}
		return;
	}
	for (; pte < end; pte++) {
		pte_t kept = *pte & keep;	/* the frame's address, and bits below a page */

		if (*pte == 0)
			continue;
		*pte = kept | (pmem_is_shared(kept) ? bits & ~PTE_W : bits);
	}
}

/* As vpmap_set_perm, and with COW vpmap_set_perm_cow. */
static void
set_perm(struct vpmap *map, vaddr_t vaddr, size_t n, memperm_t perm, bool cow)
{
	vaddr_t a = vaddr, end = vaddr + n * PG_SIZE;
	struct run run;

	kassert(pg_aligned(vaddr));
	while (next_run(map, &a, end, &run))
		set_run(&run, perm_to_pte(perm), cow && is_write_memperm(perm));
	vpmap_flush(map, vaddr, n);
}

void
vpmap_set_perm(struct vpmap *map, vaddr_t vaddr, size_t n, memperm_t perm)
{
	set_perm(map, vaddr, n, perm, false);
}

void
vpmap_set_perm_cow(struct vpmap *map, vaddr_t vaddr, size_t n, memperm_t perm)
{
	set_perm(map, vaddr, n, perm, true);
}

/* Share the entries of RUN with the table TO. */
static void
share_run(const struct run *run, paddr_t to, bool cow)
{
	const pte_t keep = cow ? ~PTE_W : ~0ul;
	pte_t *src = run->pte, *end = src + run->n;
	pte_t *dst = &table_at(to)[pt_index(run->start, 1)];
	unsigned shared = 0;

	for (; src < end; src++, dst++) {
		pte_t pte = *src;

		if (pte == 0)
			continue;
		*src = *dst = pte & keep;
		pmem_share(pte & PTE_ADDR);
		shared++;
	}
	*table_count(to) += shared;
}

err_t
vpmap_share(struct vpmap *dst, struct vpmap *src, vaddr_t start, vaddr_t end, bool cow)
{
	struct run run;
	paddr_t to;

	while (next_run(src, &start, end, &run)) {
		unsigned first = 0;

		while (first < run.n && run.pte[first] == 0)
			first++;
		if (first == run.n)
			continue;		/* no table for nothing */
		to = table_make(dst, run.start);
		if (to == 0) {
			table_prune(dst, run.start);
			return ERR_NOMEM;
		}
		share_run(&run, to, cow);
	}
	return ERR_OK;
}

/* Make the tables that the present ones of N pages from OLD need at NEW.  => ERR_VPMAP_MAP */
static err_t
make_tables_for(struct vpmap *map, vaddr_t old, vaddr_t new, size_t n)
{
	vaddr_t a = old, end = old + n * PG_SIZE;
	struct run run;

	while (next_run(map, &a, end, &run)) {
		for (unsigned i = 0; i < run.n; i++) {
			vaddr_t moved = run.start + i * PG_SIZE - old + new;

			if (run.pte[i] != 0 && table_make(map, moved) == 0)
				return ERR_VPMAP_MAP;
		}
	}
	return ERR_OK;
}

err_t
vpmap_move(struct vpmap *map, vaddr_t old, vaddr_t new, size_t n)
{
	vaddr_t a = old, end = old + n * PG_SIZE;
	struct run run;
	paddr_t to;

	if (make_tables_for(map, old, new, n) != ERR_OK) {
		for (size_t i = 0; i < n; i++)
			table_prune(map, new + i * PG_SIZE);
		return ERR_VPMAP_MAP;
	}
	while (next_run(map, &a, end, &run)) {
		uint32_t *left = table_count(run.table);

		for (unsigned i = 0; i < run.n && *left > 0; i++) {
			vaddr_t at = run.start + i * PG_SIZE - old + new;
			pte_t pte = run.pte[i];

			if (pte == 0)
				continue;
			to = table_find(map, at);
			if (to == 0)
				panic("vpmap_move: the table for 0x%lx has gone", at);
			table_set(to, pt_index(at, 1), pte);
			run.pte[i] = 0;
			--*left;
		}
		if (*left == 0)
			table_prune(map, run.start);
	}
	vpmap_flush(map, old, n);
	return ERR_OK;
}

size_t
vpmap_count(struct vpmap *map, vaddr_t start, vaddr_t end)
{
	struct run run;
	size_t count = 0;

	while (next_run(map, &start, end, &run)) {
		for (unsigned i = 0; i < run.n; i++)
			count += run.pte[i] != 0;
	}
	return count;
}
