/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of every operation fails once, alone and with all that follow: the
 * answer is the documented one, nothing is lost, nothing has changed, and the same call
 * then succeeds (O3, B10).
 * host-test: MM kernel/pgfault.c tests/host/cpu.c tests/host/store.c tests/host/space.c
 * host-test: tests/host/sweep.c tests/host/invariants.c tests/host/fakes.c
 */
#include "host.h"

#include "cpu.h"
#include "mm/fault.h"
#include "mm/map.h"
#include "mm/pmem.h"
#include "space.h"
#include "store.h"
#include "sweep.h"

#define MIB	0x100000ul
#define BASE	0x10000000ul
#define PAGE(n)	(BASE + (size_t)(n) * PG_SIZE)
#define WINDOW	32			/* pages that are looked at */
#define FAR	(1ul << 40)		/* below other tables of each level */

static struct addrspace child;
static struct host_store file;
static vaddr_t got;

static const struct region_like rw = {
	.perm = MEMPERM_URW, .max_perm = MEMPERM_URWX, .flags = REGION_ANYWHERE,
};

static err_t
map_at(vaddr_t start, int pages)
{
	const struct map_place place = { .hint = start, .len = pages * PG_SIZE, .fixed = true };

	return as_mmap(&as, &place, &rw, &got);
}

static err_t
remap_to(vaddr_t old, int pages, vaddr_t new)
{
	const struct remap rq = {
		.old = old, .old_len = pages * PG_SIZE, .new_len = pages * PG_SIZE,
		.may_move = true, .fixed = new != 0, .new = new,
	};

	return as_mremap(&as, &rq, &got);
}

static err_t
as_err(enum access_result r)
{
	return r == DONE ? ERR_OK : r == OOM ? ERR_NOMEM : ERR_FAULT;
}

/* --- scenarios --- */

static void
nothing(void)
{
}

/* Eight pages, each with its number, and a hole behind the sixth. */
static void
pages(void)
{
	must_eq(map_at(PAGE(0), 6), ERR_OK);
	must_eq(map_at(PAGE(7), 2), ERR_OK);
	for (int i = 0; i < 9; i++)
		if (i != 6)
			cpu_write(&as, PAGE(i), i + 1);
}

static void
heap(void)
{
	pages();
	as.heap = region(PAGE(12), 0);
	as.heap->flags = REGION_HEAP;
	as.brk_start = PAGE(12);
	must_eq(as_brk(&as, PAGE(16), SIZE_MAX), PAGE(16));
	for (int i = 12; i < 16; i++)
		cpu_write(&as, PAGE(i), i);
	must_eq(as_mprotect(&as, PAGE(13), PAGE(14), MEMPERM_UR), ERR_OK);
}

static void
stack(void)
{
	struct memregion *r = region(PAGE(30), PG_SIZE);

	r->flags = REGION_GROWSDOWN;
	as.stack_limit = 64 * PG_SIZE;
}

static void
with_file(void)
{
	ck_assert_ptr_nonnull(as_map_memregion(&as, PAGE(0), 8 * PG_SIZE, MEMPERM_URW, &file.store,
	    0, 0));
	ck_assert_ptr_nonnull(as_map_memregion(&as, PAGE(10), 8 * PG_SIZE, MEMPERM_URW, &file.store,
	    0, 1));
}

static void
forked(void)
{
	pages();
	ck_assert_int_eq(as_init(&child), ERR_OK);
	ck_assert_int_eq(as_copy(&child, &as), ERR_OK);
}

static err_t mmap_far(void) { return map_at(FAR, 3); }
static err_t mmap_over(void) { return map_at(PAGE(2), 2); }
static err_t mmap_over_two(void) { return map_at(PAGE(4), 4); }
static err_t munmap_middle(void) { return as_munmap(&as, PAGE(2), PAGE(4)); }
static err_t munmap_two(void) { return as_munmap(&as, PAGE(3), PAGE(8)); }
static err_t munmap_head(void) { return as_munmap(&as, PAGE(0), PAGE(1)); }
static err_t protect_middle(void) { return as_mprotect(&as, PAGE(2), PAGE(4), MEMPERM_UR); }
static err_t protect_tail(void) { return as_mprotect(&as, PAGE(4), PAGE(6), MEMPERM_NONE); }
static err_t move_far(void) { return remap_to(PAGE(2), 2, FAR); }
static err_t move_over(void) { return remap_to(PAGE(0), 2, PAGE(4)); }
static err_t move_between(void) { return remap_to(PAGE(7), 1, PAGE(6)); }
static err_t move_anywhere(void) { return remap_to(PAGE(0), 6, 0); }

