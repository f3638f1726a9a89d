/* SPDX-License-Identifier: MIT */
/*
 * The tree of regions against a plain array: regions come, go and change their ends at
 * random; every answer is compared with one found by looking at everything.
 * host-test: MM tests/host/space.c tests/host/invariants.c tests/host/fakes.c
 */
#include "host.h"

#include <math.h>

#include "mm/region.h"
#include "mm/regiontree.h"
#include "space.h"

#define MIB	0x100000ul
#define BASE	0x10000000ul
#define SLOTS	1024			/* pages of the window */
#define PAGE(n)	(BASE + (size_t)(n) * PG_SIZE)

static struct memregion *owner[SLOTS];	/* of each page of the window; NULL: free */

static struct memregion *
model_from(vaddr_t addr)
{
	for (size_t i = addr < BASE ? 0 : (addr - BASE) / PG_SIZE; i < SLOTS; i++) {
		if (owner[i] != NULL)
			return owner[i];
	}
	return NULL;
}

/* The highest free run of LEN bytes between LOW and HIGH, below no stack's guard. */
static vaddr_t
model_place(size_t len, vaddr_t low, vaddr_t high)
{
	for (vaddr_t a = high - len; a >= low && a < high; a -= PG_SIZE) {
		bool ok = true;

		for (vaddr_t p = a; p < a + len && ok; p += PG_SIZE)
			ok = p < BASE || p >= PAGE(SLOTS) || owner[(p - BASE) / PG_SIZE] == NULL;
		for (struct memregion *r = ok ? model_from(a) : NULL; r != NULL; r = NULL)
			ok = !(r->flags & REGION_GROWSDOWN) || a + len + STACK_GAP <= r->start;
		if (ok)
			return a;
	}
	return 0;
}

static struct memregion *
add(int first, int pages)
{
	struct memregion *r = region(PAGE(first), pages * PG_SIZE);

	for (int i = first; i < first + pages; i++)
		owner[i] = r;
	return r;
}

static void
del(struct memregion *r)
{
	for (size_t i = 0; i < SLOTS; i++) {
		if (owner[i] == r)
			owner[i] = NULL;
	}
	as_unmap_memregion(r);
}

/* Move one end of R by a page, if there is room, as mremap and growing stacks do. */
static void
shift(struct memregion *r)
{
	size_t first = (r->start - BASE) / PG_SIZE, end = (r->end - BASE) / PG_SIZE;

	if (rand() % 2 == 0 && first > 0 && owner[first - 1] == NULL) {
		owner[first - 1] = r;
		r->start -= PG_SIZE;
	} else if (end < SLOTS && owner[end] == NULL) {
		owner[end] = r;
		r->end += PG_SIZE;
	}
	regiontree_update(r);
	regiontree_update(region_next(r));
}

static void
check_answers(void)
{
	vaddr_t a = PAGE(rand() % SLOTS), low = BASE, high = PAGE(SLOTS);
	size_t len = (rand() % 40 + 1) * PG_SIZE;

	must_eq(regiontree_from(&as, a), model_from(a));
	must_eq(as_find_memregion(&as, a + rand() % PG_SIZE, 1),
	    owner[(a - BASE) / PG_SIZE]);
	if (rand() % 2 == 0)
		low = PAGE(rand() % SLOTS);
	if (rand() % 2 == 0)
		high = PAGE(rand() % SLOTS);
	if (low < high)
		must_eq(regiontree_place(&as, len, low, high),
		    len <= high - low ? model_place(len, low, high) : 0);
}

START_TEST(test_against_model)
{
	int regions = 0;

	space_begin(8 * MIB);
	srand(1);
	for (int step = 0; step < 4000; step++) {
		int first = rand() % SLOTS, pages = rand() % (step % 500 < 250 ? 4 : 60) + 1;
		struct memregion *r = owner[first];

		if (r != NULL && rand() % 4 == 0) {
			shift(r);
		} else if (r != NULL) {
			del(r);
			regions--;
		} else if (first + pages <= SLOTS) {
			bool clear = true;

			for (int i = first; i < first + pages; i++)
				clear = clear && owner[i] == NULL;
			if (!clear)
				continue;
			r = add(first, pages);
			if (rand() % 16 == 0) {
				r->flags |= REGION_GROWSDOWN;
				regiontree_update(r);
			}
			regions++;
		}
		check_tree_of(&as);
		must_eq(as.n_regions, regions);
		check_answers();
	}
	must(regions > 20);
}
END_TEST

/* All orders of 7 regions to come, and all single ones to go. */
START_TEST(test_all_orders)
{
	enum { N = 7 };

	space_begin(4 * MIB);
	for (int code = 0; code < 823543; code++) {	/* 7^7: those that name each once */
		int order[N], used = 0, rest = code;

		for (int i = 0; i < N; i++, rest /= N)
			used |= 1 << (order[i] = rest % N);
		if (used != (1 << N) - 1 || code % 3 != 0)
			continue;
		for (int i = 0; i < N; i++)
			add(2 * order[i], 1);
		check_tree_of(&as);
		for (int i = 0; i < N; i++) {
			del(owner[2 * order[(i * 3 + code) % N]]);
			check_tree_of(&as);
		}
		must(NULL == as.root);
	}
}
END_TEST

