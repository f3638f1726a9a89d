/* SPDX-License-Identifier: MIT */
/*
 * Stacks that grow, and the rows of case table 3 that decide about faults.
 * host-test: MM kernel/pgfault.c tests/host/cpu.c tests/host/space.c tests/host/invariants.c
 * host-test: tests/host/fakes.c
 */
#include "host.h"

#include "cpu.h"
#include "mm/fault.h"
#include "mm/map.h"
#include "mm/pmem.h"
#include "space.h"

#define MIB	0x100000ul
#define TOP	0x10000000ul		/* of the lowest page of the stack at first */
#define BELOW(n)	(TOP - (size_t)(n) * PG_SIZE)

static struct memregion *stack;

/* A stack of 4 pages at TOP that may grow to LIMIT bytes. */
static void
begin(size_t limit)
{
	space_begin(8 * MIB);
	vm_init();
	stack = region(TOP, 4 * PG_SIZE);
	stack->flags = REGION_GROWSDOWN;
	as.stack_limit = limit;
}

/* D1: case table 3: one page below the stack. */
START_TEST(test_one_below)
{
	begin(8 * MIB);
	must_eq(cpu_access(&as, BELOW(0) - 1, PF_WRITE), DONE);
	must_eq(stack->start, 0x0ffff000);
	must_eq(stack->end, TOP + 4 * PG_SIZE);
	check_space(&as);
	must_eq(vpmap_count(&as.vpmap, 0, USER_END), 1);
}
END_TEST

/* D2: far below first, then every page between, in any order. */
START_TEST(test_any_order)
{
	size_t free;

	begin(8 * MIB);
	cpu_write(&as, BELOW(64), 64);
	must_eq(stack->start, BELOW(64));
	free = pmem_free_count();
	for (int i = 0; i < 63; i++)
		cpu_write(&as, BELOW((i * 37) % 63 + 1), 1);
	must_eq(free - pmem_free_count(), 63);
	must_eq(as.n_regions, 1);
	must_eq(peek(&as, BELOW(64)), 64);
	check_space(&as);
}
END_TEST

/* D3, D4: the limit counts from the upper end, to the byte. */
START_TEST(test_limit)
{
	begin(20 * PG_SIZE);
	must_eq(cpu_access(&as, BELOW(17), PF_WRITE), SEGV);
	must_eq(stack->start, TOP);
	must_eq(cpu_access(&as, BELOW(16) - 1, PF_WRITE), SEGV);
	must_eq(cpu_access(&as, BELOW(16), 0), DONE);
	must_eq(cpu_access(&as, BELOW(17) + PG_SIZE - 1, 0), SEGV);
	must_eq(stack->start, BELOW(16));
	as.stack_limit = 20 * PG_SIZE + PG_SIZE - 1;	/* no room for a whole page more */
	must_eq(cpu_access(&as, BELOW(17), 0), SEGV);
	as.stack_limit = 21 * PG_SIZE;
	must_eq(cpu_access(&as, BELOW(17), 0), DONE);
	must_eq(cpu_access(&as, TOP + 4 * PG_SIZE, 0), SEGV);	/* never upwards */
}
END_TEST

/* D5: growth works until exactly 256 free pages remain below. */
START_TEST(test_gap)
{
	begin(64 * MIB);
	region(BELOW(600), PG_SIZE);
	must_eq(cpu_access(&as, BELOW(600 - 1 - 255), 0), SEGV);
	must_eq(stack->start, TOP);
	must_eq(cpu_access(&as, BELOW(600 - 1 - 256), 0), DONE);
	must_eq(stack->start, BELOW(343));
	must_eq(cpu_access(&as, BELOW(344), 0), SEGV);
	must_eq(cpu_access(&as, BELOW(598), 0), SEGV);
	must_eq(cpu_access(&as, BELOW(600), 0), DONE);		/* the other region itself */
	must_eq(stack->start, BELOW(343));
	check_space(&as);
}
END_TEST

