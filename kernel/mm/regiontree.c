/* SPDX-License-Identifier: MIT */
/*
 * A relaxed AVL tree (Sen and Tarjan: Deletion Without Rebalancing in Balanced Binary Trees,
 * 2010).  A node's rank is higher than its children's; that of nothing is 0, that of a new
 * leaf 1.  What is added is balanced as in an AVL tree with ranks for heights; what is removed
 * leaves the ranks as they are, and what comes in its place finds them right.  The tree is
 * never deeper than an AVL tree into which as many regions were put, with none removed.  The
 * list of regions gives every node its neighbors, so nothing here compares addresses to
 * find a place.
 *
 * Each node has a bound: no gap below a region of its subtree is wider.  A gap that gets
 * wider raises the bounds above it, as far up as they are too low; one that gets narrower
 * changes nothing.  So a bound may be too high.  A search that it has led astray corrects
 * it.  A region that comes and goes thus costs the same few steps each time, however many
 * there are (docs/design/0023).
 */
#include "mm/regiontree.h"

enum { LEFT = 0, RIGHT = 1 };	/* memregion.child */

static inline int
rank(const struct memregion *r)
{
	return r == NULL ? 0 : r->rank;
}

/*
 * How far R's start is from the end of the one before it.  The guard of one that grows
 * down is not taken off: this is for bounds, which may be too high.
 */
static inline size_t
gap_below(const struct memregion *r)
{
	const struct memregion *prev = region_prev(r);

	return r->start - (prev == NULL ? USER_START : prev->end);
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
static void
raise_bounds(struct memregion *r, size_t gap)
{
	for (; r != NULL && r->max_gap < gap; r = r->parent)
		r->max_gap = gap;
}

/* Let NEW (may be NULL) be where OLD is below its parent, or the root. */
static void
replace_child(struct addrspace *as, const struct memregion *old, struct memregion *new)
{
	struct memregion *parent = old->parent;

	if (parent == NULL)
		as->root = new;
	else
		parent->child[parent->child[RIGHT] == old] = new;
	if (new != NULL)
		new->parent = parent;
}

/*
 *        p              c
 *       / \            / \
 *      c   z    ->    x   p        rotate(p, RIGHT); LEFT is the mirror image
 *     / \                / \
 *    x   y              y   z
 */
static void
rotate(struct addrspace *as, struct memregion *p, int dir)
{
	struct memregion *c = p->child[!dir];

	replace_child(as, p, c);
	p->child[!dir] = c->child[dir];
	if (c->child[dir] != NULL)
		c->child[dir]->parent = p;
	c->child[dir] = p;
	p->parent = c;
	c->max_gap = p->max_gap;		/* it is the same subtree */
	set_bound(p);
}

/* C's rank may have come to be as high as its parent's: see that all fit again. */
static void
rebalance(struct addrspace *as, struct memregion *c)
{
	struct memregion *p;

	for (; (p = c->parent) != NULL && p->rank == c->rank; c = p) {
		int dir = p->child[RIGHT] == c ? RIGHT : LEFT;
		struct memregion *inner = c->child[!dir];

		if (rank(p->child[!dir]) == p->rank - 1) {
			p->rank++;
			continue;
		}
		p->rank--;
		if (rank(inner) == c->rank - 1) {	/* it goes to the top */
			inner->rank++;
			c->rank--;
			rotate(as, c, dir);
		}
		rotate(as, p, !dir);
		return;
	}
}

void
regiontree_settle(struct addrspace *as)
{
	struct memregion *r = as->fresh, *prev = region_prev(r), *next = region_next(r);

	as->fresh = NULL;
	r->child[LEFT] = r->child[RIGHT] = r->parent = NULL;
	r->rank = 1;
	r->max_gap = gap_below(r);
	if (prev != NULL && prev->child[RIGHT] == NULL) {
		prev->child[RIGHT] = r;
		r->parent = prev;
	} else if (next != NULL) {	/* whose left is free: prev has something at its right */
		next->child[LEFT] = r;
		r->parent = next;
	} else {
		as->root = r;
	}
	raise_bounds(r->parent, r->max_gap);
	/* memregion_extend moves the heap's end and knows nothing of the tree. */
	if (prev == as->heap)
		regiontree_update(next);
	rebalance(as, r);
}

/* Let NEXT, the leftmost at the right of REGION, take its place. */
static void
take_place(struct addrspace *as, struct memregion *region, struct memregion *next)
{
	replace_child(as, next, next->child[RIGHT]);
	for (int dir = LEFT; dir <= RIGHT; dir++) {
		next->child[dir] = region->child[dir];
		if (next->child[dir] != NULL)
			next->child[dir]->parent = next;
	}
	replace_child(as, region, next);
	next->rank = region->rank;
	next->max_gap = region->max_gap;
}

void
regiontree_take_out(struct addrspace *as, struct memregion *region)
{
	struct memregion *next = region_next(region);

	if (as->fresh != NULL)
		regiontree_settle(as);
	list_remove(&region->as_node);
	if (region->child[LEFT] == NULL)
		replace_child(as, region, region->child[RIGHT]);
	else if (region->child[RIGHT] == NULL)
		replace_child(as, region, region->child[LEFT]);
	else
		take_place(as, region, next);
	regiontree_update(next);
}

void
regiontree_update(struct memregion *region) NO_LOCK_ANALYSIS
{
	if (region == NULL)
		return;			/* the end of the list has no gap */
	if (region->as->fresh != NULL)
		regiontree_settle(region->as);
	raise_bounds(region, gap_below(region));
}

struct memregion *
regiontree_from(struct addrspace *as, vaddr_t addr)
{
	struct memregion *r, *found = NULL;

	if (as->fresh != NULL)
		regiontree_settle(as);
	r = as->root;
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

/* The highest region of subtree R below which there is such room, as high as can be; or NULL. */
static struct memregion *
find_room(struct memregion *r, size_t len, vaddr_t low, vaddr_t high)
{
	struct memregion *found = NULL;

	if (r == NULL || r->max_gap < len)
		return NULL;
	if (region_gap_start(r) < high) {	/* else all at its right are too high */
		found = find_room(r->child[RIGHT], len, low, high);
		if (found == NULL && region_fit_below(r, len, low, high) != 0)
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
	struct memregion *last = region_last(as);
	vaddr_t from = last == NULL ? low : max(low, pg_round_up(last->end));

	*next = NULL;
	if (from < high && high - from >= len)
		return high - len;	/* the room above all */
	if (as->fresh != NULL)
		regiontree_settle(as);
	if (as->heap != NULL)		/* it may have moved its end, as above */
		regiontree_update(region_next(as->heap));
	*next = find_room(as->root, len, low, high);
	return *next == NULL ? 0 : region_fit_below(*next, len, low, high);
}
