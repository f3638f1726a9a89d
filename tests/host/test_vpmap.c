/* SPDX-License-Identifier: MIT */
/*
 * Page tables, in an array that stands for physical memory, read as the CPU would.
 * host-test: MM tests/host/space.c tests/host/invariants.c tests/host/fakes.c
 */
#include "host.h"

#include "mm/pmem.h"
#include "mm/vpmap.h"
#include "space.h"
#include "x86/x86.h"

#define MIB	0x100000ul
#define L1_SPAN	0x200000ul		/* what one last-level table covers */
#define L2_SPAN	0x40000000ul
#define L3_SPAN	0x8000000000ul

/* Addresses at the edges of user space and of each level of tables. */
static const vaddr_t edges[] = {
	USER_START, USER_TEXT, L1_SPAN - PG_SIZE, L1_SPAN, L2_SPAN - PG_SIZE, L2_SPAN,
	L3_SPAN - PG_SIZE, L3_SPAN, USTACK_LOWERBOUND, USTACK_UPPERBOUND - PG_SIZE,
	USER_END - PG_SIZE,
};

static struct vpmap map;

/* Physical memory, a kernel map with something in its upper half, and an empty MAP. */
static void
begin(void)
{
	pte_t *root;

	host_memory_init(8 * MIB);
	ck_assert_int_eq(pmem_alloc(&kernel_vpmap.root), ERR_OK);
	root = (pte_t *)kmap_p2v(kernel_vpmap.root);
	memset(root, 0, PG_SIZE);
	for (int i = PT_ENTRIES / 2; i < PT_ENTRIES; i += 3)
		root[i] = (pte_t)i << PG_SHIFT | PTE_P | PTE_W;
	ck_assert_int_eq(vpmap_init(&map), ERR_OK);
}

/* The last-level entry for A, all bits; 0 when a table is missing. */
static pte_t
entry(const struct vpmap *m, vaddr_t a)
{
	pte_t pte = m->root | PTE_P;

	for (int level = PT_LEVELS; level >= 1; level--) {
		if (level < PT_LEVELS)
			ck_assert_uint_eq(pte & (PTE_P | PTE_W | PTE_U | PTE_NX | PTE_PS),
			    PTE_P | PTE_W | PTE_U);
		pte = ((pte_t *)kmap_p2v(pte & PTE_ADDR))[pt_index(a, level)];
		if (!(pte & PTE_P)) {
			ck_assert_uint_eq(pte, 0);
			return 0;
		}
	}
	return pte;
}

/* B1: nothing of a user, and the kernel's half. */
START_TEST(test_new_map)
{
	const pte_t *root, *kernel;

	begin();
	root = (const pte_t *)kmap_p2v(map.root);
	kernel = (const pte_t *)kmap_p2v(kernel_vpmap.root);
	for (int i = 0; i < PT_ENTRIES / 2; i++)
		ck_assert_uint_eq(root[i], 0);
	ck_assert_mem_eq(root + PT_ENTRIES / 2, kernel + PT_ENTRIES / 2, PG_SIZE / 2);
	ck_assert_uint_eq(vpmap_count(&map, 0, USER_END), 0);
}
END_TEST

START_TEST(test_map_at_edges)
{
	size_t free, before;

	begin();
	free = pmem_free_count();
	for (size_t i = 0; i < array_len(edges); i++) {
		paddr_t p = frame(), found = 42;
		memperm_t perm = 42;

		ck_assert_int_eq(vpmap_lookup_vaddr(&map, edges[i], &found, &perm),
		    ERR_VPMAP_NOTPRESENT);
		ck_assert(found == 42 && perm == 42);
		ck_assert_int_eq(vpmap_map(&map, edges[i], p, 1, MEMPERM_URW), ERR_OK);
		ck_assert_uint_eq(entry(&map, edges[i]), p | PTE_P | PTE_W | PTE_U | PTE_NX);
		ck_assert_int_eq(vpmap_lookup_vaddr(&map, edges[i] + 0xabc, &found, &perm), ERR_OK);
		ck_assert(found == p && perm == MEMPERM_URW);
		ck_assert_int_eq(vpmap_lookup_vaddr(&map, edges[i], NULL, NULL), ERR_OK);
		ck_assert_int_eq(pmem_get_refcnt(p), 1);
		ck_assert_uint_eq(vpmap_count(&map, 0, USER_END), i + 1);
	}
	for (size_t i = 0; i < array_len(edges); i++) {
		before = pmem_free_count();
		vpmap_unmap(&map, edges[i], 1, true);
		ck_assert_uint_eq(entry(&map, edges[i]), 0);
		ck_assert_uint_gt(pmem_free_count(), before);
		ck_assert_uint_eq(vpmap_count(&map, 0, USER_END), array_len(edges) - i - 1);
	}
	ck_assert_uint_eq(pmem_free_count(), free);	/* the tables too */
}
END_TEST

