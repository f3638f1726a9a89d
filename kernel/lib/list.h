/* SPDX-License-Identifier: MIT */
/*
 * Doubly linked circular lists: a struct list is a head, or a link inside a
 * bigger structure (container_of gets back to it).  An empty head points at
 * itself.
 */
#ifndef FAULTLINE_LIB_LIST_H
#define FAULTLINE_LIB_LIST_H

#include "types.h"

struct list {
	struct list *next;
	struct list *prev;
};

#define LIST_INIT(l)	{ &(l), &(l) }

static inline void
list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool
list_empty(const struct list *l)
{
	return l->next == l;
}

/* Insert N just before AT; before a head means at the end of its list. */
static inline void
list_insert_before(struct list *at, struct list *n)
{
	n->next = at;
	n->prev = at->prev;
	at->prev->next = n;
	at->prev = n;
}

static inline void
list_push_front(struct list *head, struct list *n)
{
	list_insert_before(head->next, n);
}

static inline void
list_push_back(struct list *head, struct list *n)
{
	list_insert_before(head, n);
}

/* Take N out of its list; N is then an empty list of its own. */
static inline void
list_remove(struct list *n)
{
	struct list *prev = n->prev, *next = n->next;

	prev->next = next;
	next->prev = prev;
	list_init(n);
}

#define list_entry(ptr, type, member)	container_of(ptr, type, member)

/* POS visits each link of HEAD; do not remove POS itself (see list_for_each_safe). */
#define list_for_each(pos, head) \
	for (struct list *pos = (head)->next; pos != (head); pos = pos->next)

/* The same, and POS may be removed or freed by the body. */
#define list_for_each_safe(pos, head) \
	for (struct list *pos = (head)->next, *pos##_next = pos->next; \
	     pos != (head); pos = pos##_next, pos##_next = pos->next)

#endif
