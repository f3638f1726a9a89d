/* SPDX-License-Identifier: MIT */
/*
 * The x86-64 page-table entry and the walk's arithmetic (Intel SDM volume 3,
 * 4.5 "4-level paging").  No policy.
 */
#ifndef FAULTLINE_MM_MMU_H
#define FAULTLINE_MM_MMU_H

#include "types.h"

typedef uint64_t pte_t;

#define PTE_P		0x001ul		/* present */
#define PTE_W		0x002ul		/* writable */
#define PTE_U		0x004ul		/* user may access */
#define PTE_A		0x020ul		/* accessed, set by the CPU */
#define PTE_D		0x040ul		/* dirty, set by the CPU */
#define PTE_PS		0x080ul		/* large page (levels 2 and 3) */
#define PTE_G		0x100ul		/* global: survives a CR3 load */
#define PTE_NONE	0x200ul		/* ours: a page that may not be accessed; P is clear */
#define PTE_NX		(1ul << 63)	/* no instruction fetch */
#define PTE_ADDR	0x000ffffffffff000ul
#define PTE_THERE	(PTE_P | PTE_NONE)	/* the entry owns a frame (or leads to a table) */

#define PT_ENTRIES	512
#define PT_LEVELS	4

/*
 * Index into the table of LEVEL (4 is the root, 1 the last) for address A:
 *
 *   63    48 47   39 38   30 29   21 20   12 11     0
 *   +-------+-------+-------+-------+-------+--------+
 *   | sign  |  L4   |  L3   |  L2   |  L1   | offset |
 *   +-------+-------+-------+-------+-------+--------+
 */
static inline unsigned
pt_index(vaddr_t a, int level)
{
	return (a >> (12 + 9 * (level - 1))) & (PT_ENTRIES - 1);
}

/* Bits of the error code that a page fault pushes (SDM volume 3, 4.7). */
#define PF_PRESENT	0x01	/* the entry was present: a right was missing */
#define PF_WRITE	0x02
#define PF_USER		0x04	/* not to be trusted: see trap.c */
#define PF_RESERVED	0x08
#define PF_FETCH	0x10

#endif
