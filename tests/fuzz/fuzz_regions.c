/* SPDX-License-Identifier: MIT */
/*
 * Long random sequences of mmap, munmap, mprotect, madvise and mremap on a window of 64
 * pages, against the model of pagemodel.h.  Four bytes are an operation; between two of
 * them a page may be touched.
 * host-test: MM tests/host/pagemodel.c tests/host/space.c tests/host/invariants.c
 * host-test: tests/host/fakes.c
 */
#include "fuzz.h"

#include "mm/pmem.h"
#include "pagemodel.h"
#include "space.h"

#define TOUCH	PAGE_OPS		/* one kind more than there are */

static size_t free_frames;

void
fuzz_begin(void)
{
	space_begin(LARGE_PG_SIZE);
	as_destroy(&as);
	free_frames = pmem_free_count();
}

/* Make a valid operation of four bytes.  => false when none can be made */
static bool
decode(const uint8_t *in, struct page_op *o)
{
	int a = in[1] % MODEL_PAGES, b = a + 1 + in[2] % (MODEL_PAGES - a);

	*o = (struct page_op){ in[0] % (PAGE_OPS + 1), a, b, in[3] % MODEL_PERMS };
	if (o->kind == MREMAP)
		o->x = a + 1 + in[3] % (MODEL_PAGES - a);
	if (o->kind == MOVE) {
		o->x = in[3] % MODEL_PAGES;
		return o->x + b - a <= MODEL_PAGES && (o->x >= b || o->x + b - a <= a);
	}
	return true;
}

static void
touch_page(struct page_model *m, int i, int byte)
{
	if (m->perm[i] == HOLE || m->content[i] != 0)
		return;
	touch(&as, PAGE(i), byte);
	vpmap_set_perm(&as.vpmap, PAGE(i), 1, m->perm[i]);
	m->content[i] = byte;
}

void
fuzz_one(const uint8_t *data, size_t size)
{
	struct page_model m;
	struct page_op o;

	must_eq(as_init(&as), ERR_OK);
	vpmap_load(&as.vpmap);
	model_init(&m, MODEL_PAGES);
	for (; size >= 4; data += 4, size -= 4) {
		if (!decode(data, &o))
			continue;
		if (o.kind == TOUCH) {
			touch_page(&m, o.a, data[3] | 1);
			continue;
		}
		tlb_begin(&as, PAGE(0), MODEL_PAGES);
		must_eq(kernel_apply(&o), model_apply(&m, &o));
		tlb_check();
		compare_pages(&m);
		compare_regions(&m, 0);
	}
	check_space(&as);
	vpmap_load(&kernel_vpmap);
	as_destroy(&as);
	must_eq(pmem_free_count(), free_frames);
}
