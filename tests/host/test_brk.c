/* SPDX-License-Identifier: MIT */
/*
 * brk: case table 2, with Linux' answers where it and the table differ:
 * Row 1: the break starts page-aligned, so row 8 asks below the start at B - 1.
 * Rows 10, 11 and 13 (E13): a mapping at the break only keeps the heap from growing.
 * host-test: MM kernel/pgfault.c tests/host/cpu.c tests/host/space.c tests/host/invariants.c
 * host-test: tests/host/fakes.c
 */
#include "host.h"

#include "cpu.h"
#include "mm/fault.h"
#include "mm/map.h"
#include "mm/pmem.h"
#include "space.h"

#define B	0x10000000ul
#define P	((size_t)PG_SIZE)

static void
begin(void)
{
	space_begin(8ul << 20);
	vm_init();
	as.heap = region(B, 0);
	as.heap->flags = REGION_HEAP;
	as.brk_start = B;
}

static vaddr_t
brk_to(vaddr_t a)
{
	vaddr_t got;

	tlb_begin(&as, B, 16);
	got = as_brk(&as, a, SIZE_MAX);
	tlb_check();
	must_eq(got, as.heap->end - as.brk_short);
	check_space(&as);
	check_joined(&as);
	return got;
}

/* A mapping, as mmap makes them. */
static struct memregion *
mapping(vaddr_t start)
{
	struct memregion *r = region(start, P);

	r->flags = REGION_ANYWHERE;
	return r;
}

/* The pages of the heap that have something, as bits. */
static unsigned
pages(void)
{
	unsigned bits = 0;

	for (int i = 0; i < 16; i++)
		bits |= (unsigned)(peek(&as, B + i * P) >= 0) << i;
	return bits;
}

START_TEST(test_case_table_2)
{
	begin();
	must_eq(brk_to(0), B);						/* 2 */
	must_eq(brk_to(B + 0x123), B + 0x123);
	cpu_write(&as, B, 1);
	must_eq(cpu_access(&as, B + P, 0), SEGV);			/* E2 */
	must_eq(brk_to(B + 0x800), B + 0x800);				/* 3 */
	must_eq(brk_to(B + 0x1001), B + 0x1001);			/* 4 */
	cpu_write(&as, B + P + 0x180, 2);
	must_eq(brk_to(B + 0x1800), B + 0x1800);			/* 5 */
	must_eq(brk_to(B + 0x1001), B + 0x1001);			/* 6: E4 */
	must_eq(cpu_read(&as, B + P + 0x180), 2);
	must_eq(brk_to(B + 0x1000), B + 0x1000);			/* 7 */
	must_eq(pages(), 1);
	must_eq(cpu_access(&as, B + P, 0), SEGV);
	must_eq(brk_to(B - 1), B + 0x1000);				/* 8: E3 */
	mapping(B + 5 * P);
	must_eq(brk_to(B + 7 * P), B + 0x1000);				/* 9 */
	must_eq(brk_to(B + 3 * P), B + 3 * P);
	must_eq(brk_to(B + 3 * P + 1), B + 3 * P + 1);			/* 12 */
	must_eq(brk_to(UINT64_MAX), B + 3 * P + 1);			/* 14: E7 */
	must_eq(brk_to(B + (1ul << 46)), B + 3 * P + 1);
	must_eq(brk_to(USER_END), B + 3 * P + 1);
	must_eq(brk_to(1ul << 63), B + 3 * P + 1);
}
END_TEST

/* E5: what was given back reads as zero when it comes again. */
START_TEST(test_regrow)
{
	size_t free;

	begin();
	must_eq(brk_to(B + 3 * P), B + 3 * P);
	cpu_write(&as, B + P, 6);
	free = pmem_free_count();
	cpu_write(&as, B + 2 * P, 7);
	must_eq(brk_to(B + 2 * P), B + 2 * P);
	must_eq(pmem_free_count(), free);
	must_eq(brk_to(B), B);
	must_eq(pages(), 0);
	must_eq(brk_to(B + 3 * P), B + 3 * P);
	must_eq(cpu_read(&as, B + P), 0);
	must_eq(cpu_read(&as, B + 2 * P), 0);
}
END_TEST

