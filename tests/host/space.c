/* SPDX-License-Identifier: MIT */
/*
 * See space.h.
 */
#include "host.h"

#include "mm/pmem.h"
#include "space.h"

struct addrspace as;

static paddr_t taken[4096];
static size_t n_taken;

void
space_begin(size_t size)
{
	host_memory_init(size);
	kernel_vpmap.root = frame();
	memset((void *)kmap_p2v(kernel_vpmap.root), 0, PG_SIZE);
	must_eq(as_init(&as), ERR_OK);
}

paddr_t
frame(void)
{
	paddr_t p;

	must_eq(pmem_alloc(&p), ERR_OK);
	return p;
}

void
take_frames_but(size_t n)
{
	while (pmem_free_count() > n)
		taken[n_taken++] = frame();
}

void
give_frames_back(void)
{
	while (n_taken > 0)
		pmem_free(taken[--n_taken]);
}

struct memregion *
region(vaddr_t start, size_t size)
{
	struct memregion *r = as_map_memregion(&as, start, size, MEMPERM_URW, NULL, 0, 0);

	must(NULL != r);
	must(r->start == start && r->end == start + size && r->as == &as);
	return r;
}

void
touch(struct addrspace *space, vaddr_t a, int byte)
{
	paddr_t p = frame();

	memset((void *)kmap_p2v(p), byte, PG_SIZE);
	must_eq(vpmap_map(&space->vpmap, pg_round_down(a), p, 1, MEMPERM_URW), ERR_OK);
}

int
peek(struct addrspace *space, vaddr_t a)
{
	paddr_t p;

	if (vpmap_lookup_vaddr(&space->vpmap, a, &p, NULL) != ERR_OK)
		return -1;
	return *(uint8_t *)kmap_p2v(p + pg_ofs(a));
}

int
rights(struct addrspace *space, vaddr_t a)
{
	memperm_t perm;

	return vpmap_lookup_vaddr(&space->vpmap, a, NULL, &perm) == ERR_OK ? perm : -1;
}

paddr_t
frame_at(struct addrspace *space, vaddr_t a)
{
	paddr_t p;

	return vpmap_lookup_vaddr(&space->vpmap, a, &p, NULL) == ERR_OK ? p : 0;
}
