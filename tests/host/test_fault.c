/* SPDX-License-Identifier: MIT */
/*
 * Page faults: who gets which frame.  Free frames are counted exactly after every step.
 * host-test: MM kernel/pgfault.c tests/host/cpu.c tests/host/store.c tests/host/space.c
 * host-test: tests/host/invariants.c tests/host/fakes.c
 */
#include "host.h"

#include "cpu.h"
#include "mm/fault.h"
#include "mm/map.h"
#include "mm/pmem.h"
#include "mm/regiontree.h"
#include "space.h"
#include "store.h"

#define MIB	0x100000ul
#define BASE	0x10000000ul
#define PAGE(n)	(BASE + (size_t)(n) * PG_SIZE)
#define TABLES	3			/* for one page, besides the root */

static struct host_store store;
static struct addrspace child;
static size_t free_frames;

static void
begin(void)
{
	space_begin(4 * MIB);
	vm_init();
	vpmap_load(&as.vpmap);
	free_frames = pmem_free_count();
}

/* So many frames have gone since the last time. */
static void
expect_taken(long n)
{
	must_eq(free_frames - pmem_free_count(), n);
	free_frames = pmem_free_count();
	check_space(&as);
}

static struct memregion *
map(int first, int pages, memperm_t perm, unsigned flags)
{
	struct memregion *r = as_map_memregion(&as, PAGE(first), pages * PG_SIZE, perm, NULL, 0, 0);

	ck_assert_ptr_nonnull(r);
	r->flags = flags;
	regiontree_update(r);
	free_frames = pmem_free_count();
	return r;
}

/* A region that shows the store from page OFS on. */
static struct memregion *
map_store(int first, int pages, memperm_t perm, int ofs, int shared)
{
	struct memregion *r = as_map_memregion(&as, PAGE(first), pages * PG_SIZE, perm,
	    &store.store, ofs * PG_SIZE, shared);

	ck_assert_ptr_nonnull(r);
	free_frames = pmem_free_count();
	return r;
}

static void
fork_child(void)
{
	ck_assert_int_eq(as_init(&child), ERR_OK);
	ck_assert_int_eq(as_copy(&child, &as), ERR_OK);
	free_frames = pmem_free_count();
}

/* C1, C24: reading shares one page of zeros; writing gets a frame of its own. */
START_TEST(test_zero_page)
{
	paddr_t zero;

	begin();
	map(0, 64, MEMPERM_URW, REGION_ANYWHERE);
	ck_assert_int_eq(cpu_read(&as, PAGE(3) + 17), 0);
	expect_taken(TABLES);
	zero = frame_at(&as, PAGE(3));
	for (int i = 0; i < 64; i++) {
		ck_assert_int_eq(cpu_read(&as, PAGE(i)), 0);
		ck_assert_uint_eq(frame_at(&as, PAGE(i)), zero);
	}
	expect_taken(0);
	must_eq(pmem_get_refcnt(zero), 65);
	cpu_write(&as, PAGE(3), 7);
	expect_taken(1);
	ck_assert_uint_ne(frame_at(&as, PAGE(3)), zero);
	must_eq(pmem_get_refcnt(zero), 64);
	for (int i = 1; i < PG_SIZE; i++)
		must_eq(peek(&as, PAGE(3) + i), 0);
	ck_assert_int_eq(cpu_read(&as, PAGE(4)), 0);
	cpu_write(&as, PAGE(3), 8);
	expect_taken(0);
	ck_assert_int_eq(as_munmap(&as, PAGE(0), PAGE(64)), ERR_OK);
	expect_taken(-1 - TABLES - 1);			/* its kmalloc slab, too */
	must_eq(pmem_get_refcnt(zero), 1);
}
END_TEST

/* G5: munmap gives back the frames of what was touched, at once; shared ones lose an owner. */
START_TEST(test_unmapped_frames)
{
	paddr_t shared;

	begin();
	map(0, 100, MEMPERM_URW, REGION_ANYWHERE);
	for (int i = 0; i < 60; i++)
		cpu_write(&as, PAGE(i), 1);
	expect_taken(60 + TABLES);
	ck_assert_int_eq(as_munmap(&as, PAGE(50), PAGE(80)), ERR_OK);
	expect_taken(-10);
	ck_assert_int_eq(as_munmap(&as, PAGE(49), PAGE(50)), ERR_OK);
	expect_taken(-1);
	fork_child();
	shared = frame_at(&as, PAGE(3));
	ck_assert_int_eq(as_munmap(&as, PAGE(0), PAGE(10)), ERR_OK);
	expect_taken(0);
	must_eq(pmem_get_refcnt(shared), 1);
	ck_assert_int_eq(cpu_read(&child, PAGE(3)), 1);
	ck_assert_int_eq(as_munmap(&child, PAGE(3), PAGE(4)), ERR_OK);
	expect_taken(-1);
	must_eq(pmem_get_refcnt(shared), 0);
}
END_TEST

