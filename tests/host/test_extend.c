/* SPDX-License-Identifier: MIT */
/*
 * memregion_extend, at every place where the answer may change, against a model
 * that computes with more bits.
 * host-test: MM tests/host/space.c tests/host/invariants.c tests/host/fakes.c
 */
#include "host.h"

#include "mm/pmem.h"
#include "mm/regiontree.h"
#include "mm/vm.h"
#include "space.h"
#include "x86/x86.h"

#define MIB	0x100000ul
#define LOW	0x10000000ul		/* three regions: low, heap, high */
#define HEAP	(LOW + 8 * PG_SIZE)
#define HIGH	(LOW + 20 * PG_SIZE)

/* What the contract in mm/vm.h says of a region [START, END) below one that starts at LIMIT. */
static err_t
model(vaddr_t start, vaddr_t end, ssize_t size, vaddr_t limit)
{
	__int128 new_end = (__int128)end + size;

	if (new_end < start || new_end > USER_END)
		return ERR_VM_INVALID;
	if (size > 0 && new_end > limit)
		return ERR_VM_BOUND;
	return ERR_OK;
}

/* memregion_extend leaves the tree to those who place mappings (mm/map.c). */
static void
update_gap_above(struct memregion *r)
{
	regiontree_update(region_next(r));
}

/* Extend R by SIZE and compare all that can be seen with the model; put R back as it was. */
static void
check_extend(struct memregion *r, ssize_t size, vaddr_t limit)
{
	vaddr_t end = r->end, old = 42;
	err_t want = model(r->start, end, size, limit);
	err_t got = memregion_extend(r, size, &old);

	ck_assert_msg(got == want, "region 0x%lx to 0x%lx, by %ld: want %d, got %d", r->start, end,
	    size, want, got);
	ck_assert_uint_eq(r->end, got == ERR_OK ? end + size : end);
	ck_assert_uint_eq(old, got == ERR_OK ? end : 42);
	update_gap_above(r);
	check_space(&as);
	r->end = end;
	update_gap_above(r);
}

static const ssize_t deltas[] = { -PG_SIZE - 1, -PG_SIZE, -PG_SIZE + 1, -2, -1, 0, 1, 2,
	PG_SIZE - 1, PG_SIZE, PG_SIZE + 1 };
static const size_t lengths[] = { 0, 1, PG_SIZE - 1, PG_SIZE, PG_SIZE + 1, 3 * PG_SIZE - 5,
	3 * PG_SIZE };

START_TEST(test_edges)
{
	struct memregion *heap, *low, *high;

	space_begin(8 * MIB);
	low = region(LOW, 8 * PG_SIZE);			/* right below the heap */
	high = region(HIGH, PG_SIZE + 1);
	heap = region(HEAP, 0);
	for (size_t i = 0; i < array_len(lengths); i++) {
		heap->end = HEAP + lengths[i];
		for (size_t j = 0; j < array_len(deltas); j++) {
			ssize_t d = deltas[j];

			check_extend(heap, d, HIGH);
			check_extend(heap, (ssize_t)(HIGH - heap->end) + d, HIGH);
			check_extend(heap, (ssize_t)(HEAP - heap->end) + d, HIGH);
			check_extend(heap, (ssize_t)(USER_END - heap->end) + d, HIGH);
			check_extend(heap, (ssize_t)(HIGH + 9 * PG_SIZE - heap->end) + d, HIGH);
			check_extend(heap, (ssize_t)(0 - heap->end) + d, HIGH);
			check_extend(heap, 0x100000000l + d, HIGH);
			check_extend(heap, -0x100000000l + d, HIGH);
			check_extend(heap, (ssize_t)(INT64_MAX - PG_SIZE - 1) + d, HIGH);
			check_extend(heap, (ssize_t)(INT64_MIN + PG_SIZE + 1) + d, HIGH);
			check_extend(low, d, HEAP);
			check_extend(high, d, UINT64_MAX);
			check_extend(high, (ssize_t)(USER_END - high->end) + d, UINT64_MAX);
		}
	}
}
END_TEST

/* The page in which the next region begins is out of reach, and so is every one behind it. */
START_TEST(test_over_small_region)
{
	struct memregion *heap;
	vaddr_t old = 42;

	space_begin(8 * MIB);
	heap = region(HEAP, 1);
	region(HEAP + 2 * PG_SIZE, 1);
	ck_assert_int_eq(memregion_extend(heap, 9 * PG_SIZE, &old), ERR_VM_BOUND);
	ck_assert_int_eq(memregion_extend(heap, 2 * PG_SIZE, &old), ERR_VM_BOUND);
	ck_assert(old == 42 && heap->end == HEAP + 1);
	ck_assert_int_eq(memregion_extend(heap, 2 * PG_SIZE - 1, &old), ERR_OK);
	ck_assert(old == HEAP + 1 && heap->end == HEAP + 2 * PG_SIZE);
}
END_TEST

