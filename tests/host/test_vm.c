/* SPDX-License-Identifier: MIT */
/*
 * Address spaces and regions.  What is decided by comparing numbers is tried at
 * every place where the answer may change, against a plain model.
 * host-test: MM tests/host/space.c tests/host/invariants.c tests/host/fakes.c
 */
#include "host.h"

#include "mm/kmalloc.h"
#include "mm/pmem.h"
#include "mm/vm.h"
#include "space.h"

#define MIB	0x100000ul
#define BASE	0x10000000ul
#define PAGE(n)	(BASE + (n) * PG_SIZE)
#define HEAP	PAGE(8)

START_TEST(test_find)
{
	struct memregion *low, *high;

	space_begin(8 * MIB);
	high = region(PAGE(3), PG_SIZE);
	low = region(PAGE(0), PG_SIZE + 10);		/* counts as two pages */
	region(PAGE(2), 0);				/* empty: never found */
	for (vaddr_t a = PAGE(0) - 2; a <= PAGE(5); a++) {
		struct memregion *want = NULL;

		if (pg_ofs(a + 2) > 4)
			continue;			/* only around the edges of pages */
		if (a >= PAGE(0) && a < PAGE(2))
			want = low;
		else if (a >= PAGE(3) && a < PAGE(4))
			want = high;
		ck_assert_ptr_eq(as_find_memregion(&as, a, 1), want);
		ck_assert_ptr_null(as_find_memregion(&as, a, 0));
		for (size_t n = PG_SIZE - 3; n <= PG_SIZE + 3; n++) {
			bool fits = want != NULL && a + n <= pg_round_up(want->end);

			ck_assert_ptr_eq(as_find_memregion(&as, a, n), fits ? want : NULL);
		}
		ck_assert_ptr_null(as_find_memregion(&as, a, SIZE_MAX));
		ck_assert_ptr_null(as_find_memregion(&as, a, -a));
		ck_assert_ptr_null(as_find_memregion(&as, a, -a + 1));
	}
	ck_assert_ptr_null(as_find_memregion(&as, 0, 1));
	ck_assert_ptr_null(as_find_memregion(&as, UINT64_MAX, 1));
	ck_assert(!spin_held(&as.as_lock));
}
END_TEST

/* A11: every [first page, bytes) against two regions that are there. */
START_TEST(test_map_overlap)
{
	static const int odd[] = { -PG_SIZE + 1, -1, 0 };

	space_begin(8 * MIB);
	region(PAGE(2), PG_SIZE + 1);			/* pages 2 and 3 */
	region(PAGE(6), PG_SIZE);			/* page 6 */
	for (int first = 0; first < 9; first++) {
		for (int pages = 1; pages < 9; pages++) {
			size_t free = pmem_free_count();
			bool meets = (first < 4 && first + pages > 2) ||
			    (first < 7 && first + pages > 6);

			for (size_t i = 0; i < array_len(odd); i++) {
				struct memregion *r = as_map_memregion(&as, PAGE(first),
				    pages * PG_SIZE + odd[i], MEMPERM_UR, NULL, 0, 0);

				ck_assert_msg((r == NULL) == meets, "page %d, %d pages", first,
				    pages);
				check_space(&as);
				if (r != NULL)
					as_unmap_memregion(r);
				ck_assert_uint_eq(pmem_free_count(), free);
			}
		}
	}
}
END_TEST

START_TEST(test_map_limits)
{
	static const struct { vaddr_t start; size_t size; bool ok; } cases[] = {
		{ 0, PG_SIZE, false }, { USER_START - PG_SIZE, PG_SIZE, false },
		{ USER_START, PG_SIZE, true }, { USER_END - PG_SIZE, PG_SIZE, true },
		{ USER_END - PG_SIZE, PG_SIZE + 1, false }, { USER_END, PG_SIZE, false },
		{ USER_END, 0, true }, { BASE, USER_END - BASE, true },
		{ BASE, USER_END - BASE + 1, false }, { BASE, SIZE_MAX, false },
		{ BASE, -BASE, false }, { 1ul << 63, PG_SIZE, false },
		{ -(vaddr_t)PG_SIZE, PG_SIZE, false }, { -(vaddr_t)PG_SIZE, 2 * PG_SIZE, false },
	};

	space_begin(8 * MIB);
	for (size_t i = 0; i < array_len(cases); i++) {
		struct memregion *r = as_map_memregion(&as, cases[i].start, cases[i].size,
		    MEMPERM_URW, NULL, 0, 0);

		ck_assert_msg((r != NULL) == cases[i].ok, "case %zu", i);
		if (r != NULL)
			as_unmap_memregion(r);
	}
	expect_panic(as_map_memregion(&as, BASE + 1, 1, MEMPERM_URW, NULL, 0, 0), "assertion");
	take_frames_but(0);
	ck_assert_ptr_null(as_map_memregion(&as, BASE, 1, MEMPERM_URW, NULL, 0, 0));
	ck_assert(!spin_held(&as.as_lock));
}
END_TEST