/* E6: one page stays free below the next mapping, and a stack's guard. */
START_TEST(test_next_mapping)
{
	struct memregion *next;

	begin();
	next = mapping(B + 5 * P);
	must_eq(brk_to(B + 5 * P), B);
	must_eq(brk_to(B + 5 * P - 1), B);
	must_eq(brk_to(B + 4 * P + 1), B);
	must_eq(brk_to(B + 4 * P), B + 4 * P);
	must_eq(brk_to(B + 4 * P + 1), B + 4 * P);
	/* Inside the last page, and down, it may always. */
	must_eq(brk_to(B + 3 * P + 1), B + 3 * P + 1);
	must_eq(brk_to(B + 4 * P), B + 4 * P);
	/* Of a program's image it keeps off, too; of a stack that does not grow it does not. */
	next->flags = REGION_IMAGE;
	must_eq(brk_to(B + 4 * P + 1), B + 4 * P);
	next->flags = 0;
	must_eq(brk_to(B + 5 * P), B + 5 * P);
	must_eq(brk_to(B + 5 * P + 1), B + 5 * P);
	must_eq(brk_to(B + 4 * P + 1), B + 4 * P + 1);
	next->flags = REGION_ANYWHERE;
	must_eq(brk_to(B + 5 * P), B + 5 * P);
	as_unmap_memregion(next);
	next = region(B + 8 * P + STACK_GAP, P);
	next->flags = REGION_GROWSDOWN;
	must_eq(brk_to(B + 7 * P + 1), B + 5 * P);
	must_eq(brk_to(B + 7 * P), B + 7 * P);
}
END_TEST

/* E11: RLIMIT_DATA, to the byte; as on Linux also for who shrinks, but not far enough. */
START_TEST(test_limit)
{
	begin();
	must_eq(as_brk(&as, B + 1001, 1000), B);
	must_eq(as_brk(&as, B + 1000, 1000), B + 1000);
	must_eq(as_brk(&as, B + 5 * P, 5 * P), B + 5 * P);
	must_eq(as_brk(&as, B + 4 * P, 4 * P - 1), B + 5 * P);
	must_eq(as_brk(&as, B + 4 * P, 4 * P), B + 4 * P);
	must_eq(as_brk(&as, B + 2 * P + 5, 4 * P), B + 2 * P + 5);
	ck_assert_int_eq(as_munmap(&as, B, B + 3 * P), ERR_OK);
	must_eq(as_brk(&as, B + 2 * P + 9, 2 * P + 8), B + 2 * P + 5);
}
END_TEST

/* E13, as Linux: a mapping at the break stays, whatever the heap does. */
START_TEST(test_mapping_at_break)
{
	const struct region_like like = { .perm = MEMPERM_URW, .max_perm = MEMPERM_URWX };
	struct map_place place = { .hint = B + 2 * P, .len = P, .fixed = true };
	vaddr_t a;

	begin();
	must_eq(brk_to(B + P + 5), B + P + 5);
	ck_assert_int_eq(as_mmap(&as, &place, &like, &a), ERR_OK);
	cpu_write(&as, B + 2 * P, 9);
	must_eq(brk_to(B + 2 * P + 1), B + P + 5);
	must_eq(brk_to(B), B);
	must_eq(cpu_read(&as, B + 2 * P), 9);
}
END_TEST

/* Map pages 1 to 3 of the heap's place. */
static void
map_over_break(void)
{
	const struct region_like like = {
		.perm = MEMPERM_URW, .max_perm = MEMPERM_URWX, .flags = REGION_ANYWHERE,
	};
	const struct map_place place = { .hint = B + P, .len = 3 * P, .fixed = true };
	vaddr_t a;

	ck_assert_int_eq(as_mmap(&as, &place, &like, &a), ERR_OK);
}

/* E13: all of the heap goes, which was what was found last: it is empty, and grows again. */
START_TEST(test_whole_heap_unmapped)
{
	begin();
	must_eq(brk_to(B + 2 * P), B + 2 * P);
	cpu_write(&as, B, 7);
	must_eq(as_find_memregion(&as, B, 2 * P), as.heap);
	ck_assert_int_eq(as_munmap(&as, B, B + 2 * P), ERR_OK);
	must_eq(brk_to(B + 4 * P), B + 4 * P);
	must_eq(as.heap->start, B + 2 * P);
	must_eq(cpu_access(&as, B, 0), SEGV);
}
END_TEST

/* E13: a mapping where an empty heap is: the break stays, and cannot grow until it is gone. */
START_TEST(test_mapping_over_break)
{
	begin();
	must_eq(brk_to(B + 2 * P + 5), B + 2 * P + 5);
	cpu_write(&as, B, 7);
	ck_assert_int_eq(as_munmap(&as, B, B + 3 * P), ERR_OK);
	map_over_break();
	must_eq(as.brk_start, B);
	must_eq(brk_to(0), B + 2 * P + 5);
	must_eq(brk_to(B + 2 * P + 9), B + 2 * P + 9);		/* in its page */
	must_eq(brk_to(B + 3 * P), B + 3 * P);
	must_eq(brk_to(B + 3 * P + 1), B + 3 * P);		/* the mapping is in the way */
	must_eq(brk_to(B + 6 * P), B + 3 * P);
	cpu_write(&as, B + 3 * P, 8);
	must_eq(brk_to(B + 2 * P - 1), B + 2 * P - 1);		/* down through it */
	must_eq(cpu_access(&as, B + 2 * P, 0), SEGV);
	must_eq(cpu_read(&as, B + 3 * P), 8);
	must_eq(brk_to(B + 3 * P), B + 2 * P - 1);
	ck_assert_int_eq(as_munmap(&as, B + 3 * P, B + 4 * P), ERR_OK);
	must_eq(brk_to(B + 6 * P), B + 6 * P);
	must_eq(as.heap->start, B + 2 * P);
	must_eq(cpu_read(&as, B + 3 * P), 0);
	must_eq(brk_to(B), B);
	must_eq(cpu_access(&as, B + P, 0), SEGV);
}
END_TEST

