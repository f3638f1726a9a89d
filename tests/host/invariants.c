/* SPDX-License-Identifier: MIT */
/*
 * What must hold for every address space at every time; see space.h.
 */
#include "host.h"

#include "mm/pmem.h"
#include "mm/region.h"
#include "mm/regiontree.h"
#include "space.h"
#include "x86/x86.h"

/* --- regions --- */

static void
check_list(const struct addrspace *space)
{
	vaddr_t last = 0;
	size_t n = 0;

	list_for_each(node, &space->regions) {
		struct memregion *r = list_entry(node, struct memregion, as_node);

		must_eq(r->as, space);
		must(pg_aligned(r->start));
		must(r->start >= last);
		must(r->end >= r->start);
		must(r->end <= USER_END);
		last = pg_round_up(r->end);
		n++;
	}
	must_eq(space->n_regions, n);
	if (space->heap != NULL)
		must_eq(space->heap->as, space);
}

/* Let *NODE of SPACE's list go past the region that waits outside the tree. */
static void
pass_fresh(const struct addrspace *space, const struct list **node)
{
	if (space->fresh != NULL && *node == &space->fresh->as_node)
		*node = (*node)->next;
}

/* Subtree R must go on at *NODE of the list.  => its rank */
static int
check_tree(const struct memregion *r, const struct list **node)
{
	const struct memregion *left, *right;
	size_t gap = 0;
	int lr, rr;

	if (r == NULL)
		return 0;
	left = r->child[0], right = r->child[1];
	must(left == NULL || left->parent == r);
	must(right == NULL || right->parent == r);
	lr = check_tree(left, node);
	pass_fresh(r->as, node);
	must_eq(*node, &r->as_node);
	*node = (*node)->next;
	rr = check_tree(right, node);
	must(r->rank > max(lr, rr));
	if (region_gap_end(r) > region_gap_start(r))
		gap = region_gap_end(r) - region_gap_start(r);
	gap = max(gap, left == NULL ? 0 : left->max_gap);
	gap = max(gap, right == NULL ? 0 : right->max_gap);
	must(r->max_gap >= gap);
	return r->rank;
}

void
check_joined(const struct addrspace *space)
{
	list_for_each(node, &space->regions) {
		struct memregion *r = list_entry(node, struct memregion, as_node);
		struct memregion *next = region_next(r);
		struct region_like like = next != NULL ? region_like(next, next->start) :
		    (struct region_like){ 0 };

		if (next != NULL && r->end == next->start && space->heap != r &&
		    region_continues(r, &like, next->start))
			host_fail(__FILE__, __LINE__, "regions are apart at 0x%lx", r->end);
		must(r->end > r->start || space->heap == r);
	}
}

/* --- pages --- */

/* The last-level entry of A, 0 without one. */
static pte_t
entry(const struct addrspace *space, vaddr_t a)
{
	pte_t pte = space->vpmap.root | PTE_P;

	for (int level = PT_LEVELS; level >= 1 && pte != 0; level--)
		pte = ((pte_t *)kmap_p2v(pte & PTE_ADDR))[pt_index(a, level)];
	return pte;
}

static void
check_page(const struct memregion *r, pte_t pte)
{
	memperm_t perm = r->perm;

	if (perm == MEMPERM_NONE) {
		must_eq(pte & (PTE_P | PTE_NONE), PTE_NONE);
	} else {
		must_eq(pte & (PTE_P | PTE_U | PTE_NONE | PTE_G), PTE_P | PTE_U);
		must(!(pte & PTE_W) || is_write_memperm(perm));
		must((pte & PTE_NX) || is_exec_memperm(perm));
	}
	must(pmem_get_refcnt(pte & PTE_ADDR) >= 1);
	if ((pte & PTE_W) && !r->shared)
		must_eq(pmem_get_refcnt(pte & PTE_ADDR), 1);
}

/* The region that the page at A lies in; there must be one. */
static const struct memregion *
region_of(struct addrspace *space, vaddr_t a)
{
	const struct memregion *r = regiontree_from(space, a);

	if (r == NULL || r->start > a)
		host_fail(__FILE__, __LINE__, "0x%lx is in a region, as it has a page", a);
	return r;
}

