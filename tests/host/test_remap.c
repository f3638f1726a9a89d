/* SPDX-License-Identifier: MIT */
/*
 * mremap: what the search of test_range.c does not reach, which is files, moves to places
 * that the kernel finds, MREMAP_DONTUNMAP, and the heap.
 * host-test: MM kernel/pgfault.c tests/host/cpu.c tests/host/store.c tests/host/space.c
 * host-test: tests/host/invariants.c tests/host/fakes.c
 */
#include "host.h"

#include "cpu.h"
#include "mm/fault.h"
#include "mm/map.h"
#include "mm/pmem.h"
#include "mm/region.h"
#include "mm/regiontree.h"
#include "space.h"
#include "store.h"

#define MIB	0x100000ul
#define BASE	0x10000000ul
#define PAGE(n)	(BASE + (size_t)(n) * PG_SIZE)

static vaddr_t got;
static struct host_store file;

static void
begin(void)
{
	space_begin(8 * MIB);
	vm_init();
	host_store_init(&file, NULL, 30 * PG_SIZE);
}

/* N pages from PAGE(FIRST), page I full of I + 1. */
static struct memregion *
map(int first, int pages)
{
	const struct region_like like = {
		.perm = MEMPERM_URW, .max_perm = MEMPERM_URWX, .flags = REGION_ANYWHERE,
	};
	const struct map_place place = {
		.hint = PAGE(first), .len = pages * PG_SIZE, .fixed = true,
	};

	must_eq(as_mmap(&as, &place, &like, &got), ERR_OK);
	for (int i = first; i < first + pages; i++)
		cpu_write(&as, PAGE(i), i + 1);
	return as_find_memregion(&as, PAGE(first), 1);
}

/* B14: nobody can still use an old translation, of the old range or the new one. */
static err_t
remap(struct remap rq)
{
	err_t err;

	tlb_begin(&as, PAGE(0), 64);
	err = as_mremap(&as, &rq, &got);
	tlb_check();
	check_space(&as);
	return err;
}

/* From PAGE(OLD), so many pages, to so many, wherever there is room. */
static struct remap
grow(int old, int pages, int new_pages)
{
	return (struct remap){ .old = PAGE(old), .old_len = pages * PG_SIZE,
		.new_len = new_pages * PG_SIZE, .may_move = true };
}

/* I1: in place; I3, I4: moved when that cannot be, frames and all. */
START_TEST(test_grow)
{
	paddr_t p;
	size_t free;

	begin();
	map(0, 2);
	must_eq(remap(grow(0, 2, 4)), ERR_OK);
	must_eq(got, PAGE(0));
	must_eq(cpu_read(&as, PAGE(1)), 2);
	must_eq(cpu_read(&as, PAGE(3)), 0);
	map(4, 1);
	p = frame_at(&as, PAGE(1));
	must_eq(as_mprotect(&as, PAGE(4), PAGE(5), MEMPERM_UR), ERR_OK);
	free = pmem_free_count();
	must_eq(remap(grow(0, 4, 5)), ERR_OK);
	must_eq(got, MMAP_TOP - 5 * PG_SIZE);
	must_eq(frame_at(&as, got + PG_SIZE), p);
	must_eq(free - pmem_free_count(), 3);			/* the tables over there */
	must_eq(cpu_read(&as, got), 1);
	must_eq(cpu_read(&as, got + 4 * PG_SIZE), 0);
	for (int i = 0; i < 4; i++)
		must_eq(cpu_access(&as, PAGE(i), 0), SEGV);
	must_eq(cpu_read(&as, PAGE(4)), 5);
	check_joined(&as);
}
END_TEST

/* Tables come and go with the pages, and no others do. */
START_TEST(test_tables)
{
	const int edge = 512 - BASE / PG_SIZE % 512;
	struct remap rq = grow(0, 1, 1);
	size_t free;

	begin();
	map(0, 2);
	free = pmem_free_count();
	rq.fixed = true;
	rq.new = PAGE(edge - 1);			/* the last of a table; the next stays */
	must_eq(remap(rq), ERR_OK);
	must_eq(cpu_read(&as, PAGE(edge - 1)), 1);
	must_eq(free - pmem_free_count(), 0);
	rq = grow(1, 1, 1);
	rq.fixed = true;
	rq.new = PAGE(edge);
	must_eq(remap(rq), ERR_OK);
	must_eq(free - pmem_free_count(), 1);
	rq = grow(edge - 1, 1, 1);
	rq.fixed = true;
	rq.new = PAGE(edge + 1);
	must_eq(remap(rq), ERR_OK);			/* the old table is empty now */
	must_eq(free - pmem_free_count(), 0);
	must_eq(cpu_read(&as, PAGE(edge)), 2);
	must_eq(cpu_read(&as, PAGE(edge + 1)), 1);
}
END_TEST