/* C2: a first write gets zeros, whatever was in the frame; of the heap and of stacks too. */
START_TEST(test_fresh_page)
{
	static const unsigned flags[] = { REGION_ANYWHERE, REGION_HEAP, REGION_GROWSDOWN,
		REGION_IMAGE, 0 };

	begin();
	for (size_t i = 0; i < array_len(flags); i++) {
		map(4 * i, 2, MEMPERM_URW, flags[i]);
		cpu_write(&as, PAGE(4 * i) + 5, 1);
		for (int k = 0; k < PG_SIZE; k++)
			must_eq(peek(&as, PAGE(4 * i) + k), k == 5);
		/* Where nothing shares the zero page, a read gets its own frame, too. */
		ck_assert_int_eq(cpu_read(&as, PAGE(4 * i + 1)), 0);
		expect_taken(i == 0 ? 1 + TABLES : 2);
	}
}
END_TEST

/* C5, C6, C8, C9: who is refused. */
START_TEST(test_refusals)
{
	static const struct { memperm_t perm; unsigned what; enum access_result want; } cases[] = {
		{ MEMPERM_NONE, 0, SEGV }, { MEMPERM_NONE, PF_WRITE, SEGV },
		{ MEMPERM_NONE, PF_FETCH, SEGV }, { MEMPERM_UR, 0, DONE },
		{ MEMPERM_UR, PF_WRITE, SEGV }, { MEMPERM_UR, PF_FETCH, SEGV },
		{ MEMPERM_URW, 0, DONE }, { MEMPERM_URW, PF_WRITE, DONE },
		{ MEMPERM_URW, PF_FETCH, SEGV }, { MEMPERM_URX, 0, DONE },
		{ MEMPERM_URX, PF_WRITE, SEGV }, { MEMPERM_URX, PF_FETCH, DONE },
		{ MEMPERM_URWX, PF_WRITE, DONE }, { MEMPERM_URWX, PF_FETCH, DONE },
	};
	static const unsigned flags[] = { REGION_ANYWHERE, REGION_IMAGE, 0 };

	begin();
	for (size_t f = 0; f < array_len(flags); f++) {
		for (size_t i = 0; i < array_len(cases); i++) {
			struct memregion *r = map(2, 1, cases[i].perm, flags[f]);

			must_eq(cpu_access(&as, PAGE(2), cases[i].what), cases[i].want);
			must_eq(cpu_access(&as, PAGE(2), cases[i].what), cases[i].want);
			must_eq(cpu_access(&as, PAGE(1) + PG_SIZE - 1, cases[i].what), SEGV);
			must_eq(cpu_access(&as, PAGE(3), cases[i].what), SEGV);
			check_space(&as);
			as_unmap_memregion(r);
		}
	}
	must_eq(cpu_access(&as, 0, 0), SEGV);
	must_eq(cpu_access(&as, 8, PF_WRITE), SEGV);
}
END_TEST

/* C18: a fault on an entry that allows the access already takes nothing. */
START_TEST(test_stale_translation)
{
	paddr_t p;

	begin();
	map(0, 1, MEMPERM_URW, REGION_ANYWHERE);
	cpu_write(&as, PAGE(0), 1);
	p = frame_at(&as, PAGE(0));
	expect_taken(1 + TABLES);
	ck_assert_int_eq(vm_fault(&as, PAGE(0), PF_PRESENT | PF_WRITE | PF_USER), VM_SERVED);
	ck_assert_uint_eq(frame_at(&as, PAGE(0)), p);
	expect_taken(0);
}
END_TEST

