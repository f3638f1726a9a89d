/* SPDX-License-Identifier: MIT */
/*
 * How many pages of a file a fault brings: twice as many each time, up to a group's end.
 * host-test: MM kernel/pgfault.c tests/host/cpu.c tests/host/store.c tests/host/space.c
 * host-test: tests/host/invariants.c tests/host/fakes.c
 */
#include "host.h"

#include "cpu.h"
#include "mm/fault.h"
#include "mm/pmem.h"
#include "space.h"
#include "store.h"

#define MIB	0x100000ul
#define BASE	0x10000000ul
#define PAGE(n)	(BASE + (size_t)(n) * PG_SIZE)
#define EDGE	512			/* the first page of the second table */
#define G	MEMSTORE_GROUP
#define HOLE	(G + 4)			/* the page of the file that is not at hand */

static struct host_store store;

static void
begin(void)
{
	space_begin(4 * MIB);
	vm_init();
	host_store_init(&store, NULL, HOST_STORE_PAGES * PG_SIZE);
}

/* Show PAGES pages of the file, from OFS on, from PAGE(FIRST) on; all are at hand but HOLE. */
static void
map(int first, int pages, int ofs)
{
	paddr_t p;

	ck_assert_ptr_nonnull(as_map_memregion(&as, PAGE(first), pages * PG_SIZE, MEMPERM_URW,
	    &store.store, ofs * PG_SIZE, 0));
	for (int i = 0; i < HOST_STORE_PAGES; i++)
		if (i != HOLE)
			must_eq(store.store.ops->get_page(&store.store, i, false, &p), ERR_OK);
}

/* Read PAGE(I), which faults, and see that the pages up to LAST come with it, only they. */
static void
expect(int i, int last, int ofs)
{
	unsigned faults = cpu_faults;
	size_t before = vpmap_count(&as.vpmap, 0, USER_END);

	must_eq(cpu_read(&as, PAGE(i)), i + ofs + 1);
	must_eq(cpu_faults - faults, 1);
	must_eq(vpmap_count(&as.vpmap, 0, USER_END) - before, last - i);
	for (int k = i; k < last; k++) {
		must_eq(peek(&as, PAGE(k)), k + ofs + 1);
		must_eq(rights(&as, PAGE(k)), MEMPERM_UR);
	}
	check_space(&as);
}

START_TEST(test_doubling)
{
	begin();
	map(0, 3 * G, 0);
	expect(2 * G + 5, 2 * G + 6, 0);		/* one by itself comes alone */
	for (int i = 0, n = 1; i < G; i += n, n *= 2)
		expect(i, min(i + n, G), 0);
	must_eq(cpu_read(&as, PAGE(G)), G + 1);		/* a whole group, but for the hole */
	for (int i = G; i < 2 * G + 5; i++)
		must_eq(peek(&as, PAGE(i)), i == HOLE || i >= 2 * G ? -1 : i + 1);
	expect(HOLE, HOLE + 1, 0);			/* elsewhere: from the beginning again */
	expect(2 * G, 2 * G + 1, 0);
}
END_TEST

/* What is there already stays; the file's groups count, not the addresses. */
START_TEST(test_groups)
{
	const int ofs = G - 12;				/* PAGE(12) begins a group */

	begin();
	map(0, G, ofs);
	cpu_write(&as, PAGE(2), 99);
	expect(0, 1, ofs);
	must_eq(cpu_read(&as, PAGE(1)), ofs + 2);
	must_eq(peek(&as, PAGE(2)), 99);
	must_eq(rights(&as, PAGE(2)), MEMPERM_URW);
	expect(3, 7, ofs);
	expect(7, 12, ofs);
	must_eq(peek(&as, PAGE(12)), -1);
}
END_TEST

/* Neither over the region's end nor over that of a table. */
START_TEST(test_edges)
{
	begin();
	map(0, 2, 0);
	expect(0, 1, 0);
	expect(1, 2, 0);
	must_eq(peek(&as, PAGE(2)), -1);
	map(EDGE - 4, 10, 0);
	expect(EDGE - 4, EDGE - 3, 4 - EDGE);
	expect(EDGE - 3, EDGE - 1, 4 - EDGE);
	expect(EDGE - 1, EDGE, 4 - EDGE);
	expect(EDGE, EDGE + 6, 4 - EDGE);
}
END_TEST

/* A write to a private page is a copy: nothing comes with it. */
START_TEST(test_write)
{
	begin();
	map(0, 8, 0);
	expect(0, 1, 0);
	cpu_write(&as, PAGE(1), 50);
	must_eq(vpmap_count(&as.vpmap, 0, USER_END), 2);
}
END_TEST

HOST_MAIN("ahead", test_doubling, test_groups, test_edges, test_write)
