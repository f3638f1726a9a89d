/* SPDX-License-Identifier: MIT */
/*
 * An AVL tree (Adelson-Velsky and Landis, 1962; Knuth, volume 3, 6.2.3) with the
 * widest gap of each subtree.  The list of regions gives every node its neighbours,
 * so nothing here compares addresses to find a place.
 */
#include "mm/regiontree.h"

enum { LEFT = 0, RIGHT = 1 };

static int
height(const struct memregion *r)
{
	return r == NULL ? 0 : r->height;
}

/* Note how much is free below R (NULL is ignored). */
static void
set_gap(struct memregion *r)
{
	vaddr_t from, to;

	if (r == NULL)
		return;
	from = region_gap_start(r);
	to = region_gap_end(r);
	r->gap = to > from ? to - from : 0;
}

/* Work out R's height and widest gap from its children's and its own.  => have they changed? */
static inline bool
update(struct memregion *r)
{
	const struct memregion *left = r->child[LEFT], *right = r->child[RIGHT];
	size_t gap = r->gap;
	int tall = 0;
	bool changed;

	if (left != NULL) {
		gap = max(gap, left->max_gap);
		tall = left->height;
	}
	if (right != NULL) {
		gap = max(gap, right->max_gap);
		tall = max(tall, right->height);
	}
	changed = r->max_gap != gap || r->height != tall + 1;
	r->max_gap = gap;
	r->height = tall + 1;
	return changed;
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
	update(r);
	update(c);
	return c;
}

/*
 * Bring R up to date and all above it that this changes, at least as far as UP_TO (NULL:
 * no further than that), turning where one side is two levels deeper than the other.
 */
static void
rebalance(struct addrspace *as, struct memregion *r, const struct memregion *up_to)
{
	bool changed = true;

	for (; r != NULL && (changed || up_to != NULL); r = r->parent) {
		int lean = height(r->child[RIGHT]) - height(r->child[LEFT]);

		if (r == up_to)
			up_to = NULL;
		if (lean >= -1 && lean <= 1) {
			changed = update(r);
		} else {
			int deep = lean > 0 ? RIGHT : LEFT;
			struct memregion *c = r->child[deep];

			if (height(c->child[!deep]) > height(c->child[deep]))
				rotate(as, c, deep);
			r = rotate(as, r, !deep);
			changed = true;
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
	region->height = 0;		/* new: whatever update finds is a change */
	set_gap(region);
	set_gap(next);
	if (prev != NULL && prev->child[RIGHT] == NULL) {
		prev->child[RIGHT] = region;
		region->parent = prev;
	} else if (next != NULL) {	/* whose left is free: prev has something at its right */
		next->child[LEFT] = region;
		region->parent = next;
	} else {
		as->root = region;
	}
	rebalance(as, region, next);	/* NEXT is above REGION in either case */
}

void
regiontree_remove(struct addrspace *as, struct memregion *region)
{
	struct memregion *next = region_next(region), *from = region->parent;

	list_remove(&region->as_node);
	set_gap(next);
	if (region->child[LEFT] != NULL && region->child[RIGHT] != NULL) {
		/* NEXT is the leftmost on the right: let it take REGION's place. */
		from = next->parent == region ? next : next->parent;
		replace_child(as, next->parent, next, next->child[RIGHT]);
		for (int dir = LEFT; dir <= RIGHT; dir++) {
			next->child[dir] = region->child[dir];
			if (next->child[dir] != NULL)
				next->child[dir]->parent = next;
		}
		replace_child(as, region->parent, region, next);
	} else if (region->child[RIGHT] != NULL) {	/* that is NEXT, and a leaf */
		replace_child(as, from, region, next);
		from = next;
	} else {
		replace_child(as, from, region, region->child[LEFT]);
	}
	if (region->child[RIGHT] != NULL) {	/* what is new at REGION's old place counts */
		next->height = region->height;
		next->max_gap = region->max_gap;
	}
	rebalance(as, from, next);
}

void
regiontree_update(struct memregion *region)
{
	set_gap(region);		/* REGION may be NULL: the end of the list has no gap */
	while (region != NULL && update(region))
		region = region->parent;
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

/* As regiontree_place, among the gaps below the regions of subtree R. */
static vaddr_t
place_below(const struct memregion *r, size_t len, vaddr_t low, vaddr_t high)
{
	while (r != NULL && r->max_gap >= len) {
		vaddr_t found;

		if (region_gap_start(r) < high) {	/* else all at its right are too high */
			found = place_below(r->child[RIGHT], len, low, high);
			if (found == 0)
				found = fit_below(r, len, low, high);
			if (found != 0)
				return found;
		}
		if (r->start <= low)
			return 0;
		r = r->child[LEFT];
	}
	return 0;
}

vaddr_t
regiontree_place(struct addrspace *as, size_t len, vaddr_t low, vaddr_t high)
{
	const struct memregion *r = regiontree_from(as, high - 1), *last;
	vaddr_t found = 0, from;

	if (r == NULL) {		/* nothing reaches up to HIGH: the room above all */
		last = list_empty(&as->regions) ? NULL :
		    list_entry(as->regions.prev, struct memregion, as_node);
		from = last == NULL ? low : max(low, pg_round_up(last->end));
		if (from < high && high - from >= len)
			return high - len;
		r = last;
	}
	/* Most often it is one of the first few gaps. */
	for (int i = 0; i < 3 && r != NULL && found == 0; i++, r = region_prev(r))
		found = fit_below(r, len, low, high);
	return found != 0 ? found : place_below(as->root, len, low, high);
}
