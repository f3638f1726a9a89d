/* SPDX-License-Identifier: MIT */
/*
 * Where everything lies.  The assembler reads this file too: constants only
 * above the __ASSEMBLER__ line.
 *
 *   0xffffffffffffffff +----------------------------+
 *                      | unused                     |
 *                      | kernel bss, data    RW NX  |
 *                      | kernel rodata       R  NX  |
 *                      | kernel text         R  X   |   L4 index 511
 *   KERN_BASE + 1 MiB  +----------------------------+
 *   KERN_BASE   -2 GiB +----------------------------+
 *                      |                            |
 *                      | kernel stacks, RW NX, each |   L4 index 384
 *                      | above an unmapped guard    |
 *   KSTACK_BASE        +----------------------------+
 *                      |                            |
 *                      | direct map: all physical   |   L4 index 256
 *                      | memory, 2 MiB pages, RW NX |
 *   DIRECT_BASE        +----------------------------+
 *                      | non-canonical addresses    |
 *   2^47               +----------------------------+
 *                      | never mapped (last page)   |
 *   USER_END           +----------------------------+
 *                      | unused                     |
 *   USTACK_UPPERBOUND  +----------------------------+
 *                      | stack, USTACK_PAGES pages  |
 *   USTACK_LOWERBOUND  +----------------------------+
 *                      | room to grow, then the     |
 *                      | unmapped guard, STACK_GAP  |
 *   MMAP_TOP           +----------------------------+
 *                      | mappings, downward         |
 *                      | ...                        |
 *                      | heap, grows up             |
 *                      | unmapped guard page        |
 *                      | program data, text         |
 *   USER_TEXT          +----------------------------+
 *                      | null pointers land here    |
 *   0                  +----------------------------+
 */
#ifndef FAULTLINE_MM_LAYOUT_H
#define FAULTLINE_MM_LAYOUT_H

#define PG_SHIFT	12
#define PG_SIZE		4096
#define LARGE_PG_SIZE	0x200000

#define USER_START	0x10000			/* nothing below is ever mapped */
#define USER_TEXT	0x400000		/* where our programs are linked */
#define USER_END	0x00007ffffffff000	/* exclusive; the last page stays unmapped */

#define USTACK_PAGES	10
#define USTACK_UPPERBOUND	0x00007ffffff00000	/* end, exclusive, of the top stack page */
#define USTACK_LOWERBOUND	(USTACK_UPPERBOUND - USTACK_PAGES * PG_SIZE)

#define STACK_GAP	(256 * PG_SIZE)		/* a stack never comes nearer to what is below */
#define STACK_ROOM	0x8000000		/* at least so much is free below the stack */
#define MMAP_TOP	(USTACK_UPPERBOUND - STACK_ROOM)

#define DIRECT_BASE	0xffff800000000000	/* physical address 0 */
#define DIRECT_SIZE	0x0000008000000000	/* one L4 entry: 512 GiB */

#define KSTACK_BASE	0xffffc00000000000
#define KSTACK_PAGES	4			/* usable pages of a kernel stack */
#define KSTACK_SLOT	((KSTACK_PAGES + 1) * PG_SIZE)	/* with its guard page below */
#define KSTACK_SLOTS	1024			/* so many processes at a time */
#define KSTACK_AREA_SIZE	((KSTACK_SLOTS + 1) * KSTACK_SLOT)

#define KERN_BASE	0xffffffff80000000	/* physical address 0 again, for the image */
#define KERN_LOAD	0x100000		/* the image's physical address */

/*
 * Selectors in the GDT (kernel/x86/gdt.c).  sysret fixes the order of the user ones; they are
 * Linux', because a signal's handler sees them.
 */
#define SEL_KCODE	0x10
#define SEL_KDATA	0x18
#define SEL_UDATA	0x2b
#define SEL_UCODE	0x33
#define SEL_TSS		0x40

/* Values written to the debug-exit port; QEMU exits with 2 * value + 1. */
#define KEXIT_OK	0x10	/* 33: powered off by user space */
#define KEXIT_PANIC	0x11	/* 35: kernel panic */
#define KEXIT_LOWMEM	0x12	/* 37: too little memory to boot */
#define KEXIT_NOINIT	0x13	/* 39: the first process could not start, or ended */

#ifndef __ASSEMBLER__

#include "types.h"

static const size_t pg_size = PG_SIZE;

static inline vaddr_t pg_round_down(vaddr_t a) { return a & ~(vaddr_t)(PG_SIZE - 1); }
static inline vaddr_t pg_round_up(vaddr_t a) { return pg_round_down(a + PG_SIZE - 1); }
static inline vaddr_t pg_ofs(vaddr_t a) { return a & (PG_SIZE - 1); }
static inline bool pg_aligned(vaddr_t a) { return pg_ofs(a) == 0; }

/* May user space have a mapping at A? */
static inline bool is_user_addr(vaddr_t a) { return a >= USER_START && a < USER_END; }

_Static_assert(USTACK_UPPERBOUND % PG_SIZE == 0, "stack top is page-aligned");
_Static_assert(USTACK_UPPERBOUND < USER_END, "stack lies in the user half");

#endif /* !__ASSEMBLER__ */
#endif
