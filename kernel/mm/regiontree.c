/* SPDX-License-Identifier: MIT */
/*
 * A rank-balanced tree (Haeupler, Sen, Tarjan: Rank-Balanced Trees, 2009).  A node's rank
 * is one or two above each of its children's, that of nothing is 0 and that of a leaf 1: so
 * the tree is at most twice as deep as it must be.  An AVL tree is one, with ranks for
 * heights, but here a subtree may get lower and higher again without anybody above taking
 * notice.  The list of regions gives every node its neighbours, so nothing here compares
 * addresses to find a place.
 *
 * Each node has a bound: no gap below a region of its subtree is wider.  A gap that gets
 * wider raises the bounds above it, as far up as they are too low; one that gets narrower
 * changes nothing.  So a bound may be too high.  A search that it has led astray corrects
 * it.  A region that comes and goes thus costs the same few steps each time, however many
 * there are (docs/design/0023).
 */
#include "mm/regiontree.h"

enum { LEFT = 0, RIGHT = 1 };

static inline int
rank(const struct memregion *r)
{
	return r == NULL ? 0 : r->rank;
}

/* How much is free below R. */
static size_t
gap_below(const struct memregion *r)
{
	vaddr_t from = region_gap_start(r), to = region_gap_end(r);

	return to > from ? to - from : 0;
}

/* Work out R's bound from its children's and the gap below it. */
static void
set_bound(struct memregion *r)
{
	size_t bound = gap_below(r);

	for (int dir = LEFT; dir <= RIGHT; dir++) {
		if (r->child[dir] != NULL)
			bound = max(bound, r->child[dir]->max_gap);
	}
	r->max_gap = bound;
}

/* There is a gap as wide as GAP below a region of R's subtree (R may be NULL). */
static inline void
raise_bounds(struct memregion *r, size_t gap)
{
	for (; r != NULL && r->max_gap < gap; r = r->parent)
		r->max_gap = gap;
}

/* The least rank that R may have above its children. */
static inline int
least_rank(const struct memregion *r)
{
	return 1 + max(rank(r->child[LEFT]), rank(r->child[RIGHT]));
}

static inline bool
rank_fits(const struct memregion *r)
{
	unsigned over_left = r->rank - rank(r->child[LEFT]);
	unsigned over_right = r->rank - rank(r->child[RIGHT]);

	if (r->child[LEFT] == NULL && r->child[RIGHT] == NULL)
		return r->rank == 1;
	return over_left - 1 < 2 && over_right - 1 < 2;		/* both are 1 or 2 */
}

/* Let NEW (may be NULL) be where OLD was below PARENT (NULL: the root). */
static void
replace_child(struct addrspace *as, struct memregion *parent, struct memregion *old,
    struct memregion *new)
{
	if (parent == NULL)
		as->root = new;
	else
		parent->child[parent->child[RIGHT] == old] = new;
	if (new != NULL)
		new->parent = parent;
}

/*
 *        r              c
 *       / \            / \
 *      c   z    ->    x   r        rotate(r, RIGHT); LEFT is the mirror image
 *     / \                / \
 *    x   y              y   z
 */
static struct memregion *
rotate(struct addrspace *as, struct memregion *r, int dir)
{
	struct memregion *c = r->child[!dir];

	replace_child(as, r->parent, r, c);
	r->child[!dir] = c->child[dir];
	if (c->child[dir] != NULL)
		c->child[dir]->parent = r;
	c->child[dir] = r;
	r->parent = c;
	r->rank = least_rank(r);
	c->rank = least_rank(c);
	set_bound(r);
	set_bound(c);
	return c;
}

/*
 * The rank of a child of R (may be NULL) has changed by one: see that R's fits, and then
 * those above as long as they do not.
 */
static void
rebalance(struct addrspace *as, struct memregion *r)
{
	for (; r != NULL && !rank_fits(r); r = r->parent) {
		int lean = rank(r->child[RIGHT]) - rank(r->child[LEFT]);
		int deep = lean > 0 ? RIGHT : LEFT;
		struct memregion *c = r->child[deep];

		if (lean >= -1 && lean <= 1) {
			r->rank = least_rank(r);
		} else if (c->rank > least_rank(c)) {
			c->rank--;
			r->rank = least_rank(r);
		} else {
			if (rank(c->child[!deep]) > rank(c->child[deep]))
				rotate(as, c, deep);
			r = rotate(as, r, !deep);
		}
	}
}

