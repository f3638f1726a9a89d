/* SPDX-License-Identifier: MIT */
/*
 * See pagemodel.h.
 */
#include "host.h"

#include "mm/map.h"
#include "mm/pmem.h"
#include "mm/region.h"
#include "mm/regiontree.h"
#include "pagemodel.h"
#include "space.h"

const memperm_t model_perms[MODEL_PERMS] = { MEMPERM_UR, MEMPERM_URW, MEMPERM_NONE };

void
model_init(struct page_model *m, int n)
{
	memset(m, 0, sizeof(*m));
	m->n = n;
	for (int i = 0; i < n; i++)
		m->perm[i] = HOLE;
}

/* --- the model --- */

static void
model_unmap(struct page_model *m, int a, int b)
{
	for (int i = a; i < b; i++)
		m->perm[i] = HOLE, m->content[i] = 0;
}

static bool
one_region(const struct page_model *m, int a, int b)
{
	for (int i = a; i < b; i++) {
		if (m->perm[i] == HOLE || m->perm[i] != m->perm[a])
			return false;
	}
	return true;
}

static err_t
model_mprotect(struct page_model *m, const struct page_op *o)
{
	for (int i = o->a; i < o->b; i++) {
		if (m->perm[i] == HOLE)
			return ERR_NOMEM;
		m->perm[i] = model_perms[o->x];
	}
	return ERR_OK;
}

static err_t
model_mremap(struct page_model *m, const struct page_op *o)
{
	if (o->x <= o->b) {
		if (m->perm[o->a] == HOLE)
			return ERR_FAULT;
		model_unmap(m, o->x, o->b);
		return ERR_OK;
	}
	if (!one_region(m, o->a, o->b))
		return ERR_FAULT;
	for (int i = o->b; i < o->x; i++) {
		if (m->perm[i] != HOLE)
			return ERR_NOMEM;
	}
	for (int i = o->b; i < o->x; i++)
		m->perm[i] = m->perm[o->a];
	return ERR_OK;
}

static err_t
model_move(struct page_model *m, const struct page_op *o)
{
	int len = o->b - o->a;

	if (!one_region(m, o->a, o->b))
		return ERR_FAULT;
	for (int i = 0; i < len; i++) {
		m->perm[o->x + i] = m->perm[o->a + i];
		m->content[o->x + i] = m->content[o->a + i];
	}
	model_unmap(m, o->a, o->b);
	return ERR_OK;
}

err_t
model_apply(struct page_model *m, const struct page_op *o)
{
	err_t err = ERR_OK;

	switch (o->kind) {
	case MMAP:
		model_unmap(m, o->a, o->b);
		for (int i = o->a; i < o->b; i++)
			m->perm[i] = model_perms[o->x];
		return ERR_OK;
	case MPROTECT:
		return model_mprotect(m, o);
	case MUNMAP:
		model_unmap(m, o->a, o->b);
		return ERR_OK;
	case DISCARD:
		for (int i = o->a; i < o->b; i++) {
			if (m->perm[i] == HOLE)
				err = ERR_NOMEM;
			m->content[i] = 0;
		}
		return err;
	case MREMAP:
		return model_mremap(m, o);
	default:
		return model_move(m, o);
	}
}

/* --- the kernel --- */

err_t
map_pages(vaddr_t start, vaddr_t end, memperm_t perm)
{
	const struct region_like like = {
		.perm = perm, .max_perm = MEMPERM_URWX, .flags = REGION_ANYWHERE,
	};
	const struct map_place place = { .hint = start, .len = end - start, .fixed = true };
	vaddr_t got = 0;
	err_t err = as_mmap(&as, &place, &like, &got);

	must(err != ERR_OK || got == start);
	return err;
}

err_t
kernel_apply(const struct page_op *o)
{
	struct remap rq = { .old = PAGE(o->a), .old_len = PAGE(o->b) - PAGE(o->a) };
	vaddr_t got;
	err_t err;

	switch (o->kind) {
	case MMAP:
		return map_pages(PAGE(o->a), PAGE(o->b), model_perms[o->x]);
	case MPROTECT:
		return as_mprotect(&as, PAGE(o->a), PAGE(o->b), model_perms[o->x]);
	case MUNMAP:
		return as_munmap(&as, PAGE(o->a), PAGE(o->b));
	case DISCARD:
		return as_discard(&as, PAGE(o->a), PAGE(o->b), false);
	case MREMAP:
		rq.new_len = PAGE(o->x) - PAGE(o->a);
		err = as_mremap(&as, &rq, &got);
		must(err != ERR_OK || got == rq.old);
		return err;
	default:
		rq.new_len = rq.old_len;
		rq.may_move = rq.fixed = true;
		rq.new = PAGE(o->x);
		err = as_mremap(&as, &rq, &got);
		must(err != ERR_OK || got == rq.new);
		return err;
	}
}

/* --- comparing --- */

/* The first byte of page I, 0 when it is absent; its entry must be as the model says. */
static int
look(const struct page_model *m, int i)
{
	memperm_t perm;
	paddr_t p;

	if (vpmap_lookup_vaddr(&as.vpmap, PAGE(i), &p, &perm) != ERR_OK)
		return 0;
	must(m->perm[i] != HOLE);
	must_eq(perm, m->perm[i]);
	must_eq(pmem_get_refcnt(p), 1);
	must_eq(*(uint8_t *)kmap_p2v(p), *(uint8_t *)(kmap_p2v(p) + PG_SIZE - 1));
	return *(uint8_t *)kmap_p2v(p);
}

/* The regions must be the longest runs of pages with the same rights, and nothing else. */
void
compare_regions(const struct page_model *m, int below)
{
	struct list *node = as.regions.next;
	int n = m->n;

	for (int i = 0; i < below; i++)
		node = node->next;
	for (int a = 0, b; a < n; a = b) {
		struct memregion *r = list_entry(node, struct memregion, as_node);

		for (b = a + 1; b < n && m->perm[b] == m->perm[a]; b++)
			;
		if (m->perm[a] == HOLE)
			continue;
		must_eq(r->start, PAGE(a));
		must_eq(r->end, PAGE(b));
		must_eq(r->perm, m->perm[a]);
		must(as_find_memregion(&as, PAGE(a), PAGE(b) - PAGE(a)) == r || b == a);
		node = node->next;
	}
	for (int i = 0; i < below; i++)
		node = node->next;
	must_eq(&as.regions, node);
	check_tree_of(&as);
}

size_t
compare_pages(const struct page_model *m)
{
	size_t present = 0;

	for (int i = 0; i < m->n; i++) {
		must_eq(look(m, i), m->content[i]);
		present += m->content[i] != 0;
	}
	return present;
}
