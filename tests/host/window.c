/* SPDX-License-Identifier: MIT */
/*
 * See window.h.
 */
#include "host.h"

#include "mm/pmem.h"
#include "pagemodel.h"
#include "space.h"
#include "window.h"

#define W	MODEL_BASE
#define MAX_STATES	(1 << 19)
#define MAX_WAY	40

static struct page_op ops[1024];
static int n_ops, n;
static size_t frames;			/* free when no page of the window is there */

static struct state {
	uint64_t key;
	uint32_t from;			/* index of the state it was reached from */
	uint16_t op;
	uint8_t depth;
} states[MAX_STATES];
static size_t n_states;
static uint32_t table[2 * MAX_STATES];	/* hash of key -> index + 1 */

static void
add_op(int kind, int a, int b, int x)
{
	ops[n_ops++] = (struct page_op){ kind, a, b, x };
}

static void
make_ops(bool moves)
{
	n_ops = 0;
	for (int a = 0; a < n; a++) {
		for (int b = a + 1; b <= n; b++) {
			for (size_t p = 0; p < MODEL_PERMS; p++) {
				add_op(MMAP, a, b, p);
				add_op(MPROTECT, a, b, p);
			}
			add_op(MUNMAP, a, b, 0);
			add_op(DISCARD, a, b, 0);
			for (int to = a + 1; to <= n; to++)
				add_op(MREMAP, a, b, to);
			for (int to = 0; moves && to + b - a <= n; to++) {
				if (to >= b || to + b - a <= a)
					add_op(MOVE, a, b, to);
			}
		}
	}
}

/* --- comparing --- */

static void
compare(const struct page_model *m)
{
	must_eq(pmem_free_count(), frames - compare_pages(m));
	must(!spin_held(&as.as_lock));
}

/* Pages with an even number are touched when they can be; page I is full of I + 1. */
static void
settle(struct page_model *m)
{
	for (int i = 0; i < n; i++) {
		if (m->content[i] == 0 && i % 2 == 0 && m->perm[i] != HOLE) {
			touch(&as, PAGE(i), i + 1);
			vpmap_set_perm(&as.vpmap, PAGE(i), 1, m->perm[i]);
		} else if (m->content[i] != 0) {
			uint8_t *p = (uint8_t *)kmap_p2v(frame_at(&as, PAGE(i)));

			p[0] = p[PG_SIZE - 1] = i + 1;
		}
		if (m->content[i] != 0 || (i % 2 == 0 && m->perm[i] != HOLE))
			m->content[i] = i + 1;
	}
}

/* --- states --- */

static uint64_t
shape(const struct memregion *r, uint64_t code)
{
	code = code << 2 | (r->child[0] != NULL) << 1 | (r->child[1] != NULL);
	if (r->child[0] != NULL)
		code = shape(r->child[0], code);
	return r->child[1] != NULL ? shape(r->child[1], code) : code;
}

/* Three bits for each page, four for the last region found, and the tree's shape. */
static uint64_t
key_of(const struct page_model *m)
{
	uint64_t key = shape(as.root, 1), last = 0, k = 1;

	for (int i = 0; i < n; i++) {
		unsigned right = m->perm[i] == MEMPERM_NONE ? 3 : m->perm[i] == HOLE ? 0 :
		    m->perm[i] - 1;

		key = key << 3 | right << 1 | (m->content[i] != 0);
	}
	list_for_each(node, &as.regions) {
		if (as.last != NULL && node == &as.last->as_node)
			last = k;
		k++;
	}
	return key << 4 | last;
}

/* => true when KEY is new; it is then the last state */
static bool
note_state(uint64_t key, uint32_t from, uint16_t op, int depth)
{
	size_t at = key * 0x9e3779b97f4a7c15ul >> 44;

	for (; table[at] != 0; at = (at + 1) % array_len(table)) {
		if (states[table[at] - 1].key == key)
			return false;
	}
	must(n_states < MAX_STATES);
	states[n_states] = (struct state){ key, from, op, depth };
	table[at] = ++n_states;
	return true;
}