/* A stack above: growth in place may use its guard; a place that is found does not. */
START_TEST(test_grow_below_stack)
{
	struct memregion *stack;

	begin();
	map(0, 2);
	stack = region(PAGE(6), PG_SIZE);
	stack->flags = REGION_GROWSDOWN;
	regiontree_update(stack);
	must_eq(remap(grow(0, 2, 6)), ERR_OK);
	must_eq(got, PAGE(0));
	must_eq(remap(grow(0, 6, 7)), ERR_OK);
	must_eq(got, MMAP_TOP - 7 * PG_SIZE);
}
END_TEST

/* The middle of a region moves out of it: three pieces, and the moved one. */
START_TEST(test_move_middle)
{
	struct remap rq = grow(2, 2, 3);

	begin();
	map(0, 6);
	must_eq(remap(rq), ERR_OK);
	must_eq(as.n_regions, 3);
	must_eq(cpu_read(&as, got), 3);
	must_eq(cpu_read(&as, got + PG_SIZE), 4);
	must_eq(cpu_read(&as, got + 2 * PG_SIZE), 0);
	must_eq(cpu_access(&as, PAGE(2), 0), SEGV);
	must_eq(cpu_access(&as, PAGE(3), 0), SEGV);
	must_eq(cpu_read(&as, PAGE(1)), 2);
	must_eq(cpu_read(&as, PAGE(4)), 5);
	/* Without leave to move: not. */
	rq = grow(0, 1, 2);
	rq.may_move = false;
	must_eq(remap(rq), ERR_NOMEM);
	must_eq(as.n_regions, 3);
}
END_TEST

/* I9: a fixed place, shrinking or growing on the way. */
START_TEST(test_fixed)
{
	struct remap rq = grow(0, 4, 2);

	begin();
	map(0, 4);
	map(10, 6);
	rq.fixed = true;
	rq.new = PAGE(11);
	must_eq(remap(rq), ERR_OK);
	must_eq(got, PAGE(11));
	for (int i = 0; i < 4; i++)
		must_eq(cpu_access(&as, PAGE(i), 0), SEGV);
	must_eq(cpu_read(&as, PAGE(10)), 11);
	must_eq(cpu_read(&as, PAGE(11)), 1);
	must_eq(cpu_read(&as, PAGE(12)), 2);
	must_eq(cpu_read(&as, PAGE(13)), 14);
	must_eq(as.n_regions, 1);
	rq = grow(10, 2, 4);
	rq.fixed = true;
	rq.new = PAGE(20);
	must_eq(remap(rq), ERR_OK);
	must_eq(cpu_read(&as, PAGE(21)), 1);
	must_eq(cpu_read(&as, PAGE(22)), 0);
	must_eq(cpu_access(&as, PAGE(11), 0), SEGV);
	must_eq(cpu_read(&as, PAGE(12)), 2);
}
END_TEST

/* I10: the old range stays, and reads as zeros. */
START_TEST(test_keep_old)
{
	struct remap rq = grow(1, 2, 2);
	struct memregion *r;

	begin();
	map(0, 4);
	rq.keep_old = true;
	must_eq(remap(rq), ERR_OK);
	must_eq(got, MMAP_TOP - 2 * PG_SIZE);
	must_eq(cpu_read(&as, got), 2);
	must_eq(cpu_read(&as, got + PG_SIZE), 3);
	must_eq(cpu_read(&as, PAGE(1)), 0);
	must_eq(cpu_read(&as, PAGE(2)), 0);
	must_eq(cpu_read(&as, PAGE(3)), 4);
	must_eq(as.n_regions, 2);
	check_joined(&as);
	/* Only of private anonymous memory. */
	r = as_map_memregion(&as, PAGE(20), PG_SIZE, MEMPERM_UR, &file.store, 0, 0);
	ck_assert_ptr_nonnull(r);
	rq = grow(20, 1, 1);
	rq.keep_old = true;
	must_eq(remap(rq), ERR_INVAL);
	r = as_map_memregion(&as, PAGE(22), PG_SIZE, MEMPERM_UR, NULL, 0, 1);
	ck_assert_ptr_nonnull(r);
	rq.old = PAGE(22);
	must_eq(remap(rq), ERR_INVAL);
}
END_TEST