/* E13: what is mapped in the break's own page is not in the way, only what lies behind it. */
START_TEST(test_mapping_in_page_of_break)
{
	begin();
	must_eq(brk_to(B + 2 * P + 5), B + 2 * P + 5);
	ck_assert_int_eq(as_munmap(&as, B, B + 3 * P), ERR_OK);
	map_over_break();
	must_eq(brk_to(B + 6 * P), B + 2 * P + 5);
	ck_assert_int_eq(as_munmap(&as, B + 3 * P, B + 4 * P), ERR_OK);
	must_eq(brk_to(B + 6 * P), B + 6 * P);
	must_eq(as.heap->start, B + 3 * P);
	must_eq(as_covers(&as, B + P, B + 6 * P), true);
}
END_TEST

/* The heap in pieces (mprotect): shrinking goes through them. */
START_TEST(test_pieces)
{
	begin();
	must_eq(brk_to(B + 6 * P), B + 6 * P);
	for (int i = 0; i < 6; i++)
		cpu_write(&as, B + i * P, i + 1);
	ck_assert_int_eq(as_mprotect(&as, B + P, B + 2 * P, MEMPERM_UR), ERR_OK);
	ck_assert_int_eq(as_mprotect(&as, B + 3 * P, B + 4 * P, MEMPERM_UR), ERR_OK);
	must_eq(as.n_regions, 5);
	must_eq(as.heap->start, B + 4 * P);
	must_eq(brk_to(B + 5 * P), B + 5 * P);
	must_eq(brk_to(B + 2 * P), B + 2 * P);
	must_eq(pages(), 3);
	must_eq(cpu_access(&as, B + P, PF_WRITE), SEGV);
	must_eq(brk_to(B + 3 * P), B + 3 * P);
	must_eq(cpu_read(&as, B + 2 * P), 0);
	must_eq(brk_to(B), B);
	must_eq(pages(), 0);
	must_eq(as.n_regions, 1);
	/* Rights that come back join the pieces, and the heap is the whole again. */
	must_eq(brk_to(B + 4 * P), B + 4 * P);
	ck_assert_int_eq(as_mprotect(&as, B + P, B + 2 * P, MEMPERM_UR), ERR_OK);
	ck_assert_int_eq(as_mprotect(&as, B + P, B + 2 * P, MEMPERM_URW), ERR_OK);
	check_joined(&as);
	must_eq(as.heap->start, B);
	must_eq(as.n_regions, 1);
}
END_TEST

/* munmap of the heap, or of a part: the break stays, and the heap goes on from there. */
START_TEST(test_unmapped_heap)
{
	begin();
	must_eq(brk_to(B + 4 * P), B + 4 * P);
	cpu_write(&as, B + 3 * P, 1);
	ck_assert_int_eq(as_munmap(&as, B + P, B + 2 * P), ERR_OK);
	must_eq(brk_to(0), B + 4 * P);
	must_eq(cpu_read(&as, B + 3 * P), 1);
	must_eq(cpu_access(&as, B + P, 0), SEGV);
	ck_assert_int_eq(as_munmap(&as, B, B + 4 * P), ERR_OK);
	must_eq(pages(), 0);
	must_eq(brk_to(0), B + 4 * P);
	must_eq(brk_to(B + 5 * P), B + 5 * P);
	must_eq(cpu_access(&as, B + 3 * P, 0), SEGV);
	must_eq(cpu_read(&as, B + 4 * P), 0);
	must_eq(brk_to(B), B);
	must_eq(as.n_regions, 1);
	/* The head of the heap. */
	must_eq(brk_to(B + 3 * P), B + 3 * P);
	ck_assert_int_eq(as_munmap(&as, B, B + P), ERR_OK);
	must_eq(as.heap->start, B + P);
	must_eq(brk_to(0), B + 3 * P);
}
END_TEST

