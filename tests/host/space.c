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
	ck_assert_int_eq(as_init(&as), ERR_OK);
}

paddr_t
frame(void)
{
	paddr_t p;

	ck_assert_int_eq(pmem_alloc(&p), ERR_OK);
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

	ck_assert_ptr_nonnull(r);
	ck_assert(r->start == start && r->end == start + size && r->as == &as);
	return r;
}

void
touch(struct addrspace *space, vaddr_t a, int byte)
{
	paddr_t p = frame();

	memset((void *)kmap_p2v(p), byte, PG_SIZE);
	ck_assert_int_eq(vpmap_map(&space->vpmap, pg_round_down(a), p, 1, MEMPERM_URW), ERR_OK);
}

int
peek(struct addrspace *space, vaddr_t a)
{
	paddr_t p;

	if (vpmap_lookup_vaddr(&space->vpmap, a, &p, NULL) != ERR_OK)
		return -1;
	return *(uint8_t *)kmap_p2v(p + pg_ofs(a));
}

void
check_space(const struct addrspace *space)
{
	vaddr_t last = 0;

	list_for_each(node, &space->regions) {
		struct memregion *r = list_entry(node, struct memregion, as_node);

		ck_assert_uint_ge(r->start, last);
		ck_assert_uint_ge(r->end, r->start);
		last = pg_round_up(r->end);
	}
	ck_assert(!spin_held(&space->as_lock));
}