void
regiontree_insert(struct addrspace *as, struct memregion *region, struct memregion *next)
{
	struct memregion *prev;

	list_insert_before(next != NULL ? &next->as_node : &as->regions, &region->as_node);
	prev = region_prev(region);
	region->child[LEFT] = region->child[RIGHT] = region->parent = NULL;
	region->rank = 1;
	region->max_gap = gap_below(region);
	if (prev != NULL && prev->child[RIGHT] == NULL) {
		prev->child[RIGHT] = region;
		region->parent = prev;
	} else if (next != NULL) {	/* whose left is free: prev has something at its right */
		next->child[LEFT] = region;
		region->parent = next;
	} else {
		as->root = region;
	}
	raise_bounds(region->parent, region->max_gap);
	if (region->parent != NULL && region->parent->rank == 1)	/* it was a leaf */
		rebalance(as, region->parent);
}

/* Let NEXT, the leftmost at the right of REGION, take its place.  => what has lost a child */
static struct memregion *
take_place(struct addrspace *as, struct memregion *region, struct memregion *next)
{
	struct memregion *from = next->parent == region ? next : next->parent;

	replace_child(as, next->parent, next, next->child[RIGHT]);
	for (int dir = LEFT; dir <= RIGHT; dir++) {
		next->child[dir] = region->child[dir];
		if (next->child[dir] != NULL)
			next->child[dir]->parent = next;
	}
	replace_child(as, region->parent, region, next);
	next->rank = region->rank;
	next->max_gap = region->max_gap;
	return from;
}

void
regiontree_remove(struct addrspace *as, struct memregion *region)
{
	struct memregion *next = region_next(region), *from = region->parent;

	list_remove(&region->as_node);
	if (region->child[LEFT] == NULL)
		replace_child(as, from, region, region->child[RIGHT]);
	else if (region->child[RIGHT] == NULL)
		replace_child(as, from, region, region->child[LEFT]);
	else
		from = take_place(as, region, next);
	regiontree_update(next);
	rebalance(as, from);
}

void
regiontree_update(struct memregion *region)
{
	if (region != NULL)		/* else: the end of the list has no gap */
		raise_bounds(region, gap_below(region));
}

struct memregion *
regiontree_from(struct addrspace *as, vaddr_t addr)
{
	struct memregion *r = as->root, *found = NULL;

	while (r != NULL) {
		if (pg_round_up(r->end) > addr) {
			found = r;
			r = r->child[LEFT];
		} else {
			r = r->child[RIGHT];
		}
	}
	return found;
}

/* Room for LEN bytes between LOW and HIGH in the gap below R, as high as can be; or 0. */
static inline vaddr_t
fit_below(const struct memregion *r, size_t len, vaddr_t low, vaddr_t high)
{
	vaddr_t from = max(region_gap_start(r), low), to = min(region_gap_end(r), high);

	return from < to && to - from >= len ? to - len : 0;
}

/* The highest region of subtree R below which there is such room, as high as can be; or NULL. */
static struct memregion *
find_room(struct memregion *r, size_t len, vaddr_t low, vaddr_t high)
{
	struct memregion *found = NULL;

	if (r == NULL || r->max_gap < len)
		return NULL;
	if (region_gap_start(r) < high) {	/* else all at its right are too high */
		found = find_room(r->child[RIGHT], len, low, high);
		if (found == NULL && fit_below(r, len, low, high) != 0)
			found = r;
	}
	if (found == NULL && r->start > low)
		found = find_room(r->child[LEFT], len, low, high);
	if (found == NULL)
		set_bound(r);		/* it has led here for nothing */
	return found;
}

vaddr_t
regiontree_place_below(struct addrspace *as, size_t len, vaddr_t low, vaddr_t high,
    struct memregion **next)
{
	struct memregion *r = region_last(as);
	vaddr_t from = r == NULL ? low : max(low, pg_round_up(r->end)), found;

	*next = NULL;
	if (from < high && high - from >= len)
		return high - len;	/* the room above all */
	/* Most often it is one of the highest gaps. */
	for (int i = 0; i < 3 && r != NULL; i++, r = region_prev(r)) {
		found = fit_below(r, len, low, high);
		if (found != 0) {
			*next = r;
			return found;
		}
	}
	/* memregion_extend moves the heap's end and knows nothing of the tree. */
	if (as->heap != NULL)
		regiontree_update(region_next(as->heap));
	*next = find_room(as->root, len, low, high);
	return *next == NULL ? 0 : fit_below(*next, len, low, high);
}