/* K1, K3, K4: writers after a fork each get a copy, but for the last, who keeps the frame. */
START_TEST(test_copy_on_write)
{
	static struct addrspace grandchild;
	paddr_t p;

	begin();
	map(0, 2, MEMPERM_URW, REGION_ANYWHERE);
	cpu_write(&as, PAGE(0) + 9, 1);
	p = frame_at(&as, PAGE(0));
	tlb_begin(&as, PAGE(0), 1);
	fork_child();
	tlb_check();					/* the parent lost its write right */
	ck_assert_int_eq(as_init(&grandchild), ERR_OK);
	ck_assert_int_eq(as_copy(&grandchild, &child), ERR_OK);
	free_frames = pmem_free_count();
	must_eq(pmem_get_refcnt(p), 3);

	cpu_write(&child, PAGE(0) + 10, 2);
	expect_taken(1);
	ck_assert_uint_ne(frame_at(&child, PAGE(0)), p);
	ck_assert_int_eq(peek(&child, PAGE(0) + 9), 1);
	cpu_write(&as, PAGE(0) + 10, 3);
	expect_taken(1);
	must_eq(pmem_get_refcnt(p), 1);
	cpu_write(&grandchild, PAGE(0) + 10, 4);	/* K4: no copy */
	expect_taken(0);
	ck_assert_uint_eq(frame_at(&grandchild, PAGE(0)), p);
	ck_assert_int_eq(peek(&as, PAGE(0) + 10), 3);
	ck_assert_int_eq(peek(&child, PAGE(0) + 10), 2);
	ck_assert_int_eq(peek(&grandchild, PAGE(0) + 10), 4);
	for (int i = 0; i < 9; i++)
		ck_assert_int_eq(peek(&child, PAGE(0) + i), 0);
	check_space(&child);
	check_space(&grandchild);
	vpmap_load(&as.vpmap);
	as_destroy(&child);
	as_destroy(&grandchild);
	check_space(&as);
}
END_TEST

/* N20: when no two free frames lie side by side, everything works that works otherwise. */
START_TEST(test_scattered_frames)
{
	enum { PAGES = 100 };
	paddr_t frames[1024], pair;
	size_t n = 0;

	begin();
	while (pmem_alloc(&frames[n]) == ERR_OK)
		n++;
	for (size_t i = 0; i < n; i++) {
		if (frames[i] / PG_SIZE % 2 == 0)
			pmem_free(frames[i]);
	}
	must_eq(pmem_nalloc(&pair, 2), ERR_NOMEM);
	map(0, PAGES, MEMPERM_URW, REGION_ANYWHERE);
	for (int i = 0; i < PAGES; i++)
		cpu_write(&as, PAGE(i), i + 1);
	fork_child();
	for (int i = 0; i < PAGES; i++)
		cpu_write(&child, PAGE(i), i + 2);
	for (int i = 0; i < PAGES; i++)
		must(cpu_read(&as, PAGE(i)) == i + 1 && cpu_read(&child, PAGE(i)) == i + 2);
	check_space(&as);
	check_space(&child);
}
END_TEST

/* H4, H6, K5: rights that come and go never make a shared frame writable. */
START_TEST(test_protect_shared_frame)
{
	begin();
	map(0, 1, MEMPERM_URW, REGION_ANYWHERE);
	cpu_write(&as, PAGE(0), 1);
	fork_child();
	ck_assert_int_eq(as_mprotect(&child, PAGE(0), PAGE(1), MEMPERM_NONE), ERR_OK);
	must_eq(cpu_access(&child, PAGE(0), 0), SEGV);
	ck_assert_int_eq(as_mprotect(&child, PAGE(0), PAGE(1), MEMPERM_UR), ERR_OK);
	must_eq(cpu_access(&child, PAGE(0), PF_WRITE), SEGV);
	ck_assert_int_eq(as_mprotect(&child, PAGE(0), PAGE(1), MEMPERM_URW), ERR_OK);
	check_space(&child);
	ck_assert_int_eq(cpu_read(&child, PAGE(0)), 1);
	cpu_write(&child, PAGE(0), 2);
	ck_assert_int_eq(cpu_read(&as, PAGE(0)), 1);
	/* A frame of one's own is writable at once. */
	ck_assert_int_eq(as_mprotect(&child, PAGE(0), PAGE(1), MEMPERM_UR), ERR_OK);
	ck_assert_int_eq(as_mprotect(&child, PAGE(0), PAGE(1), MEMPERM_URW), ERR_OK);
	must_eq(rights(&child, PAGE(0)), MEMPERM_URW);
	must_eq(rights(&as, PAGE(0)), MEMPERM_UR);
}
END_TEST

/* F17: a private mapping reads the file's own page, and writes to a copy. */
START_TEST(test_private_store)
{
	begin();
	host_store_init(&store, NULL, 3 * PG_SIZE + 5);
	map_store(0, 5, MEMPERM_URW, 1, 0);
	ck_assert_int_eq(cpu_read(&as, PAGE(0)), 2);
	expect_taken(1 + TABLES);
	ck_assert_uint_eq(frame_at(&as, PAGE(0)), store.frames[1]);
	cpu_write(&as, PAGE(0), 99);
	expect_taken(1);
	cpu_write(&as, PAGE(1) + 1, 99);		/* at once, without a read before */
	expect_taken(2);
	ck_assert_int_eq(peek(&as, PAGE(1)), 3);
	for (int i = 0; i < 2; i++) {
		must_eq(pmem_get_refcnt(store.frames[i + 1]), 1);
		must_eq(*(uint8_t *)kmap_p2v(store.frames[i + 1] + i), i + 2);
		must_eq(rights(&as, PAGE(i)), MEMPERM_URW);
	}
	must(!store.dirty[1] && !store.dirty[2]);

	/* F18: the rest of the last page is zero.  C16: behind it there is nothing. */
	ck_assert_int_eq(cpu_read(&as, PAGE(2) + 4), 4);
	ck_assert_int_eq(cpu_read(&as, PAGE(2) + 5), 0);
	must_eq(cpu_access(&as, PAGE(3), 0), BUS);
	must_eq(cpu_access(&as, PAGE(3), PF_WRITE), BUS);
	ck_assert_int_eq(vm_fault(&as, PAGE(4), 0), VM_NO_DATA);
	ck_assert_int_eq(as_munmap(&as, PAGE(0), PAGE(5)), ERR_OK);
	must_eq(store.users, 0);
}
END_TEST