static err_t discard(void) { return as_discard(&as, PAGE(2), PAGE(4), false); }
static err_t protect_file(void) { return as_mprotect(&as, PAGE(2), PAGE(4), MEMPERM_UR); }
static err_t unmap_file(void) { return as_munmap(&as, PAGE(12), PAGE(14)); }
static err_t move_file(void) { return remap_to(PAGE(10), 2, FAR); }

static void
file_touched(void)
{
	with_file();
	cpu_write(&as, PAGE(1), 1);
	cpu_write(&as, PAGE(11), 2);
}

/* Two pages far apart, which need tables of their own wherever they go. */
static void
sparse(void)
{
	must_eq(map_at(2 * FAR, 514), ERR_OK);
	cpu_write(&as, 2 * FAR + PG_SIZE, 1);
	cpu_write(&as, 2 * FAR + 513 * PG_SIZE, 2);
}

/* From the last page of one table to the first of the next but one. */
static err_t
move_sparse(void)
{
	return remap_to(2 * FAR, 514, FAR + 511 * PG_SIZE);
}

static err_t
grow_moving(void)
{
	const struct remap rq = {
		.old = PAGE(0), .old_len = 6 * PG_SIZE, .new_len = 9 * PG_SIZE, .may_move = true,
	};

	return as_mremap(&as, &rq, &got);
}

static err_t
brk_down(void)
{
	return as_brk(&as, PAGE(12), SIZE_MAX) == PAGE(12) ? ERR_OK : ERR_NOMEM;
}

static err_t
brk_up(void)
{
	return as_brk(&as, PAGE(20), SIZE_MAX) == PAGE(20) ? ERR_OK : ERR_NOMEM;
}

static err_t
brk_half(void)
{
	return as_brk(&as, PAGE(13), SIZE_MAX) == PAGE(13) ? ERR_OK : ERR_NOMEM;
}

static err_t
copy(void)
{
	err_t err = as_init(&child);

	if (err != ERR_OK)
		return err;
	err = as_copy(&child, &as);
	as_destroy(&child);
	return err;
}

static err_t write_shared(void) { return as_err(cpu_access(&as, PAGE(0), PF_WRITE)); }
static err_t touch_new(void) { return as_err(cpu_access(&as, FAR, PF_WRITE)); }
static err_t read_new(void) { return as_err(cpu_access(&as, FAR, 0)); }
static err_t grow_stack(void) { return as_err(cpu_access(&as, PAGE(20), PF_WRITE)); }
static err_t read_file(void) { return as_err(cpu_access(&as, PAGE(1), 0)); }
static err_t write_file(void) { return as_err(cpu_access(&as, PAGE(1), PF_WRITE)); }
static err_t write_shared_file(void) { return as_err(cpu_access(&as, PAGE(11), PF_WRITE)); }

static err_t
new_region(void)
{
	return as_map_memregion(&as, PAGE(9), PG_SIZE, MEMPERM_URW, NULL, 0, 0) != NULL ? ERR_OK :
	    ERR_NOMEM;
}

/* Silent: it only saves faults.  Done when all is there. */
static err_t
populate(void)
{
	vm_populate(&as, FAR, FAR + 3 * PG_SIZE);
	return vpmap_count(&as.vpmap, FAR, FAR + 3 * PG_SIZE) == 3 ? ERR_OK : ERR_NOMEM;
}

static void
far_region(void)
{
	must_eq(map_at(FAR, 3), ERR_OK);
}

