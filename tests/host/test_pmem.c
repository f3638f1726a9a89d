/* SPDX-License-Identifier: MIT */
/*
 * Physical memory.
 * host-test: kernel/mm/pmem.c kernel/lock.c tests/host/fakes.c
 */
#include "host.h"

#include "boot/bootinfo.h"
#include "mm/pmem.h"

#define MIB		0x100000ul
#define IMAGE_END	(KERN_LOAD + 16 * PG_SIZE)	/* of the image in fakes.c */
#define MAX_FRAMES	1024

/* Take all frames there are into FRAMES.  => how many */
static size_t
take_all(paddr_t *frames)
{
	size_t n = 0;
	paddr_t p;

	while (pmem_alloc(&p) == ERR_OK) {
		ck_assert_uint_lt(n, MAX_FRAMES);
		frames[n++] = p;
	}
	return n;
}

START_TEST(test_every_frame_once)
{
	static bool seen[MAX_FRAMES];
	paddr_t frames[MAX_FRAMES], p = 42;
	size_t n, free;

	host_memory_init(4 * MIB);
	free = pmem_free_count();
	ck_assert_uint_eq(pmem_total_count(), free);
	ck_assert_uint_eq(pmem_end(), 4 * MIB);
	n = take_all(frames);
	ck_assert_uint_eq(n, free);
	ck_assert_uint_eq(pmem_free_count(), 0);
	for (size_t i = 0; i < n; i++) {
		ck_assert(pg_aligned(frames[i]) && frames[i] < 4 * MIB);
		ck_assert_uint_ge(frames[i], IMAGE_END);
		ck_assert(!seen[frames[i] / PG_SIZE]);
		seen[frames[i] / PG_SIZE] = true;
		ck_assert_int_eq(pmem_get_refcnt(frames[i]), 1);
		/* Nothing of pmem's is there. */
		memset((void *)kmap_p2v(frames[i]), 0xa5, PG_SIZE);
	}
	ck_assert_int_eq(pmem_alloc(&p), ERR_NOMEM);
	ck_assert_uint_eq(p, 42);
	for (size_t i = 0; i < n; i++)
		pmem_free(frames[i]);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

/* N20: what the memory map says is used, what it does not say is not. */
START_TEST(test_holes_and_archive)
{
	struct bootinfo bi = { .loader = "host", .n_usable = 4 };
	paddr_t frames[MAX_FRAMES];
	size_t n, above = 0;

	host_memory_make(4 * MIB);
	bi.usable[0] = (struct mem_range){ 0, 0x9fc00 };	/* below 1 MiB: left alone */
	bi.usable[1] = (struct mem_range){ 1 * MIB, 2 * MIB + 123 };	/* ends within a page */
	bi.usable[2] = (struct mem_range){ 3 * MIB + 1, 4 * MIB };	/* starts within a page */
	bi.usable[3] = (struct mem_range){ 3 * MIB + 8192, 3 * MIB + 16384 };	/* twice */
	bi.initrd = IMAGE_END + 100;
	bi.initrd_size = 10000;
	pmem_init(&bi);
	n = take_all(frames);
	ck_assert_uint_eq(n, pmem_total_count());
	for (size_t i = 0; i < n; i++) {
		paddr_t p = frames[i];

		ck_assert((p >= IMAGE_END && p < 2 * MIB) ||
		    (p >= 3 * MIB + PG_SIZE && p < 4 * MIB));
		ck_assert(p + PG_SIZE <= bi.initrd || p >= bi.initrd + bi.initrd_size);
		above += p >= 3 * MIB;
	}
	ck_assert_uint_eq(above, MIB / PG_SIZE - 1);
	ck_assert(!pmem_managed(0) && !pmem_managed(0x1000) && !pmem_managed(KERN_LOAD));
	ck_assert(!pmem_managed(2 * MIB) && !pmem_managed(3 * MIB));
	ck_assert(pmem_managed(3 * MIB + PG_SIZE) && pmem_managed(4 * MIB - 1));
	ck_assert(!pmem_managed(4 * MIB) && !pmem_managed(UINT64_MAX));
}
END_TEST

static paddr_t
array_start(void)
{
	return kmap_v2p((vaddr_t)pmem_frames);
}

/* The array of frames lies in whole pages of its own, wherever the rest is. */
START_TEST(test_array)
{
	paddr_t frames[MAX_FRAMES], end;
	size_t n;
	struct bootinfo bi = { .loader = "host", .n_usable = 1 };

	/* Its size is not that of whole pages. */
	host_memory_make(4 * MIB);
	bi.usable[0] = (struct mem_range){ 0, 4 * MIB - 5 * PG_SIZE };
	pmem_init(&bi);
	end = array_start() + pg_round_up(pmem_n_frames * sizeof(struct frame));
	ck_assert(!pmem_managed(pmem_end()));
	n = take_all(frames);
	for (size_t i = 0; i < n; i++) {
		ck_assert(frames[i] + PG_SIZE <= array_start() || frames[i] >= end);
		memset((void *)kmap_p2v(frames[i]), 0xff, PG_SIZE);
	}
	ck_assert_int_eq(pmem_get_refcnt(frames[0]), 1);

	/* Where it could begin is not a page's start; what is past the list is not looked at. */
	bi.usable[0] = (struct mem_range){ IMAGE_END + 100, 3 * MIB };
	bi.usable[1] = (struct mem_range){ MIB, 4 * MIB };
	pmem_init(&bi);
	ck_assert_uint_eq(array_start(), IMAGE_END + PG_SIZE);
	ck_assert_uint_eq(pmem_end(), 3 * MIB);

	/* The archive where it would begin, and elsewhere. */
	bi.usable[0] = (struct mem_range){ 0, 4 * MIB };
	bi.initrd = IMAGE_END + 100;
	bi.initrd_size = 10000;
	pmem_init(&bi);
	ck_assert_uint_eq(array_start(), pg_round_up(bi.initrd + bi.initrd_size));
	bi.initrd = 4 * MIB - 8192;
	bi.initrd_size = 8192;
	pmem_init(&bi);
	ck_assert_uint_eq(array_start(), IMAGE_END);
	bi.initrd = KERN_LOAD - PG_SIZE;
	bi.initrd_size = PG_SIZE;			/* right below */
	pmem_init(&bi);
	ck_assert_uint_eq(array_start(), IMAGE_END);
}
END_TEST

/* Frames that were given back as zeros come as zeros, once, and count as free like any. */
START_TEST(test_zeroed)
{
	static const uint8_t zeros[PG_SIZE];
	paddr_t frames[MAX_FRAMES], p, q;
	size_t n, free;

	host_memory_init(4 * MIB);
	free = pmem_free_count();
	ck_assert_int_eq(pmem_alloc_zeroed(&p), ERR_OK);
	ck_assert_mem_eq((void *)kmap_p2v(p), zeros, PG_SIZE);
	ck_assert_uint_eq(*pmem_note(p), 0);
	pmem_free_zeroed(p);
	ck_assert_uint_eq(pmem_free_count(), free);
	ck_assert_int_eq(pmem_alloc(&q), ERR_OK);	/* who does not care takes another */
	ck_assert_uint_ne(q, p);
	memset((void *)kmap_p2v(q), 0xee, PG_SIZE);
	pmem_free(q);
	ck_assert_int_eq(pmem_alloc_zeroed(&q), ERR_OK);
	ck_assert_uint_eq(q, p);
	ck_assert_uint_eq(*pmem_note(q), 0);
	ck_assert_int_eq(pmem_alloc_zeroed(&p), ERR_OK);	/* there is only one */
	ck_assert_mem_eq((void *)kmap_p2v(p), zeros, PG_SIZE);
	pmem_free_zeroed(p);
	pmem_free_zeroed(q);
	expect_panic(pmem_free_zeroed(q), "is free already");
	/* The others first; then they, for anybody. */
	n = take_all(frames);
	ck_assert_uint_eq(n, free);
	ck_assert(frames[n - 1] == p || frames[n - 1] == q);
	memset((void *)kmap_p2v(frames[n - 1]), 0xee, PG_SIZE);
	ck_assert_int_eq(pmem_alloc_zeroed(&p), ERR_NOMEM);
	pmem_free(frames[n - 1]);
	ck_assert_int_eq(pmem_alloc_zeroed(&p), ERR_OK);
	ck_assert_mem_eq((void *)kmap_p2v(p), zeros, PG_SIZE);
	pmem_inc_refcnt(p, 1);
	expect_panic(pmem_free_zeroed(p), "2 owners");
}
END_TEST

START_TEST(test_no_room)
{
	struct bootinfo bi = { .loader = "host", .n_usable = 1 };

	host_memory_make(2 * MIB);
	bi.usable[0] = (struct mem_range){ 0, IMAGE_END };
	bi.usable[1] = (struct mem_range){ 0, 2 * MIB };	/* does not count */
	expect_panic(pmem_init(&bi), "no room");
}
END_TEST

START_TEST(test_last_freed_comes_first)
{
	paddr_t a, b, c;

	host_memory_init(4 * MIB);
	ck_assert_int_eq(pmem_alloc(&a), ERR_OK);
	ck_assert_int_eq(pmem_alloc(&b), ERR_OK);
	pmem_free(a);
	pmem_free(b);
	ck_assert_int_eq(pmem_alloc(&c), ERR_OK);
	ck_assert_uint_eq(c, b);
}
END_TEST

START_TEST(test_counts)
{
	size_t free;
	paddr_t p;

	host_memory_init(4 * MIB);
	free = pmem_free_count();
	ck_assert_int_eq(pmem_alloc(&p), ERR_OK);
	pmem_inc_refcnt(p, 2);
	ck_assert_int_eq(pmem_get_refcnt(p), 3);
	pmem_inc_refcnt(p, 0);
	ck_assert_int_eq(pmem_get_refcnt(p), 3);
	pmem_dec_refcnt(p);
	pmem_dec_refcnt(p);
	ck_assert_int_eq(pmem_get_refcnt(p), 1);
	ck_assert_uint_eq(pmem_free_count(), free - 1);
	pmem_dec_refcnt(p);
	ck_assert_uint_eq(pmem_free_count(), free);
	ck_assert_int_eq(pmem_get_refcnt(p), 0);
}
END_TEST

/* B11: a frame given back twice, or that is nobody's, is no silent matter. */
START_TEST(test_misuse)
{
	static const paddr_t no_frame[] = { 1, 0x1000, 2 * MIB + 1, 4 * MIB,
		UINT64_MAX - PG_SIZE + 1 };
	paddr_t p, q;

	host_memory_init(4 * MIB);
	ck_assert_int_eq(pmem_alloc(&p), ERR_OK);
	ck_assert_int_eq(pmem_alloc(&q), ERR_OK);
	pmem_inc_refcnt(q, 1);
	pmem_free(p);
	expect_panic(pmem_free(p), "is free already");
	expect_panic(pmem_dec_refcnt(p), "is free already");
	expect_panic(pmem_inc_refcnt(p, 1), "is free already");
	expect_panic(pmem_free(q), "2 owners");
	for (size_t i = 0; i < array_len(no_frame); i++) {
		expect_panic(pmem_free(no_frame[i]), "not the address");
		expect_panic(pmem_dec_refcnt(no_frame[i]), "not the address");
		expect_panic(pmem_inc_refcnt(no_frame[i], 1), "not the address");
	}
	expect_panic(pmem_free(0), "0x0");
	expect_panic(pmem_nfree(q, 2), "2 owners");
	expect_panic((void)!pmem_nalloc(&q, 0), "assertion");
}
END_TEST

START_TEST(test_rows)
{
	paddr_t frames[MAX_FRAMES], p = 42;
	size_t n, free;

	host_memory_init(4 * MIB);
	free = pmem_free_count();
	ck_assert_int_eq(pmem_nalloc(&p, 7), ERR_OK);
	for (int i = 0; i < 7; i++)
		ck_assert_int_eq(pmem_get_refcnt(p + i * PG_SIZE), 1);
	ck_assert_uint_eq(pmem_free_count(), free - 7);
	pmem_nfree(p, 7);
	ck_assert_uint_eq(pmem_free_count(), free);

	/* Every other frame free: there are many, but no two in a row... */
	n = take_all(frames);
	for (size_t i = 0; i < n; i++) {
		if (frames[i] / PG_SIZE % 2 == 0)
			pmem_free(frames[i]);
	}
	p = 42;
	ck_assert_int_eq(pmem_nalloc(&p, 2), ERR_NOMEM);
	ck_assert_uint_eq(p, 42);
	/* ... until one between two of them comes back. */
	for (size_t i = 0; i < n; i++) {
		if (frames[i] == 3 * MIB + PG_SIZE)
			pmem_free(frames[i]);
	}
	ck_assert_int_eq(pmem_nalloc(&p, 3), ERR_OK);
	ck_assert_uint_eq(p, 3 * MIB);
	ck_assert_int_eq(pmem_nalloc(&p, 1), ERR_OK);
	ck_assert_int_eq(pmem_nalloc(&p, SIZE_MAX), ERR_NOMEM);
}
END_TEST

/* A device's frames have one owner for good, and are no memory. */
START_TEST(test_adopt)
{
	size_t free;

	host_memory_init(4 * MIB);
	free = pmem_free_count();
	pmem_adopt(KERN_LOAD, KERN_LOAD + 2 * PG_SIZE);
	ck_assert(pmem_managed(KERN_LOAD) && pmem_managed(KERN_LOAD + PG_SIZE));
	ck_assert(!pmem_managed(KERN_LOAD - PG_SIZE) && !pmem_managed(KERN_LOAD + 2 * PG_SIZE));
	ck_assert_int_eq(pmem_get_refcnt(KERN_LOAD), 1);
	ck_assert_int_eq(pmem_get_refcnt(KERN_LOAD + PG_SIZE), 1);
	ck_assert_uint_eq(pmem_free_count(), free);
	expect_panic(pmem_adopt(KERN_LOAD, KERN_LOAD + PG_SIZE), "FRAME_RESERVED");
}
END_TEST

HOST_MAIN("pmem", test_every_frame_once, test_holes_and_archive, test_array, test_zeroed,
    test_no_room, test_last_freed_comes_first, test_counts, test_misuse, test_rows,
    test_adopt)
