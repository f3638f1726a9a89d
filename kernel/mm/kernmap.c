/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own map, built once: the direct map, the image, and the tables of the
 * stack area.  mm/layout.h draws it.  Every process' root shares these entries, so
 * none of the root's may change afterwards.
 */
#include "mm/pagetable.h"
#include "mm/pmem.h"
#include "mm/vpmap.h"
#include "panic.h"

#define STAYS	0x10000		/* added to the note of a table that is never freed */

static void
must(err_t err, const char *what)
{
	if (err != ERR_OK)
		panic("vpmap_init_kernel: no memory for %s", what);
}

/* All physical memory at DIRECT_BASE, in large pages, not executable. */
static void
map_direct(void)
{
	paddr_t top = (pmem_end() + LARGE_PG_SIZE - 1) & ~((paddr_t)LARGE_PG_SIZE - 1);
	paddr_t pdpt, pd = 0;

	kassert(top <= DIRECT_SIZE);
	must(table_alloc(&pdpt), "the direct map");
	table_set(kernel_vpmap.root, pt_index(DIRECT_BASE, 4), pdpt | PTE_P | PTE_W);
	for (paddr_t p = 0; p < top; p += LARGE_PG_SIZE) {
		vaddr_t a = DIRECT_BASE + p;

		if (pt_index(a, 2) == 0) {
			must(table_alloc(&pd), "the direct map");
			table_set(pdpt, pt_index(a, 3), pd | PTE_P | PTE_W);
		}
		table_set(pd, pt_index(a, 2), p | PTE_P | PTE_W | PTE_PS | PTE_G | PTE_NX);
	}
}

static void
map_image(const char *start, const char *end, memperm_t perm)
{
	vaddr_t a = pg_round_down((vaddr_t)start);
	size_t n = (pg_round_up((vaddr_t)end) - a) / PG_SIZE;

	must(vpmap_map(&kernel_vpmap, a, a - KERN_BASE, n, perm), "the kernel image");
}

/*
 * Make all tables of the area [START, START + SIZE) now and for ever: processes
 * copy the root's entries, so those must not change later.
 */
static void
make_tables(vaddr_t start, size_t size)
{
	for (vaddr_t a = start; a < start + size; a += LARGE_PG_SIZE) {
		paddr_t table = table_make(&kernel_vpmap, a);

		must(table != 0 ? ERR_OK : ERR_NOMEM, "the stack area");
		*pmem_note(table) += STAYS;
	}
}

void
vpmap_init_kernel(void)
{
	extern char kernel_start[], text_end[], rodata_start[], rodata_end[], data_start[],
	    kernel_end[], boot_stack_guard[];

	must(table_alloc(&kernel_vpmap.root), "the root table");
	map_direct();
	map_image(kernel_start, text_end, MEMPERM_R | MEMPERM_X);
	map_image(rodata_start, rodata_end, MEMPERM_R);
	map_image(data_start, boot_stack_guard, MEMPERM_RW);
	map_image(boot_stack_guard + PG_SIZE, kernel_end, MEMPERM_RW);
	make_tables(KSTACK_BASE, KSTACK_AREA_SIZE);
	vpmap_load(&kernel_vpmap);
}