/* I5, I6, I7: what cannot be. */
START_TEST(test_refused)
{
	struct region_like like;
	struct remap rq = grow(0, 2, 3);

	begin();
	map(0, 2);
	map(4, 2);
	must_eq(as_mprotect(&as, PAGE(1), PAGE(2), MEMPERM_UR), ERR_OK);
	must_eq(remap(rq), ERR_FAULT);			/* two regions */
	must_eq(remap(grow(3, 1, 2)), ERR_FAULT);	/* a hole */
	must_eq(remap(grow(3, 1, 1)), ERR_FAULT);
	must_eq(remap(grow(3, 2, 1)), ERR_FAULT);
	must_eq(remap(grow(4, 3, 4)), ERR_FAULT);	/* longer than what is there */
	must_eq(remap(grow(4, 1, 1)), ERR_OK);
	like = region_like(as_find_memregion(&as, PAGE(4), 1), PAGE(4));
	rq = grow(4, 2, 3);
	rq.new_len = 1ul << 46;				/* there is no such hole */
	must_eq(as_mmap(&as, &(struct map_place){ .hint = 1ul << 45, .len = PG_SIZE,
	    .fixed = true }, &like, &got), ERR_OK);
	rq.new_len = USER_END - PG_SIZE;
	must_eq(remap(rq), ERR_NOMEM);
	must_eq(cpu_read(&as, PAGE(4)), 5);
	/* I5: at the very end of the user half. */
	must_eq(as_mmap(&as, &(struct map_place){ .hint = USER_END - PG_SIZE, .len = PG_SIZE,
	    .fixed = true }, &like, &got), ERR_OK);
	rq = (struct remap){ .old = USER_END - PG_SIZE, .old_len = PG_SIZE,
	    .new_len = 2 * PG_SIZE };
	must_eq(remap(rq), ERR_NOMEM);
	rq.may_move = true;
	must_eq(remap(rq), ERR_OK);
	must_eq(got, MMAP_TOP - 2 * PG_SIZE);
}
END_TEST

/* A part of a file's mapping shows the same pages elsewhere, and more of them. */
START_TEST(test_store)
{
	struct remap rq = grow(2, 2, 4);

	begin();
	ck_assert_ptr_nonnull(as_map_memregion(&as, PAGE(0), 6 * PG_SIZE, MEMPERM_URW, &file.store,
	    3 * PG_SIZE, 0));
	cpu_write(&as, PAGE(2), 99);
	must_eq(cpu_read(&as, PAGE(3)), 7);
	rq.fixed = true;
	rq.new = PAGE(20);
	must_eq(remap(rq), ERR_OK);
	must_eq(cpu_read(&as, PAGE(20)), 99);
	for (int i = 1; i < 4; i++)
		must_eq(cpu_read(&as, PAGE(20 + i)), 3 + 2 + i + 1);
	must_eq(cpu_read(&as, PAGE(1)), 5);
	must_eq(cpu_read(&as, PAGE(5)), 9);
	must_eq(file.users, 3);
	must_eq(as_find_memregion(&as, PAGE(20), 1)->flags, 0);
	/* In place: the pages that follow in the file. */
	must_eq(remap(grow(4, 2, 3)), ERR_OK);
	must_eq(got, PAGE(4));
	must_eq(cpu_read(&as, PAGE(6)), 10);
	must_eq(as_munmap(&as, PAGE(0), PAGE(40)), ERR_OK);
	must_eq(file.users, 0);
}
END_TEST

