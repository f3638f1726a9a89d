/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks.
 *
 *   KSTACK_BASE  [guard|stack 0][guard|stack 1] ... [guard|stack KSTACK_SLOTS-1]
 *
 * The page tables of the whole area exist from boot on (vpmap_init_kernel), so a
 * new stack is seen by every process and costs its frames only.
 *
 * The lowest of a stack's pages is a reserve: nothing that the kernel does needs it.  A kernel
 * that checks itself looks whether that is so.
 */
#include "kstack.h"

#include "lib/string.h"
#include "lock.h"
#include "mm/layout.h"
#include "mm/pmem.h"
#include "mm/vpmap.h"
#include "panic.h"

static struct spinlock kstack_lock = SPINLOCK_INIT("kstack");
static bool slot_used[KSTACK_SLOTS];	/* kstack_lock */
static size_t slot_hint;		/* kstack_lock: no free slot below this one */

static vaddr_t
slot_base(size_t slot)
{
	return KSTACK_BASE + slot * KSTACK_SLOT + PG_SIZE;
}

#ifdef INVARIANTS
#define UNUSED	0x5a

/* In a stack's lowest page, which starts at BASE, leave marks; look whether all are there. */
static void
mark_reserve(vaddr_t base)
{
	paddr_t p;

	kassert(vpmap_lookup_vaddr(&kernel_vpmap, base, &p, NULL) == ERR_OK);
	memset((void *)kmap_p2v(p), UNUSED, PG_SIZE);
}

static void
check_reserve(vaddr_t base)
{
	const uint8_t *bytes;
	paddr_t p;

	kassert(vpmap_lookup_vaddr(&kernel_vpmap, base, &p, NULL) == ERR_OK);
	bytes = (const uint8_t *)kmap_p2v(p);
	for (size_t i = 0; i < PG_SIZE; i++) {
		if (bytes[i] != UNUSED)
			panic("kstack: the last page of a stack was used, down to %zu bytes", i);
	}
}
#else
static inline void mark_reserve(vaddr_t base) { (void)base; }
static inline void check_reserve(vaddr_t base) { (void)base; }
#endif

static err_t
map_stack(vaddr_t base)
{
	for (size_t i = 0; i < KSTACK_PAGES; i++) {
		paddr_t p;

		if (pmem_alloc(&p) != ERR_OK) {
			vpmap_unmap(&kernel_vpmap, base, i, true);
			return ERR_NOMEM;
		}
		if (vpmap_map(&kernel_vpmap, base + i * PG_SIZE, p, 1, MEMPERM_RW) != ERR_OK)
			panic("kstack: the tables of the stack area are gone");
	}
	return ERR_OK;
}

err_t
kstack_alloc(vaddr_t *base)
{
	size_t slot;
	err_t err;

	spin_lock(&kstack_lock);
	for (slot = slot_hint; slot < KSTACK_SLOTS && slot_used[slot]; slot++)
		;
	slot_hint = slot;
	if (slot == KSTACK_SLOTS) {
		spin_unlock(&kstack_lock);
		return ERR_AGAIN;
	}
	slot_used[slot] = true;
	spin_unlock(&kstack_lock);

	err = map_stack(slot_base(slot));
	if (err != ERR_OK) {
		spin_lock(&kstack_lock);
		slot_used[slot] = false;
		spin_unlock(&kstack_lock);
		return err;
	}
	*base = slot_base(slot);
	mark_reserve(*base);
	return ERR_OK;
}

void
kstack_free(vaddr_t base)
{
	size_t slot = (base - KSTACK_BASE) / KSTACK_SLOT;

	kassert(slot < KSTACK_SLOTS && base == slot_base(slot) && slot_used[slot]);
	check_reserve(base);
	/* One by one: such a page is flushed before its frame can become somebody else's. */
	for (size_t i = 0; i < KSTACK_PAGES; i++)
		vpmap_unmap(&kernel_vpmap, base + i * PG_SIZE, 1, true);
	spin_lock(&kstack_lock);
	slot_used[slot] = false;
	slot_hint = min(slot_hint, slot);
	spin_unlock(&kstack_lock);
}

bool
kstack_is_guard(vaddr_t addr)
{
	return addr >= KSTACK_BASE && addr < KSTACK_BASE + KSTACK_AREA_SIZE &&
	    (addr - KSTACK_BASE) % KSTACK_SLOT < PG_SIZE;
}