/* How deep REGION lies: what regiontree_from visits before it. */
static int
depth(const struct memregion *r)
{
	int n = 1;

	for (; r->parent != NULL; r = r->parent)
		n++;
	return n;
}

START_TEST(test_many)
{
	enum { N = 50000 };
	static struct memregion *all[N];
	int deepest = 0;

	space_begin(32 * MIB);
	for (int i = 0; i < N; i++) {
		/* From both ends and from the middle: ascending runs are the worst. */
		int k = i % 3 == 0 ? i : i % 3 == 1 ? 3 * N - i : i + 3 * N;

		all[i] = region(PAGE(2 * k), PG_SIZE);
	}
	must(as.root->rank <= 1.45 * log2(N) + 2);
	for (int i = 0; i < N; i++) {
		deepest = max(deepest, depth(all[i]));
		must_eq(regiontree_from(&as, all[i]->start), all[i]);
	}
	must(deepest <= as.root->rank);
	check_tree_of(&as);
	must_eq(regiontree_place(&as, PG_SIZE, USER_START, MMAP_TOP), MMAP_TOP - PG_SIZE);
	must_eq(regiontree_place(&as, PG_SIZE, PAGE(0), all[2]->start),
	    all[2]->start - PG_SIZE);
	for (int i = 0; i < N; i += 2)
		as_unmap_memregion(all[i]);
	must(as.root->rank <= 2 * log2(N / 2) + 2);
	check_tree_of(&as);
}
END_TEST

/* Bounds may be too high, but a search that they have led astray sets them right. */
START_TEST(test_bounds_are_corrected)
{
	enum { N = 64, FIRST = 20, END = 40 };
	size_t wide = (END - FIRST) * PG_SIZE;

	space_begin(8 * MIB);
	region(USER_START, BASE - USER_START);
	for (int i = 0; i <= N; i++)
		region(PAGE(2 * i), PG_SIZE);
	for (int i = FIRST; i < END; i++)	/* a wide gap comes, and goes again */
		as_unmap_memregion(as_find_memregion(&as, PAGE(2 * i), 1));
	for (int i = FIRST; i < END; i++)
		region(PAGE(2 * i), PG_SIZE);
	check_tree_of(&as);
	must(as.root->max_gap >= wide);
	must_eq(regiontree_place(&as, wide, BASE, PAGE(2 * N)), 0);
	must(as.root->max_gap < wide);
	check_tree_of(&as);
}
END_TEST

/* A region that waits outside the tree is taken in before anything is said of its gap. */
START_TEST(test_update_settles)
{
	struct memregion *r;

	space_begin(4 * MIB);
	region(PAGE(0), PG_SIZE);
	region(PAGE(20), PG_SIZE);
	r = region(PAGE(10), 2 * PG_SIZE);
	must_eq(as.fresh, r);
	r->start += PG_SIZE;
	regiontree_update(r);
	must(as.fresh == NULL);
	check_tree_of(&as);
	r = region(PAGE(5), 2 * PG_SIZE);
	r->end -= PG_SIZE;
	regiontree_update(region_next(r));
	must(as.fresh == NULL);
	check_tree_of(&as);
}
END_TEST

/* O2: the number of regions has a limit, and at it nothing breaks. */
START_TEST(test_limit)
{
	struct memregion *last = NULL;

	space_begin(64 * MIB);
	for (int i = 0; i < AS_MAX_REGIONS; i++)
		last = region(PAGE(2 * i), PG_SIZE);
	must(NULL == as_map_memregion(&as, PAGE(1), PG_SIZE, MEMPERM_UR, NULL, 0, 0));
	as_unmap_memregion(last);
	region(PAGE(1), PG_SIZE);
	must_eq(as.n_regions, AS_MAX_REGIONS);
}
END_TEST

/* A11: the core refuses an overlapping insert, and allows what only touches. */
START_TEST(test_overlap)
{
	static const struct { int first, pages; bool ok; } cases[] = {
		{ 4, 4, false }, { 5, 2, false }, { 3, 6, false }, { 3, 2, false }, { 7, 2, false },
		{ 4, 1, false }, { 7, 1, false }, { 2, 2, true }, { 8, 2, true },
	};

	space_begin(4 * MIB);
	region(PAGE(4), 4 * PG_SIZE);
	for (size_t i = 0; i < array_len(cases); i++)
		ck_assert_msg((as_map_memregion(&as, PAGE(cases[i].first),
		    cases[i].pages * PG_SIZE, MEMPERM_URW, NULL, 0, 0) != NULL) == cases[i].ok,
		    "case %zu", i);
	check_space(&as);
}
END_TEST

HOST_MAIN("regiontree", test_against_model, test_all_orders, test_many,
    test_bounds_are_corrected, test_update_settles, test_limit, test_overlap)