/* F19: a shared mapping writes to the file's page, which is told so at the first write. */
START_TEST(test_shared_store)
{
	begin();
	host_store_init(&store, NULL, 3 * PG_SIZE);
	map_store(0, 3, MEMPERM_URW, 0, 1);
	ck_assert_int_eq(cpu_read(&as, PAGE(1)), 2);
	must(!store.dirty[1]);
	must_eq(rights(&as, PAGE(1)), MEMPERM_UR);
	ck_assert_int_eq(cpu_read(&as, PAGE(2)), 3);
	cpu_write(&as, PAGE(1), 50);
	must_eq(rights(&as, PAGE(2)), MEMPERM_UR);	/* the next page is not told yet */
	must(store.dirty[1]);
	ck_assert_uint_eq(frame_at(&as, PAGE(1)), store.frames[1]);
	must_eq(pmem_get_refcnt(store.frames[1]), 2);
	cpu_write(&as, PAGE(2), 60);
	must(store.dirty[2] && !store.dirty[0]);
	/* Rights taken and given again: the next write is told again. */
	store.dirty[2] = false;
	ck_assert_int_eq(as_mprotect(&as, PAGE(0), PAGE(3), MEMPERM_UR), ERR_OK);
	must_eq(cpu_access(&as, PAGE(2), PF_WRITE), SEGV);
	ck_assert_int_eq(as_mprotect(&as, PAGE(0), PAGE(3), MEMPERM_URW), ERR_OK);
	cpu_write(&as, PAGE(2), 61);
	must(store.dirty[2]);
	cpu_write(&as, PAGE(1), 52);
	/* K6: after a fork both have the same page, and may go on writing. */
	fork_child();
	cpu_write(&child, PAGE(1), 51);
	ck_assert_int_eq(cpu_read(&as, PAGE(1)), 51);
	must_eq(pmem_get_refcnt(store.frames[1]), 3);
	must_eq(rights(&as, PAGE(1)), MEMPERM_URW);
	vpmap_load(&as.vpmap);
	as_destroy(&child);
	must_eq(store.users, 1);
	check_space(&as);
}
END_TEST

/* C16: what is behind a new end of the file goes, private copies too. */
START_TEST(test_truncate)
{
	begin();
	host_store_init(&store, NULL, 6 * PG_SIZE);
	map_store(0, 4, MEMPERM_URW, 1, 0);			/* file pages 1 to 4 */
	map_store(10, 6, MEMPERM_UR, 0, 1);
	for (int i = 0; i < 4; i++)
		cpu_write(&as, PAGE(i), 70 + i);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(cpu_read(&as, PAGE(10 + i)), i + 1);
	map(4, 1, MEMPERM_URW, REGION_ANYWHERE);
	cpu_write(&as, PAGE(4), 90);			/* right behind */
	free_frames = pmem_free_count();
	tlb_begin(&as, PAGE(0), 20);
	memstore_unmap(&store.store, 3);
	tlb_check();
	expect_taken(-2);				/* the copies of 3 and 4 */
	must_eq(peek(&as, PAGE(4)), 90);
	must_eq(pmem_get_refcnt(store.frames[4]), 1);
	for (int i = 0; i < 4; i++)
		must_eq(peek(&as, PAGE(i)), i < 2 ? 70 + i : -1);
	for (int i = 0; i < 6; i++)
		must_eq(peek(&as, PAGE(10 + i)), i < 3 ? i + 1 : -1);
	check_space(&as);
	memstore_unmap(&store.store, 6);			/* nothing shows that */
	memstore_unmap(&store.store, 0);
	must_eq(vpmap_count(&as.vpmap, 0, USER_END), 1);
}
END_TEST

HOST_MAIN("fault", test_zero_page, test_unmapped_frames, test_fresh_page, test_refusals,
    test_stale_translation, test_copy_on_write, test_scattered_frames, test_protect_shared_frame,
    test_private_store, test_shared_store, test_truncate)