START_TEST(test_unmap)
{
	struct memregion *r, *next;
	size_t free;

	space_begin(8 * MIB);
	next = region(PAGE(4), PG_SIZE);
	touch(&as, PAGE(4), 4);
	free = pmem_free_count();
	r = region(PAGE(1), 2 * PG_SIZE + 1);
	as.heap = r;
	touch(&as, PAGE(1), 1);
	touch(&as, PAGE(3), 3);
	as_unmap_memregion(r);
	ck_assert_ptr_null(as.heap);
	ck_assert_ptr_null(as_find_memregion(&as, PAGE(1), 1));
	ck_assert_int_eq(peek(&as, PAGE(1)), -1);
	ck_assert_int_eq(peek(&as, PAGE(3)), -1);
	ck_assert_int_eq(peek(&as, PAGE(4)), 4);
	ck_assert_ptr_eq(as_find_memregion(&as, PAGE(4), 1), next);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

START_TEST(test_destroy)
{
	size_t free;

	space_begin(8 * MIB);
	free = pmem_free_count() + 1;		/* as' root */
	for (int i = 0; i < 100; i++) {
		region(PAGE(3 * i), 2 * PG_SIZE);
		touch(&as, PAGE(3 * i), i);
	}
	as_destroy(&as);
	ck_assert_uint_eq(pmem_free_count(), free);
	take_frames_but(0);
	ck_assert_int_eq(as_init(&as), ERR_NOMEM);
}
END_TEST

/* A space with a bit of everything, for copying; page I of these is full of I + 1. */
static const vaddr_t filled[] = { USER_TEXT, HEAP + PG_SIZE,
	HEAP + 3 * PG_SIZE /* where the odd five bytes are */, USTACK_UPPERBOUND - PG_SIZE };

static void
fill_space(void)
{
	region(USER_TEXT, 3 * PG_SIZE)->perm = MEMPERM_URX;
	as.heap = region(HEAP, 3 * PG_SIZE + 5);
	region(USTACK_LOWERBOUND, USTACK_PAGES * PG_SIZE);
	for (size_t i = 0; i < array_len(filled); i++)
		touch(&as, filled[i], i + 1);
	vpmap_set_perm(&as.vpmap, USER_TEXT, 1, MEMPERM_URX);
}

START_TEST(test_copy)
{
	struct addrspace copy;
	memperm_t perm;
	size_t free;

	space_begin(8 * MIB);
	free = pmem_free_count() + 1;
	fill_space();
	as.brk_short = 3;
	as.map_top -= MIB;
	as.stack_limit = 5 * MIB;
	as.size_limit = 7 * MIB;
	ck_assert_int_eq(as_init(&copy), ERR_OK);
	ck_assert_int_eq(as_copy(&copy, &as), ERR_OK);
	check_space(&copy);
	must(copy.brk_short == 3 && copy.map_top == as.map_top);
	must(copy.stack_limit == 5 * MIB && copy.size_limit == 7 * MIB);
	ck_assert_ptr_nonnull(copy.heap);
	ck_assert_ptr_ne(copy.heap, as.heap);
	ck_assert_ptr_eq(copy.heap->as, &copy);
	ck_assert(copy.heap->start == HEAP && copy.heap->end == HEAP + 3 * PG_SIZE + 5);
	ck_assert_int_eq(as_find_memregion(&copy, USER_TEXT, 1)->perm, MEMPERM_URX);
	ck_assert_uint_eq(vpmap_count(&copy.vpmap, 0, USER_END), 4);
	ck_assert_int_eq(vpmap_lookup_vaddr(&copy.vpmap, USER_TEXT, NULL, &perm), ERR_OK);
	ck_assert_int_eq(perm, MEMPERM_URX);

	/* The pages are the same until one of the two writes (test_fault.c); regions are not. */
	for (size_t i = 0; i < array_len(filled); i++) {
		ck_assert_uint_eq(frame_at(&copy, filled[i]), frame_at(&as, filled[i]));
		ck_assert_int_eq(pmem_get_refcnt(frame_at(&as, filled[i])), 2);
		ck_assert_int_eq(peek(&copy, filled[i]), i + 1);
		ck_assert_int_eq(rights(&as, filled[i]), i == 0 ? MEMPERM_URX : MEMPERM_UR);
	}
	check_space(&as);
	as_unmap_memregion(copy.heap);
	ck_assert_int_eq(peek(&as, HEAP + PG_SIZE), 2);
	as_destroy(&as);
	ck_assert_int_eq(peek(&copy, USER_TEXT), 1);
	as_destroy(&copy);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

/* B10, K7 */
START_TEST(test_copy_no_memory)
{
	struct addrspace copy;
	size_t free;
	err_t err;

	space_begin(8 * MIB);
	fill_space();
	free = pmem_free_count();
	for (size_t left = 0;; left++) {
		ck_assert_int_eq(as_init(&copy), ERR_OK);
		take_frames_but(left);
		err = as_copy(&copy, &as);
		ck_assert(err == ERR_OK || err == ERR_NOMEM);
		ck_assert(!spin_held(&as.as_lock) && !spin_held(&copy.as_lock));
		as_destroy(&copy);
		give_frames_back();
		ck_assert_uint_eq(pmem_free_count(), free);
		ck_assert_uint_eq(vpmap_count(&as.vpmap, 0, USER_END), 4);
		if (err == ERR_OK)
			break;
		ck_assert_uint_lt(left, 100);
	}
}
END_TEST

HOST_MAIN("vm", test_find, test_map_overlap, test_map_limits, test_unmap, test_destroy, test_copy,
    test_copy_no_memory)