/* E2 in a heap of pieces: the break is exact although its page is not the heap's. */
START_TEST(test_exact_in_pieces)
{
	begin();
	must_eq(brk_to(B + 4 * P), B + 4 * P);
	for (int i = 0; i < 4; i++)
		cpu_write(&as, B + i * P, i + 1);
	ck_assert_int_eq(as_mprotect(&as, B + P, B + 3 * P, MEMPERM_UR), ERR_OK);
	must_eq(brk_to(B + 2 * P + 100), B + 2 * P + 100);
	must_eq(pages(), 7);
	must_eq(cpu_read(&as, B + 2 * P), 3);
	must_eq(brk_to(B + 2 * P + 1), B + 2 * P + 1);
	must_eq(brk_to(B + 3 * P - 1), B + 3 * P - 1);
	must_eq(pages(), 7);
	must_eq(brk_to(B + 2 * P), B + 2 * P);
	must_eq(pages(), 3);
	must_eq(brk_to(B + P + 8), B + P + 8);
	must_eq(brk_to(B + 2 * P), B + 2 * P);
	must_eq(pages(), 3);
	must_eq(brk_to(B + 2 * P + 5), B + 2 * P + 5);
	must_eq(cpu_read(&as, B + 2 * P), 0);
	must_eq(brk_to(B + P - 8), B + P - 8);
	must_eq(pages(), 1);
	/* The piece below is the heap again, to the byte. */
	must_eq(as.heap->start, B);
	must_eq(brk_to(B + P - 1), B + P - 1);
	must_eq(brk_to(B), B);
	must_eq(pages(), 0);
}
END_TEST

/* What is unmapped or mapped around an empty heap does not move the break. */
START_TEST(test_break_of_empty_heap)
{
	begin();
	must_eq(brk_to(B + 3 * P + 100), B + 3 * P + 100);
	ck_assert_int_eq(as_munmap(&as, B, B + 4 * P), ERR_OK);
	must_eq(brk_to(0), B + 3 * P + 100);
	ck_assert_int_eq(as_munmap(&as, B, B + 8 * P), ERR_OK);
	must_eq(brk_to(0), B + 3 * P + 100);
	must_eq(as.brk_start, B);
	/* A mapping that ends where the heap goes on. */
	ck_assert_int_eq(as_mmap(&as, &(struct map_place){ .hint = B + 3 * P, .len = P,
	    .fixed = true }, &(struct region_like){ .perm = MEMPERM_UR }, &(vaddr_t){ 0 }), ERR_OK);
	must_eq(as.brk_start, B);
	must_eq(brk_to(0), B + 3 * P + 100);
	must_eq(brk_to(B + 5 * P), B + 5 * P);
	must_eq(brk_to(B + 5 * P + 9), B + 5 * P + 9);
	/* The tail of the heap goes: its break stays. */
	ck_assert_int_eq(as_munmap(&as, B + 5 * P, B + 6 * P), ERR_OK);
	must_eq(brk_to(0), B + 5 * P + 9);
	must_eq(brk_to(B + 8 * P), B + 8 * P);
	ck_assert_int_eq(as_munmap(&as, B + 7 * P, B + 8 * P), ERR_OK);
	must_eq(brk_to(0), B + 8 * P);
	must_eq(cpu_access(&as, B + 7 * P, 0), SEGV);
}
END_TEST

/* A heap that would promise more than the machine has. */
START_TEST(test_promise)
{
	size_t all;

	begin();
	all = pmem_total_count();
	must_eq(brk_to(B + (all + 1) * P), B);
	must_eq(brk_to(B + all * P), B + all * P);
	must_eq(brk_to(B), B);
	as.heap->flags |= REGION_NORESERVE;
	must_eq(brk_to(B + (all + 1) * P), B + (all + 1) * P);
}
END_TEST

/* E10: a child's break is its own. */
START_TEST(test_fork)
{
	struct addrspace child;

	begin();
	as.stack_limit = 123 * P;
	as.arg_start = 1, as.arg_end = 2;
	must_eq(brk_to(B + 2 * P + 7), B + 2 * P + 7);
	ck_assert_int_eq(as_init(&child), ERR_OK);
	ck_assert_int_eq(as_copy(&child, &as), ERR_OK);
	must_eq(as_brk(&child, 0, SIZE_MAX), B + 2 * P + 7);
	must_eq(as_brk(&child, B + P, SIZE_MAX), B + P);
	must_eq(child.brk_start, B);
	must_eq(brk_to(0), B + 2 * P + 7);
	must_eq(child.map_top, as.map_top);
	must_eq(child.stack_limit, 123 * P);
	must(child.arg_start == 1 && child.arg_end == 2);
}
END_TEST

HOST_MAIN("brk", test_case_table_2, test_regrow, test_next_mapping, test_limit,
    test_mapping_at_break, test_whole_heap_unmapped, test_mapping_over_break,
    test_mapping_in_page_of_break, test_pieces, test_unmapped_heap, test_exact_in_pieces,
    test_break_of_empty_heap, test_promise, test_fork)