static void
begin_space(struct page_model *m)
{
	must_eq(as_init(&as), ERR_OK);
	must(map_pages(W - 2 * PG_SIZE, W - PG_SIZE, MEMPERM_URW) == ERR_OK);
	must(map_pages(PAGE(n + 1), PAGE(n + 2), MEMPERM_URW) == ERR_OK);
	touch(&as, W - 2 * PG_SIZE, 0xc0);
	touch(&as, PAGE(n + 1), 0xc1);
	vpmap_load(&as.vpmap);
	frames = pmem_free_count();
	model_init(m, n);
}

static void
end_space(void)
{
	must_eq(peek(&as, W - 2 * PG_SIZE), 0xc0);
	must_eq(peek(&as, PAGE(n + 1)), 0xc1);
	vpmap_load(&kernel_vpmap);
	as_destroy(&as);
}

/* Go the way to state S again. */
static void
replay(const struct state *s, struct page_model *m)
{
	uint16_t way[MAX_WAY];
	int len = 0;

	for (; s != states; s = &states[s->from])
		way[len++] = s->op;
	begin_space(m);
	while (len-- > 0) {
		(void)!kernel_apply(&ops[way[len]]);
		(void)model_apply(m, &ops[way[len]]);
		settle(m);
	}
}

/* --- the search --- */

static uint32_t now;			/* the state that is being looked at, and the operation */
static int now_op = -1;

static void
say_op(const struct page_op *o)
{
	static const char *const names[] = { "mmap", "mprotect", "munmap", "discard", "mremap",
		"move" };

	fprintf(stderr, "  %s pages [%d,%d) %d\n", names[o->kind], o->a, o->b, o->x);
}

static void
say_way(const struct state *s)
{
	if (s == states)
		return;
	say_way(&states[s->from]);
	say_op(&ops[s->op]);
}

static void
on_failure(void)
{
	say_way(&states[now]);
	if (now_op >= 0)
		say_op(&ops[now_op]);
}

/* Try operation OP on the state that M tells, in which the space is.  => has it changed? */
static bool
try(int op, struct page_model *m)
{
	struct page_model want = *m;
	uint64_t before = key_of(m);
	err_t err = model_apply(&want, &ops[op]);

	now_op = op;
	tlb_begin(&as, W, n);
	must_eq(kernel_apply(&ops[op]), err);
	tlb_check();
	compare(&want);
	settle(&want);
	compare_regions(&want, 1);
	now_op = -1;
	if (key_of(&want) == before && memcmp(&want, m, sizeof(want)) == 0)
		return false;
	*m = want;
	return true;
}

static void
search_from(struct search *s, const struct state *from)
{
	struct page_model m;
	bool fresh = false;

	now = from - states;
	for (int op = 0; op < n_ops; op++) {
		if (!fresh) {
			replay(from, &m);
			fresh = true;
		}
		s->transitions++;
		if (!try(op, &m))
			continue;
		if (note_state(key_of(&m), now, op, from->depth + 1))
			check_space(&as);
		end_space();
		fresh = false;
	}
	if (fresh)
		end_space();
}

void
window_search(struct search *s)
{
	struct page_model m;

	n = s->pages;
	must(n <= WINDOW_MAX);
	host_on_failure = on_failure;
	make_ops(s->moves);
	n_states = 0;
	memset(table, 0, sizeof(table));
	begin_space(&m);
	note_state(key_of(&m), 0, 0, 0);
	end_space();
	for (size_t i = 0; i < n_states; i++) {
		if (s->depth == 0 || states[i].depth < s->depth)
			search_from(s, &states[i]);
		s->longest = states[i].depth;
	}
	s->states = n_states;
	s->operations = n_ops;
	host_on_failure = NULL;
}