/* Pages that nobody can touch do not count for the gap; but a stack does not grow into them. */
START_TEST(test_none_below)
{
	begin(64 * MIB);
	region(BELOW(10), 2 * PG_SIZE)->perm = MEMPERM_NONE;	/* pages 10 and 9 below */
	must_eq(cpu_access(&as, BELOW(9), 0), SEGV);
	must_eq(cpu_access(&as, BELOW(8), 0), DONE);
	must_eq(stack->start, BELOW(8));
	must_eq(cpu_access(&as, BELOW(9), 0), SEGV);
	must_eq(cpu_access(&as, BELOW(11), 0), SEGV);
	/* Behind it, something else does count. */
	begin(64 * MIB);
	region(BELOW(10), PG_SIZE)->perm = MEMPERM_NONE;
	region(BELOW(100), PG_SIZE);
	must_eq(cpu_access(&as, BELOW(1), 0), SEGV);
	must_eq(stack->start, TOP);
}
END_TEST

/* Two stacks: no gap is asked for between them, but no page belongs to both. */
START_TEST(test_stack_below)
{
	struct memregion *other;

	begin(64 * MIB);
	other = region(BELOW(20), 4 * PG_SIZE);
	other->flags = REGION_GROWSDOWN;
	must_eq(cpu_access(&as, BELOW(16), 0), DONE);
	must_eq(stack->start, BELOW(16));
	must_eq(cpu_access(&as, BELOW(17), 0), DONE);		/* it is OTHER's */
	must_eq(cpu_access(&as, BELOW(21), 0), DONE);
	must_eq(other->start, BELOW(21));
	check_space(&as);
}
END_TEST

/* Nothing below 0x10000, whatever the limit. */
START_TEST(test_lowest)
{
	space_begin(8 * MIB);
	vm_init();
	stack = region(USER_START + PG_SIZE, PG_SIZE);
	stack->flags = REGION_GROWSDOWN;
	as.stack_limit = 64 * MIB;
	must_eq(cpu_access(&as, USER_START - 1, PF_WRITE), SEGV);
	must_eq(cpu_access(&as, 0, PF_WRITE), SEGV);
	must_eq(stack->start, USER_START + PG_SIZE);
	must_eq(cpu_access(&as, USER_START, PF_WRITE), DONE);
	check_space(&as);
}
END_TEST

/* D11 and case table 3: what lies where. */
START_TEST(test_case_table_3)
{
	begin(512 * MIB);
	region(0x10000, 4 * PG_SIZE);
	must_eq(cpu_access(&as, 0x10000 + 2 * PG_SIZE, PF_WRITE), DONE);
	must_eq(cpu_access(&as, 0x10000 + 6 * PG_SIZE, 0), SEGV);
	must_eq(cpu_access(&as, 0x10000 + 100 * PG_SIZE, PF_WRITE), SEGV);
	must_eq(stack->start, TOP);
	must_eq(cpu_access(&as, BELOW(1), PF_WRITE), DONE);
	must_eq(stack->start, 0x0ffff000);
}
END_TEST

/* D6: a place that the kernel finds keeps off the stack; and with the stack the guard moves. */
START_TEST(test_placement)
{
	const struct region_like like = { .perm = MEMPERM_URW, .max_perm = MEMPERM_URWX };
	struct map_place place = { .len = PG_SIZE, .low = USER_START, .high = TOP };
	vaddr_t a;

	begin(8 * MIB);
	ck_assert_int_eq(as_mmap(&as, &place, &like, &a), ERR_OK);
	must_eq(a, TOP - STACK_GAP - PG_SIZE);
	must_eq(cpu_access(&as, BELOW(1), 0), SEGV);		/* it may be as near as that */
	ck_assert_int_eq(as_munmap(&as, a, a + PG_SIZE), ERR_OK);
	cpu_write(&as, BELOW(50), 1);
	ck_assert_int_eq(as_mmap(&as, &place, &like, &a), ERR_OK);
	must_eq(a, BELOW(50) - STACK_GAP - PG_SIZE);
}
END_TEST

HOST_MAIN("stack", test_one_below, test_any_order, test_limit, test_gap, test_none_below,
    test_stack_below, test_lowest, test_case_table_3, test_placement)