/* B12: what may not be executed is NX. */
START_TEST(test_rights)
{
	static const struct { memperm_t perm; pte_t bits; } cases[] = {
		{ MEMPERM_UR, PTE_P | PTE_U | PTE_NX },
		{ MEMPERM_URW, PTE_P | PTE_U | PTE_W | PTE_NX },
		{ MEMPERM_URX, PTE_P | PTE_U },
		{ MEMPERM_URWX, PTE_P | PTE_U | PTE_W },
	};
	memperm_t got;
	paddr_t p;

	begin();
	p = frame();
	for (size_t i = 0; i < array_len(cases); i++) {
		ck_assert_int_eq(vpmap_map(&map, USER_TEXT, p, 1, cases[i].perm), ERR_OK);
		ck_assert_uint_eq(entry(&map, USER_TEXT), p | cases[i].bits);
		ck_assert_int_eq(vpmap_lookup_vaddr(&map, USER_TEXT, NULL, &got), ERR_OK);
		ck_assert_int_eq(got, cases[i].perm);
		for (size_t j = 0; j < array_len(cases); j++) {
			vpmap_set_perm(&map, USER_TEXT - PG_SIZE, 3, cases[j].perm);
			ck_assert_uint_eq(entry(&map, USER_TEXT), p | cases[j].bits);
			ck_assert_uint_eq(vpmap_count(&map, 0, USER_END), 1);
		}
		vpmap_unmap(&map, USER_TEXT - PG_SIZE, 3, false);
		ck_assert_int_eq(pmem_frames[0].count, 0);	/* nobody's: of no entry */
		ck_assert_int_eq(pmem_get_refcnt(p), 1);	/* not dropped: free was 0 */
	}
}
END_TEST