static const struct scenario {
	const char *name;
	void (*setup)(void);
	err_t (*run)(void);
	bool keeps_part;		/* what was done so far may stay */
	bool loses_target;		/* what was at the new place may be gone */
} scenarios[] = {
	{ "region", nothing, new_region, 0, 0 },
	{ "mmap far", nothing, mmap_far, 0, 0 },
	{ "mmap over the middle", pages, mmap_over, 0, 0 },
	{ "mmap over two regions", pages, mmap_over_two, 0, 0 },
	{ "munmap the middle", pages, munmap_middle, 0, 0 },
	{ "munmap parts of two", pages, munmap_two, 0, 0 },
	{ "munmap the head", pages, munmap_head, 0, 0 },
	{ "mprotect the middle", pages, protect_middle, 0, 0 },
	{ "mprotect the tail", pages, protect_tail, 0, 0 },
	{ "mremap far", pages, move_far, 0, 0 },
	{ "mremap over a mapping", pages, move_over, 0, 1 },
	{ "mremap into a hole between equals", pages, move_between, 0, 0 },
	{ "mremap anywhere", pages, move_anywhere, 0, 0 },
	{ "mremap of a sparse mapping", sparse, move_sparse, 0, 0 },
	{ "mremap growing", pages, grow_moving, 0, 0 },
	{ "brk to the start", heap, brk_down, 0, 0 },
	{ "brk into a piece", heap, brk_half, 0, 0 },
	{ "fork", pages, copy, 0, 0 },
	{ "copy on write", forked, write_shared, 0, 0 },
	{ "new page", far_region, touch_new, 0, 0 },
	{ "zero page", far_region, read_new, 0, 0 },
	{ "stack growth", stack, grow_stack, 1, 0 },
	{ "file page", with_file, read_file, 0, 0 },
	{ "private write", with_file, write_file, 0, 0 },
	{ "shared write", with_file, write_shared_file, 0, 0 },
	{ "madvise", pages, discard, 0, 0 },
	{ "mprotect of a file", with_file, protect_file, 0, 0 },
	{ "munmap of a file", with_file, unmap_file, 0, 0 },
	{ "mremap of a file", file_touched, move_file, 0, 0 },
	{ "fork of files", file_touched, copy, 0, 0 },
	{ "brk up", heap, brk_up, 0, 0 },
	{ "populate", far_region, populate, 1, 0 },
};

/* --- the sweep --- */

static size_t
describe(char *text, size_t size)
{
	size_t len = 0;

	list_for_each(node, &as.regions) {
		const struct memregion *r = list_entry(node, struct memregion, as_node);

		len += snprintf(text + len, size - len, "%lx-%lx %d/%d %x %lx %p%s\n", r->start,
		    r->end, r->perm, r->max_perm, r->flags, r->ofs, (void *)r->store,
		    r == as.heap ? " heap" : "");
	}
	for (int i = 0; i < WINDOW; i++)
		len += snprintf(text + len, size - len, "%d ", peek(&as, PAGE(i)));
	must(len < size - 1);
	return len;
}

static void
attempt(const void *arg)
{
	static char before[4096], after[4096];
	const struct scenario *s = arg;
	size_t free;
	bool failed;
	err_t err;

	host_store_init(&file, NULL, 8 * PG_SIZE);
	must_eq(as_init(&as), ERR_OK);
	memset(&child, 0, sizeof(child));
	s->setup();
	describe(before, sizeof(before));
	free = pmem_free_count() + host_store_cached(&file);

	sweep_arm();
	err = s->run();
	failed = sweep_disarm();
	check_space(&as);
	must_eq(err, failed ? ERR_NOMEM : ERR_OK);
	if (failed) {
		describe(after, sizeof(after));
		if (!s->keeps_part && !s->loses_target) {
			must(strcmp(before, after) == 0);
			must_eq(pmem_free_count() + host_store_cached(&file), free);
		}
		must_eq(s->run(), ERR_OK);
		check_space(&as);
	}
	vpmap_load(&kernel_vpmap);
	if (child.vpmap.root != 0)
		as_destroy(&child);
	as_destroy(&as);
}

START_TEST(test_sweep)
{
	size_t sites = 0;

	space_begin(4 * MIB);
	vm_init();
	as_destroy(&as);
	for (size_t i = 0; i < array_len(scenarios); i++)
		sites += sweep(&fail_alloc, scenarios[i].name, attempt, &scenarios[i]);
	printf("sweep: %zu scenarios, %zu allocations, each failed alone and with the rest\n",
	    array_len(scenarios), sites);
	ck_assert_uint_gt(sites, 80);	/* else not all allocations ask alloc_fails */
}
END_TEST

HOST_MAIN("sweep", test_sweep)
