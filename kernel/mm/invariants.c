/* SPDX-License-Identifier: MIT */
/*
 * The invariants of one address space, and of the frames that all of them map.  Nothing
 * is changed, so that the kernel does the same with and without these checks.
 */
#include "mm/invariants.h"

#include "lib/string.h"
#include "mm/fault.h"
#include "mm/pagetable.h"
#include "mm/pmem.h"
#include "mm/region.h"
#include "mm/regiontree.h"
#include "panic.h"

#define USER_ENTRIES	(PT_ENTRIES / 2)
#define ANONYMOUS	0x80000000u	/* of a frame's number of entries: no store has it */

static uint32_t *n_entries;		/* by frame number: how many entries map it */

static inline void
must(bool holds, const char *what, vaddr_t where)
{
	if (!holds)
		panic("invariant: %s, at 0x%lx", what, where);
}

/* --- regions --- */

/* Could R, and NEXT behind it, be one? */
static bool
could_join(const struct memregion *r, const struct memregion *next)
{
	const struct region_like like = region_like(next, next->start);

	return r->end == next->start && r != r->as->heap && region_continues(r, &like, next->start);
}

static void
check_list(const struct addrspace *as)
{
	bool has_last = as->last == NULL, has_heap = as->heap == NULL;
	vaddr_t past = USER_START;
	size_t n = 0;

	list_for_each(node, &as->regions) {
		const struct memregion *r = list_entry(node, struct memregion, as_node);
		const struct memregion *next = region_next(r);

		must(r->as == as, "a region is of its space", r->start);
		must(pg_aligned(r->start), "a region starts a page", r->start);
		must(r->start >= past, "regions are sorted and disjoint", r->start);
		must(r->end >= r->start && r->end <= USER_END, "a region ends", r->start);
		must(r->end > r->start || r == as->heap, "only the heap is empty", r->start);
		must(next == NULL || !could_join(r, next), "regions are joined", r->end);
		past = region_page_end(r);
		has_last |= r == as->last;
		has_heap |= r == as->heap;
		n++;
	}
	must(n == as->n_regions, "regions are counted", n);
	must(has_last, "the region found last is there", (vaddr_t)as->last);
	must(has_heap, "the heap is there", (vaddr_t)as->heap);
}

static void
check_bound(const struct memregion *r)
{
	vaddr_t from = region_gap_start(r), to = region_gap_end(r);

	/* memregion_extend leaves the gap above the heap to whoever looks for one. */
	must(to <= from || r->max_gap >= to - from ||
	    (r->as->heap != NULL && region_prev(r) == r->as->heap), "gaps have a bound", r->start);
	for (int dir = 0; dir < 2; dir++)
		must(r->child[dir] == NULL || r->max_gap >= r->child[dir]->max_gap,
		    "bounds are right", r->start);
}

/* Let *NODE of AS' list go past the region that waits outside the tree. */
static void
pass_fresh(const struct addrspace *as, const struct list **node)
{
	if (as->fresh != NULL && *node == &as->fresh->as_node)
		*node = (*node)->next;
}

/* Subtree R must go on at *NODE of the list.  => its rank */
static int
check_tree(const struct memregion *r, const struct list **node)
{
	const struct memregion *left, *right;
	int lr, rr;

	if (r == NULL)
		return 0;
	left = r->child[0], right = r->child[1];
	must(left == NULL || left->parent == r, "a child knows its parent", r->start);
	must(right == NULL || right->parent == r, "a child knows its parent", r->start);
	lr = check_tree(left, node);
	pass_fresh(r->as, node);
	must(*node == &r->as_node, "list and tree are the same", r->start);
	*node = (*node)->next;
	rr = check_tree(right, node);
	must(r->rank > max(lr, rr), "ranks are right", r->start);
	check_bound(r);
	return r->rank;
}

/* --- pages --- */

/* A walk of all entries of a space, upwards, with the region that goes with them. */
struct walk {
	struct addrspace *as;
	const struct memregion *region;		/* the first that ends above what was seen */
	void (*page)(const struct memregion *r, vaddr_t a, pte_t pte);
	size_t pages;
	paddr_t near;				/* the table of the 2 MiB that are near */
};

static void
walk_page(struct walk *w, vaddr_t a, pte_t pte)
{
	while (w->region != NULL && region_page_end(w->region) <= a)
		w->region = region_next(w->region);
	must(w->region != NULL && w->region->start <= a, "a page lies in a region", a);
	w->page(w->region, a, pte);
	w->pages++;
}

/*
 * The first of the N entries at TABLE from index I on that is not empty; N when all are.  This
 * is where most of the time of a kernel with INVARIANTS goes: eight are looked at in one step.
 */
static unsigned
next_used(const pte_t *table, unsigned i, unsigned n)
{
	while (i < n && table[i] == 0) {
		const pte_t *t = table + i;
		bool eight = i % 8 == 0 && (t[1] | t[2] | t[3] | t[4] | t[5] | t[6] | t[7]) == 0;

		i += eight ? 8 : 1;
	}
	return i;
}

