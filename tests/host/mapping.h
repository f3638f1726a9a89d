/* SPDX-License-Identifier: MIT */
/*
 * Mappings made as mmap makes them, in a window of a few pages from S on.
 */
#ifndef HOST_MAPPING_H
#define HOST_MAPPING_H

#include "mm/fault.h"
#include "mm/map.h"
#include "space.h"

#define MIB	0x100000ul
#define S	0x10000000ul
#define PAGE(n)	(S + (size_t)(n) * PG_SIZE)

static vaddr_t got;		/* where the last mapping went */

static void
begin(void)
{
	space_begin(8 * MIB);
	vm_init();
}

/* The place of PAGES pages from the FIRST on, and no other. */
static struct map_place
at(int first, int pages)
{
	return (struct map_place){
		.hint = PAGE(first), .len = pages * PG_SIZE, .low = USER_START, .high = MMAP_TOP,
		.fixed = true,
	};
}

static err_t
map(struct map_place place, memperm_t perm, memperm_t max, unsigned flags)
{
	const struct region_like like = { .perm = perm, .max_perm = max, .flags = flags };
	err_t err;

	tlb_begin(&as, PAGE(0), 32);
	err = as_mmap(&as, &place, &like, &got);
	tlb_check();
	check_space(&as);
	return err;
}

static err_t
map_rw(struct map_place place)
{
	return map(place, MEMPERM_URW, MEMPERM_URWX, REGION_ANYWHERE);
}

#endif
