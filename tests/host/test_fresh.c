/* SPDX-License-Identifier: MIT */
/*
 * Fresh memory anywhere, which takes a short way: it must go where the long one says, and
 * leave what that would have left.  Rows F8, F9 of the project's specification.
 * host-test: MM kernel/pgfault.c tests/host/cpu.c tests/host/store.c tests/host/space.c
 * host-test: tests/host/invariants.c tests/host/fakes.c
 */
#include "host.h"

#include "mm/fault.h"
#include "mm/map.h"
#include "mm/pmem.h"
#include "mm/regiontree.h"
#include "space.h"

#define S	0x10000000ul
#define ROOM	64			/* pages below MMAP_TOP where it all happens */

static void
begin(void)
{
	space_begin(8ul << 20);
	vm_init();
}

/* Is there a region at ADDR with all its LEN bytes, as one that as_map_fresh has made? */
static void
check_made(vaddr_t addr, size_t len, memperm_t perm)
{
	const struct memregion *r = as_find_memregion(&as, addr, len);

	must(r != NULL);
	must_eq(r->perm, perm);
	must_eq(r->max_perm, MEMPERM_URWX);
	must_eq(r->flags, REGION_ANYWHERE);
	must_eq(r->shared, 0);
	must(r->store == NULL);
}

static void
map_fresh(void)
{
	size_t len = (rand() % 3 + 1) * PG_SIZE;
	memperm_t perm = rand() % 2 == 0 ? MEMPERM_UR : MEMPERM_URW;
	size_t regions = as.n_regions;
	vaddr_t want;
	ssize_t made;

	/* What the tree would say: but asking the tree settles what waits outside. */
	if (rand() % 2 == 0) {
		want = regiontree_place(&as, len, USER_START, as.map_top);
		made = as_map_fresh(&as, len, perm);
		must_eq((vaddr_t)made, want);
	} else {
		made = as_map_fresh(&as, len, perm);
		must(made > 0);
		want = made;
	}
	must(as.n_regions <= regions + 1);
	if (perm == MEMPERM_URW && rand() % 2 == 0)
		touch(&as, want, 1);
	if (rand() % 4 == 0)
		must_eq(as_munmap(&as, want, want + len), ERR_OK);
	else if (rand() % 2 == 0)
		check_made(want, len, perm);
}

/* A mapping, a hole or a gap somewhere in the room. */
static void
disturb(void)
{
	struct map_place place = {
		.hint = MMAP_TOP - (rand() % ROOM + 4) * PG_SIZE,
		.len = (rand() % 4 + 1) * PG_SIZE, .low = USER_START, .high = MMAP_TOP,
		.fixed = true,
	};
	const struct region_like other = { .perm = MEMPERM_UR, .max_perm = MEMPERM_UR };
	vaddr_t got;

	if (rand() % 3 == 0)
		must_eq(as_mmap(&as, &place, &other, &got), ERR_OK);
	else
		must_eq(as_munmap(&as, place.hint, place.hint + place.len), ERR_OK);
}

START_TEST(test_as_the_long_way)
{
	struct memregion *stack;
	size_t free;

	begin();
	srand(1);
	/* Without a stack, then with one that ends where mappings begin, or higher up. */
	for (int round = 0; round < 3; round++) {
		vaddr_t low = round == 1 ? MMAP_TOP - PG_SIZE : MMAP_TOP + 10 * PG_SIZE;

		free = pmem_free_count();
		if (round > 0) {
			stack = region(low, 4 * PG_SIZE);
			stack->flags |= REGION_GROWSDOWN;
			regiontree_update(stack);
		}
		for (int step = 0; step < 3000; step++) {
			if (rand() % 3 == 0)
				disturb();
			else
				map_fresh();
			check_space(&as);
			check_joined(&as);
			if (as.n_regions > ROOM)
				must_eq(as_munmap(&as, S, MMAP_TOP - PG_SIZE), ERR_OK);
		}
		must_eq(as_munmap(&as, S, USER_END), ERR_OK);
		must_eq(pmem_free_count(), free);
	}
}
END_TEST

/* A mapping that goes as it has come leaves the tree as it was, and no gap forgotten. */
START_TEST(test_comes_and_goes)
{
	ssize_t a;

	begin();
	region(MMAP_TOP + PG_SIZE, PG_SIZE);
	region(S, PG_SIZE);
	for (int i = 0; i < 100; i++) {
		a = as_map_fresh(&as, PG_SIZE, MEMPERM_URW);
		must_eq((vaddr_t)a, MMAP_TOP - PG_SIZE);
		must(as.fresh != NULL && as.fresh->start == (vaddr_t)a);
		must_eq(as_munmap(&as, a, a + PG_SIZE), ERR_OK);
		must(as.fresh == NULL);
		check_space(&as);
	}
	/* What lies below it goes while it waits: the gap is the whole one then. */
	a = as_map_fresh(&as, PG_SIZE, MEMPERM_URW);
	must_eq(as_munmap(&as, S, S + PG_SIZE), ERR_OK);
	must_eq(as_munmap(&as, a, a + PG_SIZE), ERR_OK);
	check_space(&as);
	must_eq(regiontree_place(&as, MMAP_TOP - USER_START, USER_START, MMAP_TOP), USER_START);
}
END_TEST

/* Nothing is there, or only below: to unmap that is no error. */
START_TEST(test_nothing_to_unmap)
{
	begin();
	must_eq(as_munmap(&as, S, S + PG_SIZE), ERR_OK);
	region(S, PG_SIZE);
	must_eq(as_munmap(&as, S + PG_SIZE, USER_END), ERR_OK);
	must_eq(as.n_regions, 1);
	check_space(&as);
}
END_TEST

/* No memory for the region, or no room: an error, and nothing has changed. */
START_TEST(test_no_memory)
{
	begin();
	region(MMAP_TOP + PG_SIZE, PG_SIZE);
	region(MMAP_TOP - PG_SIZE, PG_SIZE);
	for (size_t n = as.n_regions; n < PG_SIZE / sizeof(struct memregion); n++)
		region(S + 2 * n * PG_SIZE, PG_SIZE);	/* until a slab is full, or nearly */
	take_frames_but(0);
	for (int i = 0; as_map_fresh(&as, PG_SIZE, i % 2 ? MEMPERM_UR : MEMPERM_URW) > 0; i++)
		must(i < 100);
	must_eq(as_map_fresh(&as, PG_SIZE, MEMPERM_URX), ERR_NOMEM);
	check_space(&as);
	give_frames_back();
	must(as_map_fresh(&as, PG_SIZE, MEMPERM_URX) > 0);
	must_eq(as_map_fresh(&as, USER_END, MEMPERM_URX), ERR_NOMEM);
	begin();
	region(USER_START, MMAP_TOP);		/* all there is, in one region */
	must_eq(as_map_fresh(&as, PG_SIZE, MEMPERM_UR), ERR_NOMEM);
}
END_TEST

HOST_MAIN("fresh", test_as_the_long_way, test_comes_and_goes, test_nothing_to_unmap,
    test_no_memory)
