/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks: the only ranges of kernel addresses that come and go.
 * host-test: MM kernel/kstack.c kernel/mm/kernmap.c tests/host/space.c tests/host/invariants.c
 * host-test: tests/host/fakes.c
 */
#include "host.h"

#include "kstack.h"
#include "mm/pmem.h"
#include "mm/vpmap.h"
#include "space.h"
#include "x86/x86.h"

#define MIB	0x100000ul

static void
begin(void)
{
	host_memory_init(32 * MIB);
	vpmap_init_kernel();
}

static vaddr_t
stack(void)
{
	vaddr_t base = 0;

	must_eq(kstack_alloc(&base), ERR_OK);
	return base;
}

static bool
present(vaddr_t a)
{
	return vpmap_lookup_vaddr(&kernel_vpmap, a, NULL, NULL) == ERR_OK;
}

/* The four pages at BASE are there, for the kernel alone and not to be executed, */
static void
check_stack(vaddr_t base)
{
	for (vaddr_t a = base; a < base + KSTACK_PAGES * PG_SIZE; a += PG_SIZE) {
		memperm_t perm;
		paddr_t p;

		must_eq(vpmap_lookup_vaddr(&kernel_vpmap, a, &p, &perm), ERR_OK);
		must_eq(perm, MEMPERM_RW);
		must_eq(pmem_get_refcnt(p), 1);
		must(!kstack_is_guard(a) && !kstack_is_guard(a + PG_SIZE - 1));
	}
	/* and what is below and above them is not. */
	must(!present(base - PG_SIZE) && !present(base + KSTACK_PAGES * PG_SIZE));
	must(kstack_is_guard(base - 1) && kstack_is_guard(base - PG_SIZE));
	must(kstack_is_guard(base + KSTACK_PAGES * PG_SIZE));
}

/* N15, N18: with every stack there is, a page is free between any two and at both ends. */
START_TEST(test_all)
{
	static vaddr_t stacks[KSTACK_SLOTS];
	vaddr_t none = 42;
	size_t free;

	begin();
	free = pmem_free_count();
	for (size_t i = 0; i < KSTACK_SLOTS; i++)
		stacks[i] = stack();
	for (size_t i = 0; i < KSTACK_SLOTS; i++) {
		check_stack(stacks[i]);
		must(i == 0 || stacks[i] == stacks[i - 1] + KSTACK_SLOT);
	}
	must_eq(free - pmem_free_count(), KSTACK_SLOTS * KSTACK_PAGES);
	must_eq(kstack_alloc(&none), ERR_AGAIN);
	must_eq(none, 42);
	must_eq(free - pmem_free_count(), KSTACK_SLOTS * KSTACK_PAGES);
	must(!kstack_is_guard(KSTACK_BASE - 1));
	must(!kstack_is_guard(KSTACK_BASE + KSTACK_AREA_SIZE));
	for (size_t i = 0; i < KSTACK_SLOTS; i++) {
		kstack_free(stacks[i]);
		must(!present(stacks[i]) && !present(stacks[i] + (KSTACK_PAGES - 1) * PG_SIZE));
	}
	must_eq(pmem_free_count(), free);
}
END_TEST

/* N18: what was freed comes before what was never used. */
START_TEST(test_reuse)
{
	vaddr_t stacks[6], again[3];

	begin();
	for (size_t i = 0; i < array_len(stacks); i++)
		stacks[i] = stack();
	kstack_free(stacks[4]);
	kstack_free(stacks[1]);
	kstack_free(stacks[2]);
	for (size_t i = 0; i < array_len(again); i++) {
		again[i] = stack();
		check_stack(again[i]);
	}
	must(again[0] == stacks[1] && again[1] == stacks[2] && again[2] == stacks[4]);
	must_eq(stack(), stacks[5] + KSTACK_SLOT);
}
END_TEST

/* N18, O3: whichever frame cannot be had, all that was is given back. */
START_TEST(test_no_memory)
{
	vaddr_t first, base;
	size_t free;

	begin();
	first = stack();
	free = pmem_free_count();
	for (int sticky = 0; sticky < 2; sticky++) {
		for (unsigned k = 1; k <= KSTACK_PAGES; k++) {
			base = 42;
			fail_alloc = k;
			fail_ever_after = sticky;
			must_eq(kstack_alloc(&base), ERR_NOMEM);
			fail_alloc = 0;
			must_eq(base, 42);
			must_eq(pmem_free_count(), free);
			for (size_t i = 0; i <= KSTACK_PAGES; i++)
				must(!present(first + KSTACK_SLOT + i * PG_SIZE));
			check_stack(first);
			base = stack();
			must_eq(base, first + KSTACK_SLOT);
			kstack_free(base);
			must_eq(pmem_free_count(), free);
		}
	}
}
END_TEST

/* N18: only what is a stack now can be freed. */
START_TEST(test_misuse)
{
	vaddr_t base, other;

	begin();
	base = stack();
	other = stack();
	kstack_free(other);
	expect_panic(kstack_free(other), "assertion");
	expect_panic(kstack_free(other + KSTACK_SLOT), "assertion");
	expect_panic(kstack_free(base + PG_SIZE), "assertion");
	expect_panic(kstack_free(base + 1), "assertion");
	expect_panic(kstack_free(base - PG_SIZE), "assertion");
	expect_panic(kstack_free(KSTACK_BASE - KSTACK_SLOT + PG_SIZE), "assertion");
	expect_panic(kstack_free(KSTACK_BASE + KSTACK_AREA_SIZE), "assertion");
	expect_panic(kstack_free(USER_TEXT), "assertion");
	expect_panic(kstack_free(0), "assertion");
}
END_TEST

static size_t free_before, flushed;

static void
at_invlpg(vaddr_t a)
{
	must(!present(a));
	must_eq(pmem_free_count(), free_before + flushed++);
}

/* N19: no frame is given back before its address is empty and the processor has forgotten it. */
START_TEST(test_unmapped_first)
{
	vaddr_t base;

	begin();
	base = stack();
	free_before = pmem_free_count();
	host_at_invlpg = at_invlpg;
	kstack_free(base);
	must_eq(flushed, KSTACK_PAGES);
	must_eq(pmem_free_count(), free_before + KSTACK_PAGES);
}
END_TEST

/* N21: a stack of which more than three pages were used is noticed when it is freed. */
START_TEST(test_reserve)
{
	paddr_t p;
	vaddr_t base;

	begin();
	base = stack();
	must_eq(vpmap_lookup_vaddr(&kernel_vpmap, base + PG_SIZE, &p, NULL), ERR_OK);
	memset((void *)kmap_p2v(p), 0, PG_SIZE);
	kstack_free(base);
	base = stack();
	must_eq(vpmap_lookup_vaddr(&kernel_vpmap, base, &p, NULL), ERR_OK);
	((char *)kmap_p2v(p))[PG_SIZE - 1] = 0;
	expect_panic(kstack_free(base), "down to 4095 bytes");
}
END_TEST

HOST_MAIN("kstack", test_all, test_reuse, test_no_memory, test_misuse, test_unmapped_first,
    test_reserve)
