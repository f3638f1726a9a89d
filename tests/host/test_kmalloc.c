/* SPDX-License-Identifier: MIT */
/*
 * Small objects.
 * host-test: kernel/mm/kmalloc.c kernel/mm/pmem.c kernel/lock.c tests/host/fakes.c
 */
#include "host.h"

#include "mm/kmalloc.h"
#include "mm/pmem.h"

#define MIB		0x100000ul
#define MAX_OBJECTS	400
#define MAX_SIZE	9000

struct object {
	uint8_t *p;
	size_t size;
	uint8_t pattern;
};

static bool
intact(const struct object *o)
{
	for (size_t i = 0; i < o->size; i++) {
		if (o->p[i] != o->pattern)
			return false;
	}
	return true;
}

START_TEST(test_every_size)
{
	size_t free;

	host_memory_init(4 * MIB);
	free = pmem_free_count();
	for (size_t size = 1; size <= MAX_SIZE; size++) {
		void *p = kmalloc(size);

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq((uintptr_t)p % 16, 0);
		ck_assert(size < PG_SIZE / 2 || pg_aligned((vaddr_t)p));
		ck_assert_int_eq(host_objects, 1);
		memset(p, 0xff, size);
		kfree(p);
		ck_assert_int_eq(host_objects, 0);
		ck_assert_uint_eq(pmem_free_count(), free);
	}
}
END_TEST

/* Objects of all sizes come and go; none overlaps another, and at last all memory is back. */
START_TEST(test_stress)
{
	static struct object objects[MAX_OBJECTS];
	size_t free;

	host_memory_init(8 * MIB);
	free = pmem_free_count();
	srand(1);
	for (int round = 0; round < 40000; round++) {
		struct object *o = &objects[rand() % MAX_OBJECTS];

		if (o->p != NULL) {
			ck_assert(intact(o));
			kfree(o->p);
			o->p = NULL;
			continue;
		}
		o->size = rand() % (rand() % 8 == 0 ? MAX_SIZE : 300) + 1;
		o->pattern = rand();
		o->p = kmalloc(o->size);
		ck_assert_ptr_nonnull(o->p);
		memset(o->p, o->pattern, o->size);
	}
	for (int i = 0; i < MAX_OBJECTS; i++) {
		ck_assert(objects[i].p == NULL || intact(&objects[i]));
		kfree(objects[i].p);
	}
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

START_TEST(test_out_of_memory)
{
	static void *objects[8000];
	size_t n = 0, free;

	host_memory_init(2 * MIB);
	free = pmem_free_count();
	ck_assert_ptr_null(kmalloc(0));
	ck_assert_ptr_null(kmalloc(2 * MIB));
	ck_assert_ptr_null(kmalloc(SIZE_MAX));
	ck_assert_ptr_null(kmalloc(SIZE_MAX - PG_SIZE));
	ck_assert_uint_eq(pmem_free_count(), free);
	while ((objects[n] = kmalloc(1000)) != NULL)
		n++;
	ck_assert_uint_eq(n, free * 3);
	ck_assert_uint_eq(pmem_free_count(), 0);
	ck_assert_ptr_null(kmalloc(PG_SIZE));
	ck_assert_ptr_null(kzalloc(16));
	while (n-- > 0)
		kfree(objects[n]);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

/* An object takes no more than the next power of two. */
START_TEST(test_classes)
{
	host_memory_init(4 * MIB);
	for (size_t size = 16; size <= 1024; size *= 2) {
		void *objects[256];
		size_t fit = (PG_SIZE - 48) / size, free = pmem_free_count();

		for (size_t i = 0; i < fit; i++)
			objects[i] = kmalloc(i % 2 == 0 ? size : size / 2 + 1);
		ck_assert_uint_eq(free - pmem_free_count(), 1);
		kfree(objects[--fit]);
		objects[fit++] = kmalloc(size);
		ck_assert_uint_eq(free - pmem_free_count(), 1);
		objects[fit] = kmalloc(size);
		ck_assert_uint_eq(free - pmem_free_count(), 2);
		for (size_t i = 0; i <= fit; i++)
			kfree(objects[i]);
		ck_assert_uint_eq(pmem_free_count(), free);
	}
}
END_TEST

START_TEST(test_zeroed)
{
	static const size_t sizes[] = { 1, 16, 100, 1024, 1025, 4096, 5000 };
	static const uint8_t zeroes[5000];

	host_memory_init(4 * MIB);
	for (size_t i = 0; i < array_len(sizes); i++) {
		void *dirty = kmalloc(sizes[i]), *p;

		memset(dirty, 0xee, sizes[i]);
		kfree(dirty);
		p = kzalloc(sizes[i]);
		ck_assert_mem_eq(p, zeroes, sizes[i]);
		kfree(p);
	}
}
END_TEST

START_TEST(test_misuse)
{
	char *small, *other, *large;
	paddr_t frame;

	host_memory_init(4 * MIB);
	small = kmalloc(100);
	other = kmalloc(100);
	large = kmalloc(3 * PG_SIZE);
	kfree(NULL);
	expect_panic(kfree(small + 1), "was not allocated");
	expect_panic(kfree(small + 8), "was not allocated");
	expect_panic(kfree(small + 16), "was not allocated");
	expect_panic(kfree(large + 16), "was not allocated");
	expect_panic(kfree(large + PG_SIZE), "was not allocated");
	ck_assert_int_eq(pmem_alloc(&frame), ERR_OK);
	expect_panic(kfree((void *)kmap_p2v(frame)), "was not allocated");
	expect_panic(kfree((void *)kmap_p2v(frame + 48)), "was not allocated");
	memset(other, 0, 100);
	kfree(other);
	expect_panic(kfree(other), "is free already");
	kfree(large);
	expect_panic(kfree(large), "is free already");
	kfree(small);
	expect_panic(kfree(small), "was not allocated");	/* its slab has gone */
}
END_TEST

HOST_MAIN("kmalloc", test_every_size, test_stress, test_out_of_memory, test_classes,
    test_zeroed, test_misuse)