static void
walk_table(struct walk *w, paddr_t table, int level, vaddr_t base)
{
	const unsigned n = level == PT_LEVELS ? USER_ENTRIES : PT_ENTRIES;
	const pte_t *entries = table_at(table);
	unsigned used = 0;

	must(pmem_get_refcnt(table) == 1, "a table has one owner", table);
	if (level == 1 && base / LARGE_PG_SIZE == w->as->vpmap.near)
		w->near = table;
	for (unsigned i = next_used(entries, 0, n); i < n; i = next_used(entries, i + 1, n)) {
		vaddr_t a = base + ((vaddr_t)i << (PG_SHIFT + 9 * (level - 1)));
		pte_t pte = entries[i];

		used++;
		must(pmem_managed(pte & PTE_ADDR), "an entry leads to a frame", a);
		if (level == 1) {
			walk_page(w, a, pte);
			continue;
		}
		must((pte & (PTE_P | PTE_U | PTE_PS | PTE_G | PTE_NX)) == (PTE_P | PTE_U),
		    "an entry leads to a table", a);
		walk_table(w, pte & PTE_ADDR, level - 1, a);
	}
	must(used == *table_count(table), "a table counts its entries", base);
	must(used > 0 || level == PT_LEVELS, "an empty table is freed", base);
}

static size_t
walk(struct addrspace *as, void (*page)(const struct memregion *, vaddr_t, pte_t))
{
	struct walk w = { .as = as, .page = page };

	if (!list_empty(&as->regions))
		w.region = list_entry(as->regions.next, struct memregion, as_node);
	walk_table(&w, as->vpmap.root, PT_LEVELS, 0);
	must(as->vpmap.near == VPMAP_NOWHERE || as->vpmap.near_table == w.near,
	    "the table found last is there", as->vpmap.near * LARGE_PG_SIZE);
	return w.pages;
}

static void
check_page(const struct memregion *r, vaddr_t a, pte_t pte)
{
	paddr_t frame = pte & PTE_ADDR;

	if (r->perm == MEMPERM_NONE) {
		must((pte & (PTE_P | PTE_NONE)) == PTE_NONE, "no access means none", a);
	} else {
		must((pte & (PTE_P | PTE_U | PTE_NONE | PTE_G)) == (PTE_P | PTE_U),
		    "a page of a region is the user's", a);
		must(!(pte & PTE_W) || is_write_memperm(r->perm), "no more than W of a region", a);
		must((pte & PTE_NX) || is_exec_memperm(r->perm), "no more than X of a region", a);
	}
	must(pmem_get_refcnt(frame) > 0, "a page has an owned frame", a);
	must(!(pte & PTE_W) || r->shared || pmem_get_refcnt(frame) == 1,
	    "a private page that can be written has one owner", a);
	must(!(pte & PTE_W) || !vm_is_zero_page(frame), "the zero page is not written", a);
}

static void
check_kernel_half(const struct addrspace *as)
{
	const pte_t *its = table_at(as->vpmap.root), *ours = table_at(kernel_vpmap.root);

	for (unsigned i = USER_ENTRIES; i < PT_ENTRIES; i++)
		must(its[i] == ours[i], "the kernel half is the kernel's", i);
}

size_t
invariants_space(struct addrspace *as)
{
	const struct list *node = as->regions.next;

	must(!spin_held(&as->as_lock), "no lock is held", (vaddr_t)as);
	check_list(as);
	check_tree(as->root, &node);
	pass_fresh(as, &node);
	must(node == &as->regions, "list and tree are the same", (vaddr_t)as);
	check_kernel_half(as);
	return as->n_regions + walk(as, check_page);
}

/* --- the kernel half --- */

static void
check_kernel_table(paddr_t table, int level, vaddr_t base)
{
	for (unsigned i = level == PT_LEVELS ? USER_ENTRIES : 0; i < PT_ENTRIES; i++) {
		vaddr_t a = base + ((vaddr_t)i << (PG_SHIFT + 9 * (level - 1)));
		pte_t pte = table_at(table)[i];

		if (!(pte & PTE_P))
			continue;
		must(!(pte & PTE_U), "no user bit in the kernel half", a);
		if (level > 1 && !(pte & PTE_PS))
			check_kernel_table(pte & PTE_ADDR, level - 1, a);
		else
			must(!(pte & PTE_W) || (pte & PTE_NX), "W or X, not both", a);
	}
}

void
invariants_kernel_half(void)
{
	for (unsigned i = 0; i < USER_ENTRIES; i++)
		must(table_at(kernel_vpmap.root)[i] == 0, "the kernel's root has no user half", i);
	/* The upper half's addresses begin with ones: those of index 256 on carry them. */
	check_kernel_table(kernel_vpmap.root, PT_LEVELS, 0xffff000000000000);
}

/* --- frames --- */

void
invariants_frames_begin(void)
{
	size_t bytes = pg_round_up(pmem_n_frames * sizeof(*n_entries));
	paddr_t array;

	if (n_entries == NULL) {
		if (pmem_nalloc(&array, bytes / PG_SIZE) != ERR_OK)
			panic("invariants: no memory for %zu counts", pmem_n_frames);
		n_entries = (uint32_t *)kmap_p2v(array);
	}
	memset(n_entries, 0, bytes);
}

static void
count_page(const struct memregion *r, vaddr_t a, pte_t pte)
{
	uint32_t *n = &n_entries[(pte & PTE_ADDR) / PG_SIZE];

	(void)a;
	++*n;
	if (r->store == NULL)
		*n |= ANONYMOUS;
}

void
invariants_frames_of(struct addrspace *as)
{
	walk(as, count_page);
}

void
invariants_frames_end(void)
{
	for (size_t f = 1; f < pmem_n_frames; f++) {
		int n = (int)(n_entries[f] & ~ANONYMOUS), count = pmem_frames[f].count;
		paddr_t frame = f * PG_SIZE;

		if (n == 0)
			continue;
		if (vm_is_zero_page(frame))
			must(count == n + 1, "the zero page has one owner more than entries",
			    frame);
		else if (n_entries[f] & ANONYMOUS)
			must(count == n, "an anonymous page's owners are its entries", frame);
		else
			must(count == n || count == n + 1,
			    "a file's page is its entries' and the cache's", frame);
	}
}