static paddr_t near_table;		/* what the space's near table must be */

/* The tables from TABLE down, which maps what is at A and above.  => how many they are */
static size_t
check_tables(struct addrspace *space, paddr_t table, int level, vaddr_t a)
{
	const pte_t *pte = (const pte_t *)kmap_p2v(table);
	unsigned entries = level == PT_LEVELS ? PT_ENTRIES / 2 : PT_ENTRIES, used = 0;
	vaddr_t span = (vaddr_t)PG_SIZE << 9 * (level - 1);
	size_t tables = 1;

	must_eq(pmem_get_refcnt(table), 1);
	if (level == 1 && a / LARGE_PG_SIZE == space->vpmap.near)
		near_table = table;
	for (unsigned i = 0; i < entries; i++) {
		if (pte[i] == 0)
			continue;
		used++;
		if (level > 1)
			tables += check_tables(space, pte[i] & PTE_ADDR, level - 1, a + i * span);
		else
			check_page(region_of(space, a + i * span), pte[i]);
	}
	must_eq(*pmem_note(table), used);
	must(used > 0 || level == PT_LEVELS);
	return tables;
}

static void
check_free_frames(void)
{
	static const uint8_t zeros[PG_SIZE];

	for (size_t f = 1; f < pmem_n_frames; f++) {
		if (pmem_frames[f].count == 0 && pmem_frames[f].note != 0)
			must(memcmp((void *)kmap_p2v(f * PG_SIZE), zeros, PG_SIZE) == 0);
	}
}

void
check_tree_of(struct addrspace *space)
{
	const struct list *node = space->regions.next;

	check_list(space);
	/* memregion_extend leaves the gap above the heap to whoever looks for one. */
	if (space->heap != NULL)
		regiontree_update(region_next(space->heap));
	check_tree(space->root, &node);
	pass_fresh(space, &node);
	must_eq(node, &space->regions);
}

size_t
check_space(struct addrspace *space)
{
	size_t tables;

	must(!spin_held(&space->as_lock));
	check_tree_of(space);
	check_free_frames();
	near_table = 0;
	tables = check_tables(space, space->vpmap.root, PT_LEVELS, 0);
	must(space->vpmap.near == VPMAP_NOWHERE || space->vpmap.near_table == near_table);
	return tables;
}

/* --- translations --- */

static struct addrspace *tlb_space;
static vaddr_t tlb_start;
static size_t tlb_n;
static pte_t tlb[TLB_PAGES];
static unsigned tlb_loads, tlb_invlpgs;

void
tlb_begin(struct addrspace *space, vaddr_t a, size_t n)
{
	must(n <= TLB_PAGES);
	tlb_space = space;
	tlb_start = a;
	tlb_n = n;
	for (size_t i = 0; i < n; i++)
		tlb[i] = entry(space, a + i * PG_SIZE);
	tlb_loads = host_cr3_loads;
	tlb_invlpgs = host_invlpgs;
}

static bool
was_flushed(vaddr_t a)
{
	if (host_cr3_loads != tlb_loads)
		return true;
	must(host_invlpgs - tlb_invlpgs <= HOST_INVLPG_LOG);
	for (unsigned i = tlb_invlpgs; i != host_invlpgs; i++) {
		if (host_invlpg_log[i % HOST_INVLPG_LOG] == a)
			return true;
	}
	return false;
}

void
tlb_check(void)
{
	for (size_t i = 0; i < tlb_n; i++) {
		vaddr_t a = tlb_start + i * PG_SIZE;
		pte_t old = tlb[i], new = entry(tlb_space, a);
		bool lost = (old & ~new & (PTE_P | PTE_W | PTE_U)) != 0 ||
		    (new & ~old & PTE_NX) != 0 || ((old ^ new) & PTE_ADDR) != 0;

		if ((old & PTE_P) && lost && !was_flushed(a))
			host_fail(__FILE__, __LINE__, "0x%lx flushed: 0x%lx is 0x%lx now", a, old,
			    new);
	}
}
