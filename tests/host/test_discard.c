/* SPDX-License-Identifier: MIT */
/*
 * Pages that are given back although their region stays, and pages that come before
 * they are touched; what is known about whole ranges.
 * host-test: MM kernel/pgfault.c tests/host/cpu.c tests/host/store.c tests/host/space.c
 * host-test: tests/host/invariants.c tests/host/fakes.c
 */
#include "host.h"

#include "mm/regiontree.h"	/* before `as` is a variable */

#include "cpu.h"
#include "mapping.h"
#include "mm/pmem.h"
#include "store.h"

/* J1, J2, J7 and what as_covers and as_size_with say. */
START_TEST(test_discard)
{
	static struct host_store file;

	begin();
	host_store_init(&file, NULL, 8 * PG_SIZE);
	must_eq(map_rw(at(0, 4)), ERR_OK);
	must_eq(map_rw(at(6, 2)), ERR_OK);
	must_eq(as_size_with(&as, 0, 0), 6 * PG_SIZE);
	must_eq(as_size_with(&as, PAGE(1), 6 * PG_SIZE), 8 * PG_SIZE);
	must_eq(as_size_with(&as, PAGE(4), 2 * PG_SIZE), 8 * PG_SIZE);
	must_eq(as_size_with(&as, PAGE(3), PG_SIZE), 6 * PG_SIZE);
	as.size_limit = 7 * PG_SIZE;
	must(as_exceeds(&as, PAGE(4), 2 * PG_SIZE) && !as_exceeds(&as, PAGE(3), 2 * PG_SIZE));
	as.size_limit = SIZE_MAX;
	must(!as_exceeds(&as, PAGE(4), 2 * PG_SIZE));
	must(as_covers(&as, PAGE(0), PAGE(4)) && as_covers(&as, PAGE(6), PAGE(8)));
	must(!as_covers(&as, PAGE(3), PAGE(5)) && !as_covers(&as, PAGE(4), PAGE(6)));
	must(!as_covers(&as, PAGE(5), PAGE(7)) && !as_covers(&as, PAGE(7), PAGE(9)));
	must_eq(as_mprotect(&as, PAGE(1), PAGE(2), MEMPERM_UR), ERR_OK);
	must(as_covers(&as, PAGE(0), PAGE(4)));
	must_eq(as_mprotect(&as, PAGE(1), PAGE(2), MEMPERM_URW), ERR_OK);
	for (int i = 0; i < 8; i++)
		if (i < 4 || i > 5)
			cpu_write(&as, PAGE(i), i + 1);
	tlb_begin(&as, PAGE(0), 8);
	must_eq(as_discard(&as, PAGE(1), PAGE(2), false), ERR_OK);
	tlb_check();
	for (int i = 0; i < 8; i++)
		must_eq(peek(&as, PAGE(i)), i == 1 || i == 4 || i == 5 ? -1 : i + 1);
	must_eq(as_discard(&as, PAGE(3), PAGE(7), false), ERR_NOMEM);
	must_eq(as_discard(&as, PAGE(7), PAGE(9), true), ERR_NOMEM);
	must_eq(as_discard(&as, PAGE(8), PAGE(9), false), ERR_NOMEM);
	must_eq(as_discard(&as, PAGE(4), PAGE(6), false), ERR_NOMEM);
	for (int i = 0; i < 8; i++)
		must_eq(peek(&as, PAGE(i)), i == 0 || i == 2 ? i + 1 : -1);
	ck_assert_ptr_nonnull(as_map_memregion(&as, PAGE(10), PG_SIZE, MEMPERM_UR, &file.store,
	    0, 0));
	must_eq(as_discard(&as, PAGE(10), PAGE(11), true), ERR_INVAL);
	must_eq(as_discard(&as, PAGE(10), PAGE(11), false), ERR_OK);
}
END_TEST

/* C3: populating, and where it stops. */
START_TEST(test_populate)
{
	static struct host_store file;
	size_t free;

	begin();
	host_store_init(&file, NULL, 2 * PG_SIZE);
	must_eq(map_rw(at(0, 4)), ERR_OK);
	must_eq(map(at(4, 2), MEMPERM_UR, MEMPERM_URWX, REGION_ANYWHERE), ERR_OK);
	cpu_write(&as, PAGE(1), 5);
	free = pmem_free_count();
	vm_populate(&as, PAGE(0), PAGE(6));
	must_eq(free - pmem_free_count(), 3);			/* read-only: the zero page */
	for (int i = 0; i < 6; i++) {
		must_eq(peek(&as, PAGE(i)), i == 1 ? 5 : 0);
		must_eq(rights(&as, PAGE(i)), i < 4 ? MEMPERM_URW : MEMPERM_UR);
	}
	vm_populate(&as, PAGE(6), PAGE(7));			/* nothing there */
	must_eq(map(at(8, 1), MEMPERM_NONE, MEMPERM_URWX, REGION_ANYWHERE), ERR_OK);
	must_eq(map_rw(at(9, 1)), ERR_OK);
	vm_populate(&as, PAGE(8), PAGE(10));			/* stops at once */
	must_eq(peek(&as, PAGE(9)), -1);
	ck_assert_ptr_nonnull(as_map_memregion(&as, PAGE(12), 4 * PG_SIZE, MEMPERM_URW,
	    &file.store, 0, 0));
	vm_populate(&as, PAGE(12), PAGE(16));			/* up to the file's end */
	for (int i = 0; i < 4; i++)
		must_eq(peek(&as, PAGE(12 + i)), i < 2 ? i + 1 : -1);
	must_eq(rights(&as, PAGE(12)), MEMPERM_URW);
	check_space(&as);
}
END_TEST

/* O1: what the break and a stack grow by counts, to the page. */
START_TEST(test_size_limit)
{
	struct memregion *stack;

	begin();
	must_eq(map_rw(at(20, 2)), ERR_OK);
	as.heap = region(PAGE(0), 0);
	as.heap->flags = REGION_HEAP;
	as.brk_start = PAGE(0);
	as.size_limit = 5 * PG_SIZE;
	must_eq(as_brk(&as, PAGE(4), SIZE_MAX), PAGE(0));
	must_eq(as_brk(&as, PAGE(2) + 1, SIZE_MAX), PAGE(2) + 1);
	must_eq(as_brk(&as, PAGE(3), SIZE_MAX), PAGE(3));
	must_eq(as_brk(&as, PAGE(3) + 1, SIZE_MAX), PAGE(3));
	must_eq(as_brk(&as, PAGE(1), SIZE_MAX), PAGE(1));
	stack = region(PAGE(1000), PG_SIZE);
	stack->flags = REGION_GROWSDOWN;
	regiontree_update(stack);
	as.stack_limit = 100 * PG_SIZE;
	must_eq(cpu_access(&as, PAGE(998), PF_WRITE), SEGV);
	must_eq(cpu_access(&as, PAGE(999), PF_WRITE), DONE);
	must_eq(as_brk(&as, PAGE(2), SIZE_MAX), PAGE(1));
	as.size_limit = SIZE_MAX;
	must_eq(cpu_access(&as, PAGE(998), PF_WRITE), DONE);
	must_eq(as_brk(&as, PAGE(2), SIZE_MAX), PAGE(2));
	check_space(&as);
}
END_TEST

HOST_MAIN("discard", test_discard, test_populate, test_size_limit)