/* Many pages across a table's edge: each to its own frame. */
START_TEST(test_runs)
{
	vaddr_t start = L2_SPAN - 5 * PG_SIZE;
	size_t free;
	paddr_t p;

	begin();
	free = pmem_free_count();
	ck_assert_int_eq(pmem_nalloc(&p, 12), ERR_OK);
	ck_assert_int_eq(vpmap_map(&map, start, p, 12, MEMPERM_UR), ERR_OK);
	for (int i = 0; i < 12; i++)
		ck_assert_uint_eq(entry(&map, start + i * PG_SIZE) & PTE_ADDR, p + i * PG_SIZE);
	ck_assert_uint_eq(vpmap_count(&map, start + PG_SIZE, start + 11 * PG_SIZE), 10);
	/* Unmap more than is there, but leave the outermost. */
	vpmap_unmap(&map, start + PG_SIZE, 10, true);
	ck_assert_uint_eq(vpmap_count(&map, 0, USER_END), 2);
	vpmap_unmap(&map, start + PG_SIZE, 10, true);
	vpmap_unmap(&map, USER_START, (USER_END - USER_START) / PG_SIZE, true);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

static void
map_pages(vaddr_t a, paddr_t p, size_t n, memperm_t perm)
{
	ck_assert_int_eq(vpmap_map(&map, a, p, n, perm), ERR_OK);
}

/* B7, in its last line: a root that is loaded is not destroyed. */
START_TEST(test_misuse)
{
	paddr_t p;

	begin();
	p = frame();
	ck_assert_int_eq(vpmap_map(&map, USER_TEXT, p, 1, MEMPERM_UR), ERR_OK);
	expect_panic(map_pages(USER_TEXT, p, 1, MEMPERM_UR), "mapped already");
	expect_panic(map_pages(USER_TEXT - PG_SIZE, p, 2, MEMPERM_UR), "mapped already");
	expect_panic(map_pages(USER_TEXT + 1, p, 1, MEMPERM_UR), "assertion");
	expect_panic(map_pages(USER_TEXT, p + 1, 1, MEMPERM_UR), "assertion");
	expect_panic(map_pages(USER_END, p, 1, MEMPERM_UR), "assertion");
	expect_panic(map_pages(USER_END - PG_SIZE, p, 2, MEMPERM_UR), "assertion");
	expect_panic(map_pages(KSTACK_BASE, p, 1, MEMPERM_URW), "assertion");
	expect_panic(vpmap_unmap(&map, USER_TEXT + 1, 1, true), "assertion");
	expect_panic(vpmap_destroy(&kernel_vpmap), "assertion");
	vpmap_load(&map);
	expect_panic(vpmap_destroy(&map), "assertion");
}
END_TEST

/* B10: whatever number of tables can be had, a map succeeds or changes nothing. */
START_TEST(test_no_memory)
{
	vaddr_t start = L3_SPAN - 2 * PG_SIZE;	/* needs two tables of each level */
	paddr_t p;

	begin();
	ck_assert_int_eq(pmem_nalloc(&p, 4), ERR_OK);
	/* The first page alone in its tables. */
	for (size_t tables = 0; tables < 6; tables++) {
		take_frames_but(tables);
		ck_assert_int_eq(vpmap_map(&map, start + PG_SIZE, p, 2, MEMPERM_URW),
		    ERR_VPMAP_MAP);
		ck_assert_uint_eq(pmem_free_count(), tables);
		give_frames_back();
	}
	for (size_t tables = 0; tables < 6; tables++) {
		take_frames_but(tables);
		ck_assert_int_eq(vpmap_map(&map, start, p, 4, MEMPERM_URW), ERR_VPMAP_MAP);
		ck_assert_uint_eq(pmem_free_count(), tables);
		ck_assert_uint_eq(vpmap_count(&map, 0, USER_END), 0);
		give_frames_back();
	}
	take_frames_but(6);
	ck_assert_int_eq(vpmap_map(&map, start, p, 4, MEMPERM_URW), ERR_OK);
	ck_assert_uint_eq(vpmap_count(&map, 0, USER_END), 4);
}
END_TEST

START_TEST(test_no_memory_for_root)
{
	struct vpmap other;

	begin();
	take_frames_but(0);
	ck_assert_int_eq(vpmap_init(&other), ERR_NOMEM);
}
END_TEST

/* B13 */
START_TEST(test_flush)
{
	paddr_t p;

	begin();
	ck_assert_int_eq(pmem_nalloc(&p, 100), ERR_OK);
	ck_assert_int_eq(vpmap_map(&map, USER_TEXT, p, 100, MEMPERM_URW), ERR_OK);
	ck_assert_uint_eq(host_invlpgs + host_cr3_loads, 0);	/* was absent: nothing to forget */

	vpmap_unmap(&map, USER_TEXT, 1, true);
	vpmap_set_perm(&map, USER_TEXT, 99, MEMPERM_UR);
	ck_assert_uint_eq(host_invlpgs + host_cr3_loads, 0);	/* it is not loaded */

	vpmap_load(&map);
	ck_assert_uint_eq(host_cr3, map.root);
	ck_assert_uint_eq(host_cr3_loads, 1);
	vpmap_load(&map);
	ck_assert_uint_eq(host_cr3_loads, 1);			/* it is loaded already */

	vpmap_unmap(&map, USER_TEXT + PG_SIZE, 1, true);
	ck_assert(host_cr3_loads > 1 || host_last_invlpg == USER_TEXT + PG_SIZE);
	host_cr3_loads = host_invlpgs = 0;
	vpmap_set_perm(&map, USER_TEXT + 2 * PG_SIZE, 1, MEMPERM_URW);
	ck_assert(host_cr3_loads > 0 || host_last_invlpg == USER_TEXT + 2 * PG_SIZE);
	host_cr3_loads = host_invlpgs = 0;
	vpmap_unmap(&map, USER_TEXT, 100, true);
	ck_assert(host_cr3_loads > 0 || host_invlpgs >= 98);
}
END_TEST

/* Both have the same frames afterwards, and with COW neither may write any more. */
static void
share_all(bool cow)
{
	struct vpmap copy;
	memperm_t perm;
	paddr_t p, q;
	size_t free;

	begin();
	ck_assert_int_eq(vpmap_init(&copy), ERR_OK);
	for (size_t i = 0; i < array_len(edges); i++)
		map_pages(edges[i], frame(), 1, i % 2 ? MEMPERM_URX : MEMPERM_URW);
	/* All but the first and the last. */
	free = pmem_free_count();
	ck_assert_int_eq(vpmap_share(&copy, &map, edges[0] + PG_SIZE, USER_END - PG_SIZE, cow),
	    ERR_OK);
	ck_assert_uint_eq(vpmap_count(&copy, 0, USER_END), array_len(edges) - 2);
	for (size_t i = 1; i < array_len(edges) - 1; i++) {
		memperm_t want = i % 2 ? MEMPERM_URX : cow ? MEMPERM_UR : MEMPERM_URW;

		ck_assert_int_eq(vpmap_lookup_vaddr(&map, edges[i], &p, &perm), ERR_OK);
		ck_assert_int_eq(perm, want);
		ck_assert_int_eq(vpmap_lookup_vaddr(&copy, edges[i], &q, &perm), ERR_OK);
		ck_assert_int_eq(perm, want);
		ck_assert_uint_eq(p, q);
		ck_assert_int_eq(pmem_get_refcnt(p), 2);
	}
	ck_assert_int_eq(vpmap_lookup_vaddr(&map, edges[0], &p, &perm), ERR_OK);
	ck_assert(perm == MEMPERM_URW && pmem_get_refcnt(p) == 1);
	vpmap_destroy(&copy);
	ck_assert_uint_eq(pmem_free_count(), free + 1);	/* and copy's root */
	/* No table for nothing: beside a page that is there. */
	ck_assert_int_eq(vpmap_init(&copy), ERR_OK);
	ck_assert_int_eq(vpmap_share(&copy, &map, edges[1] + PG_SIZE, edges[1] + 3 * PG_SIZE, cow),
	    ERR_OK);
	ck_assert_uint_eq(pmem_free_count(), free);
	vpmap_destroy(&copy);
	for (size_t i = 0; i < array_len(edges); i++) {
		ck_assert_int_eq(vpmap_lookup_vaddr(&map, edges[i], &p, NULL), ERR_OK);
		ck_assert_int_eq(pmem_get_refcnt(p), 1);
	}
}

START_TEST(test_share)
{
	share_all(false);
}
END_TEST

START_TEST(test_share_cow)
{
	share_all(true);
}
END_TEST

START_TEST(test_share_no_memory)
{
	size_t free;

	begin();
	for (size_t i = 0; i < array_len(edges); i++)
		map_pages(edges[i], frame(), 1, MEMPERM_URW);
	free = pmem_free_count();
	for (size_t left = 0;; left++) {
		struct vpmap copy;
		err_t err;

		ck_assert_int_eq(vpmap_init(&copy), ERR_OK);
		take_frames_but(left);
		err = vpmap_share(&copy, &map, USER_START, USER_END, true);
		ck_assert(err == ERR_OK || err == ERR_NOMEM);
		vpmap_destroy(&copy);
		give_frames_back();
		ck_assert_uint_eq(pmem_free_count(), free);
		if (err == ERR_OK)
			break;
	}
}
END_TEST

START_TEST(test_destroy)
{
	size_t free;
	paddr_t shared;

	begin();
	free = pmem_free_count();
	shared = frame();
	pmem_inc_refcnt(shared, 1);
	ck_assert_int_eq(vpmap_map(&map, USER_TEXT, shared, 1, MEMPERM_UR), ERR_OK);
	for (size_t i = 2; i < array_len(edges); i++)
		ck_assert_int_eq(vpmap_map(&map, edges[i], frame(), 1, MEMPERM_URW), ERR_OK);
	vpmap_destroy(&map);
	ck_assert_int_eq(pmem_get_refcnt(shared), 1);
	ck_assert_uint_eq(pmem_free_count(), free + 1 - 1);	/* the root; our shared frame */
	/* The kernel's half was not followed, and is still there. */
	ck_assert_uint_ne(((pte_t *)kmap_p2v(kernel_vpmap.root))[PT_ENTRIES / 2], 0);
}
END_TEST

/* Random pages of a few tables come and go; an array keeps the truth. */
START_TEST(test_stress)
{
	enum { PAGES = 1200 };
	static paddr_t model[PAGES];
	vaddr_t base = L2_SPAN - 600 * PG_SIZE;
	size_t free, present = 0;

	begin();
	free = pmem_free_count();
	srand(2);
	for (int round = 0; round < 30000; round++) {
		int first = rand() % PAGES, many = rand() % 30 + 1;
		int n = min(many, PAGES - first);

		if (rand() % 2 == 0) {
			if (model[first] == 0 && pmem_free_count() > 16) {
				model[first] = frame();
				map_pages(base + first * PG_SIZE, model[first], 1, MEMPERM_URW);
				present++;
			}
		} else if (round % 5 == 0) {
			vpmap_unmap(&map, base + first * PG_SIZE, n, true);
			for (int i = first; i < first + n; i++) {
				present -= model[i] != 0;
				model[i] = 0;
			}
		}
		ck_assert_uint_eq(entry(&map, base + first * PG_SIZE) & PTE_ADDR, model[first]);
	}
	ck_assert_uint_eq(vpmap_count(&map, base, base + PAGES * PG_SIZE), present);
	ck_assert_uint_eq(vpmap_count(&map, 0, USER_END), present);
	vpmap_unmap(&map, base, PAGES, true);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

HOST_MAIN("vpmap", test_new_map, test_map_at_edges, test_rights, test_runs, test_misuse,
    test_no_memory, test_no_memory_for_root, test_flush, test_share, test_share_cow,
    test_share_no_memory, test_destroy, test_stress)