/* A part of the heap that moves is no heap any more; what is left is. */
START_TEST(test_heap)
{
	struct remap rq = grow(1, 1, 2);

	begin();
	as.heap = region(PAGE(0), 0);
	as.heap->flags = REGION_HEAP;
	as.brk_start = PAGE(0);
	must_eq(as_brk(&as, PAGE(4), SIZE_MAX), PAGE(4));
	for (int i = 0; i < 4; i++)
		cpu_write(&as, PAGE(i), i + 1);
	must_eq(remap(rq), ERR_OK);
	must_eq(cpu_read(&as, got), 2);
	must_eq(as_find_memregion(&as, got, 1)->flags, REGION_ANYWHERE);
	must_eq(as.heap->start, PAGE(2));
	must_eq(as.heap->end, PAGE(4));
	must_eq(cpu_read(&as, PAGE(3)), 4);
	/* The end of it, and its break, too: it goes on from there. */
	must_eq(remap(grow(2, 2, 3)), ERR_OK);
	must(got != PAGE(2));
	must_eq(cpu_read(&as, got + PG_SIZE), 4);
	must_eq(as_brk(&as, 0, SIZE_MAX), PAGE(4));
	must_eq(as_brk(&as, PAGE(5), SIZE_MAX), PAGE(5));
	must_eq(cpu_read(&as, PAGE(4)), 0);
	check_space(&as);
}
END_TEST

/* Case table 3, "page tables": far apart, with holes. */
START_TEST(test_page_tables)
{
	const vaddr_t from = 0x1000, to = 0x201000;
	struct vpmap *map = &as.vpmap;
	size_t free;

	begin();
	free = pmem_free_count();
	for (int i = 1; i < 5; i++)
		must_eq(vpmap_map(map, i * PG_SIZE, frame(), 1, MEMPERM_UR), ERR_OK);
	vpmap_set_perm(map, 3 * PG_SIZE, 4, MEMPERM_NONE);
	for (int i = 1; i < 8; i++)
		must_eq(rights(&as, i * PG_SIZE), i < 3 ? MEMPERM_UR : i < 5 ? MEMPERM_NONE : -1);
	must_eq(vpmap_move(map, from, to, 2), ERR_OK);
	for (int i = 0; i < 2; i++) {
		must_eq(rights(&as, from + i * PG_SIZE), -1);
		must_eq(rights(&as, to + i * PG_SIZE), MEMPERM_UR);
	}
	vpmap_unmap(map, from, 0x204, true);
	must_eq(vpmap_count(map, 0, USER_END), 0);
	must_eq(pmem_free_count(), free);
}
END_TEST

/* A move that fails half way has made no table that stays. */
START_TEST(test_page_tables_no_memory)
{
	const vaddr_t from = 1ul << 30, to = (1ul << 40) + LARGE_PG_SIZE - PG_SIZE;
	struct vpmap *map = &as.vpmap;
	err_t err = ERR_VPMAP_MAP;

	begin();
	must_eq(vpmap_map(map, from + PG_SIZE, frame(), 1, MEMPERM_UR), ERR_OK);
	must_eq(vpmap_map(map, from + 513 * PG_SIZE, frame(), 1, MEMPERM_UR), ERR_OK);
	for (size_t left = 0; err != ERR_OK; left++) {
		must(left <= 4);
		take_frames_but(left);
		err = vpmap_move(map, from, to, 514);
		must(err == ERR_OK || pmem_free_count() == left);
		give_frames_back();
	}
	must_eq(rights(&as, to + PG_SIZE), MEMPERM_UR);
	must_eq(rights(&as, to + 513 * PG_SIZE), MEMPERM_UR);
	must_eq(vpmap_count(map, 0, USER_END), 2);
}
END_TEST

/* An old length of 0: a shared mapping is mapped once more.  I11: one that wraps is refused. */
START_TEST(test_twin)
{
	begin();
	map(20, 1);
	ck_assert_ptr_nonnull(as_map_memregion(&as, PAGE(0), 2 * PG_SIZE, MEMPERM_URW,
	    &file.store, 0, 1));
	cpu_write(&as, PAGE(1), 77);
	must_eq(remap(grow(20, 0, 1)), ERR_INVAL);
	must_eq(remap((struct remap){ .old = PAGE(1), .new_len = PG_SIZE }), ERR_INVAL);
	must_eq(remap(grow(1, 0, 1)), ERR_OK);
	must_eq(cpu_read(&as, got), 77);
	must_eq(frame_at(&as, got), frame_at(&as, PAGE(1)));
	must_eq(remap((struct remap){ .old = PAGE(0), .old_len = USER_END, .new_len = PG_SIZE }),
	    ERR_INVAL);
	must_eq(cpu_read(&as, PAGE(1)), 77);
}
END_TEST

HOST_MAIN("remap", test_grow, test_tables, test_grow_below_stack, test_move_middle,
    test_fixed, test_keep_old, test_refused, test_store, test_heap, test_page_tables,
    test_page_tables_no_memory, test_twin)
