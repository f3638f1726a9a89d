/* SPDX-License-Identifier: MIT */
/*
 * malloc and its relatives: aligned, never overlapping, contents kept, memory used
 * again and given back.  Needs a kernel with a heap.
 */
#include "test.h"

#define SLOTS	100
#define ROUNDS	20000

static struct {
	unsigned char *p;
	size_t n;
	unsigned char fill;
} slots[SLOTS];

static bool
filled_with(const unsigned char *p, size_t n, unsigned char value)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != value)
			return false;
	return true;
}

static void
slot_empty(int i)
{
	check(filled_with(slots[i].p, slots[i].n, slots[i].fill));
	free(slots[i].p);
	slots[i].p = NULL;
	slots[i].n = 0;
}

static void
slot_resize(int i, size_t n)
{
	size_t kept = n < slots[i].n ? n : slots[i].n;
	unsigned char *p = realloc(slots[i].p, n);

	if (!check(p != NULL))
		return;
	check_addr((uintptr_t)p % 16, 0);
	check(filled_with(p, kept, slots[i].fill));
	slots[i].p = p;
	slots[i].n = n;
	slots[i].fill = (unsigned char)test_random();
	memset(p, slots[i].fill, n);
}

/* O9: allocate, resize and free at random; every block is full of its own byte all the time. */
static void
test_at_random(void)
{
	test_step("random");
	for (int round = 0; round < ROUNDS; round++) {
		int i = (int)(test_random() % SLOTS);

		if (test_random() % 3 == 0)
			slot_empty(i);
		else
			slot_resize(i, test_random() % (test_random() % 50 == 0 ? 50000 : 500) + 1);
	}
	for (int i = 0; i < SLOTS; i++)
		slot_empty(i);
}

static void
test_reuse(void)
{
	void *first = malloc(1000), *second = malloc(1000), *third = malloc(1000);
	void *guard = malloc(1);

	test_step("neighbors-merge");	/* freed out of order, they make room for 3000 */
	free(first);
	free(third);
	free(second);
	check_addr(malloc(3000), first);
	free(first);
	free(guard);
}

static void
test_give_back(void)
{
	char *before = sbrk(0);
	char *big = malloc(10 << 20);

	test_step("give-back");
	if (!check(big != NULL))
		return;
	big[0] = big[(10 << 20) - 1] = 1;
	check((char *)sbrk(0) >= big + (10 << 20));
	free(big);
	check_msg((char *)sbrk(0) <= before + 128 * 1024,
	    "end of the heap: expected about 0x%lx, got 0x%lx", (uintptr_t)before,
	    (uintptr_t)sbrk(0));
}

static void
test_special(void)
{
	char *p, *q;

	test_step("calloc");
	p = malloc(1000);
	memset(p, 'x', 1000);
	free(p);
	p = calloc(10, 100);
	check(p != NULL && filled_with((unsigned char *)p, 1000, 0));
	free(p);
	check(calloc(SIZE_MAX / 2, 3) == NULL);
	check_eq(errno, ENOMEM);

	test_step("impossible");
	check(malloc(SIZE_MAX) == NULL);
	check(malloc(SIZE_MAX / 2) == NULL);
	check(malloc(SIZE_MAX - 15) == NULL);

	test_step("nothing");
	p = malloc(0);
	q = malloc(0);
	check(p != NULL && q != NULL && p != q);
	free(p);
	free(q);
	free(NULL);

	test_step("moved-end");	/* somebody else uses sbrk too, and not in round numbers */
	check(sbrk(100) != (void *)-1);
	p = malloc(200 * 1024);
	if (check(p != NULL)) {
		check_addr((uintptr_t)p % 16, 0);
		memset(p, 'y', 200 * 1024);
	}
	free(p);
}

int
main(void)
{
	test_begin("allocator");
	test_at_random();
	test_reuse();
	test_give_back();
	test_special();
	test_end();
}
