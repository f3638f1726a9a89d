/* SPDX-License-Identifier: MIT */
/*
 * The kernel's small-object allocator: slabs of one frame.
 *
 *   a slab:  [ struct slab | object | object | ... ]     one frame
 *
 * Each size class keeps a list of the slabs that have a free object.  A slab's
 * free objects are chained through their first word.  A slab whose last object
 * goes is given back to pmem at once, so that the count of free frames tells the
 * truth.  From half a frame on, an object has whole frames of its own, and the
 * frame's note says how many.
 */
#include "mm/kmalloc.h"

#include "lib/list.h"
#include "lib/string.h"
#include "lock.h"
#include "mm/inject.h"
#include "mm/pmem.h"
#include "panic.h"

#define SLAB_MAGIC	0x51ab51ab51ab51abul
#define FREE_MARK	0xf4eef4eef4eef4eeul
#define MIN_SHIFT	4		/* 16 bytes */
#define MAX_SHIFT	10		/* 1 KiB; three of them in a slab */
#define N_CLASSES	(MAX_SHIFT - MIN_SHIFT + 1)

struct object {
	struct object *next;
	uint64_t mark;			/* FREE_MARK; user data may look like it, too */
};

struct slab {
	uint64_t magic;
	struct list node;		/* in its class' partial list, or alone when full */
	struct object *free;
	uint16_t used;			/* objects handed out */
	uint16_t size;			/* bytes of an object: a power of two */
	uint32_t pad;
	uint64_t pad2;			/* objects start 16-byte aligned */
};

_Static_assert(sizeof(struct slab) % 16 == 0, "objects start 16-byte aligned");

static struct spinlock kmalloc_lock = SPINLOCK_INIT("kmalloc");
static struct list partial[N_CLASSES];	/* kmalloc_lock; zero until first use */

static struct list *
class_list(size_t size)
{
	return &partial[size <= 1ul << MIN_SHIFT ? 0 : 64 - __builtin_clzl(size - 1) - MIN_SHIFT];
}

static struct slab *
slab_create(size_t size)
{
	struct slab *slab;
	char *obj;
	paddr_t p;

	if (pmem_alloc(&p) != ERR_OK)
		return NULL;
	slab = (struct slab *)kmap_p2v(p);
	slab->magic = SLAB_MAGIC;
	slab->size = size;
	slab->used = 0;
	slab->free = NULL;
	list_init(&slab->node);
	for (obj = (char *)(slab + 1); obj + size <= (char *)slab + PG_SIZE; obj += size) {
		*(struct object *)obj = (struct object){ slab->free, FREE_MARK };
		slab->free = (struct object *)obj;
	}
	return slab;
}

/* Add a slab to CLASS.  => false when there is no memory */
static __attribute__((noinline)) bool
add_slab(struct list *class)
{
	struct slab *slab = slab_create(1ul << (MIN_SHIFT + (class - partial)));

	if (class->next == NULL)
		list_init(class);
	if (slab != NULL)
		list_push_front(class, &slab->node);
	return slab != NULL;
}

static inline void *
alloc_small(size_t size)
{
	struct list *class = class_list(size);
	struct slab *slab;
	struct object *obj;

	if ((class->next == NULL || list_empty(class)) && !add_slab(class))
		return NULL;
	slab = list_entry(class->next, struct slab, node);
	obj = slab->free;
	slab->free = obj->next;
	slab->used++;
	if (slab->free == NULL)
		list_remove(&slab->node);
	return obj;
}

static void
free_small(struct slab *slab, struct object *obj)
{
	if (slab->magic != SLAB_MAGIC || slab->used == 0 ||
	    (((vaddr_t)obj - (vaddr_t)(slab + 1)) & (slab->size - 1ul)) != 0)
		panic("kfree: %p was not allocated", (void *)obj);
	for (struct object *o = slab->free; obj->mark == FREE_MARK && o != NULL; o = o->next) {
		if (o == obj)
			panic("kfree: %p is free already", (void *)obj);
	}
	if (slab->free == NULL)
		list_push_front(class_list(slab->size), &slab->node);
	obj->next = slab->free;
	obj->mark = FREE_MARK;
	slab->free = obj;
	if (--slab->used == 0) {
		list_remove(&slab->node);
		slab->magic = 0;
		pmem_free(kmap_v2p((vaddr_t)slab));
	}
}

static __attribute__((noinline)) void *
alloc_large(size_t size)
{
	size_t n = pg_round_up(size) / PG_SIZE;
	paddr_t p;

	if (size == 0 || size > pmem_total_count() * PG_SIZE || alloc_fails())
		return NULL;
	if (pmem_nalloc(&p, n) != ERR_OK)
		return NULL;
	*pmem_note(p) = n;
	return (void *)kmap_p2v(p);
}

void *
kmalloc(size_t size)
{
	void *obj = NULL;

	if (size == 0 || size > 1ul << MAX_SHIFT) {
		obj = alloc_large(size);
	} else if (!alloc_fails()) {
		spin_lock(&kmalloc_lock);
		obj = alloc_small(size);
		spin_unlock(&kmalloc_lock);
	}
	inject_count_objects(obj != NULL);
	return obj;
}

void *
kzalloc(size_t size)
{
	void *obj = kmalloc(size);

	if (obj != NULL)
		memset(obj, 0, size);
	return obj;
}

void
kfree(void *p)
{
	if (p == NULL)
		return;
	inject_count_objects(-1);
	if (pg_aligned((vaddr_t)p)) {	/* a slab's first object never is */
		paddr_t frame = kmap_v2p((vaddr_t)p);
		size_t n = *pmem_note(frame);

		if (n == 0)
			panic("kfree: %p was not allocated", p);
		pmem_nfree(frame, n);
		return;
	}
	spin_lock(&kmalloc_lock);
	free_small((struct slab *)pg_round_down((vaddr_t)p), p);
	spin_unlock(&kmalloc_lock);
}