START_TEST(test_growth_maps_nothing)
{
	struct memregion *heap;
	vaddr_t old;
	size_t free;

	space_begin(8 * MIB);
	heap = region(HEAP, 0);
	free = pmem_free_count();
	ck_assert_int_eq(memregion_extend(heap, 1l << 40, &old), ERR_OK);
	ck_assert_uint_eq(pmem_free_count(), free);
	ck_assert_uint_eq(vpmap_count(&as.vpmap, 0, USER_END), 0);
	ck_assert_int_eq(memregion_extend(heap, -(1l << 40), &old), ERR_OK);
	ck_assert_uint_eq(old, HEAP + (1ul << 40));
}
END_TEST

/* From every length to every shorter one: exactly the pages above the new end go. */
START_TEST(test_shrink)
{
	enum { PAGES = 3 };
	static const size_t ends[] = { 0, 1, PG_SIZE - 1, PG_SIZE, PG_SIZE + 1, 2 * PG_SIZE,
		2 * PG_SIZE + 1, 3 * PG_SIZE - 1, 3 * PG_SIZE };
	struct memregion *heap;
	vaddr_t old;

	space_begin(8 * MIB);
	region(HEAP + PAGES * PG_SIZE, PG_SIZE);
	touch(&as, HEAP + PAGES * PG_SIZE, 77);
	heap = region(HEAP, 0);
	for (size_t from = 0; from < array_len(ends); from++) {
		for (size_t to = 0; to <= from; to++) {
			ssize_t size;
			size_t free;

			heap->end = HEAP + ends[from];
			for (vaddr_t a = HEAP; a < heap->end; a += PG_SIZE)
				touch(&as, a, (a - HEAP) / PG_SIZE + 1);
			free = pmem_free_count();
			size = (ssize_t)(ends[to] - ends[from]);
			ck_assert_int_eq(memregion_extend(heap, size, &old), ERR_OK);
			ck_assert_uint_eq(old, HEAP + ends[from]);
			ck_assert_uint_eq(heap->end, HEAP + ends[to]);
			for (int i = 0; i < PAGES; i++)
				ck_assert_int_eq(peek(&as, HEAP + i * PG_SIZE),
				    i * PG_SIZE < (int)ends[to] ? i + 1 : -1);
			ck_assert_uint_eq(pmem_free_count() - free,
			    (pg_round_up(ends[from]) - pg_round_up(ends[to])) / PG_SIZE);
			ck_assert_int_eq(peek(&as, HEAP + PAGES * PG_SIZE), 77);
			vpmap_unmap(&as.vpmap, HEAP, PAGES, true);
		}
	}
}
END_TEST

/* B13: a shared frame loses one owner; a loaded space forgets the translation. */
START_TEST(test_shrink_drops_and_flushes)
{
	struct memregion *heap;
	vaddr_t old;
	paddr_t p;

	space_begin(8 * MIB);
	heap = region(HEAP, 2 * PG_SIZE);
	touch(&as, HEAP + PG_SIZE, 1);
	ck_assert_int_eq(vpmap_lookup_vaddr(&as.vpmap, HEAP + PG_SIZE, &p, NULL), ERR_OK);
	pmem_inc_refcnt(p, 1);
	vpmap_load(&as.vpmap);
	host_cr3_loads = 0;
	ck_assert_int_eq(memregion_extend(heap, -PG_SIZE, &old), ERR_OK);
	ck_assert_int_eq(pmem_get_refcnt(p), 1);
	ck_assert(host_cr3_loads > 0 || host_last_invlpg == HEAP + PG_SIZE);
}
END_TEST

/* The room that a heap leaves is found, also when something new comes between. */
START_TEST(test_room_left_by_heap)
{
	vaddr_t old;

	space_begin(8 * MIB);
	region(LOW, PG_SIZE);
	as.heap = region(HEAP, 11 * PG_SIZE);
	region(HIGH, PG_SIZE);
	check_space(&as);				/* all are in the tree now */
	ck_assert_int_eq(memregion_extend(as.heap, -10 * (ssize_t)PG_SIZE, &old), ERR_OK);
	region(HEAP + 2 * PG_SIZE, PG_SIZE);
	check_space(&as);
	must_eq(regiontree_place(&as, 9 * PG_SIZE, HEAP, HIGH), HIGH - 9 * PG_SIZE);
}
END_TEST

HOST_MAIN("extend", test_edges, test_room_left_by_heap, test_over_small_region,
    test_growth_maps_nothing, test_shrink, test_shrink_drops_and_flushes)
