/* SPDX-License-Identifier: MIT */
/*
 * The kernel's small-object allocator: slabs of one frame.
 *
 *   a slab:  [ struct slab | object | object | ... ]     one frame
 *
 * Objects lie at multiples of their size.  Each size class, a power of two, keeps a list of
 * the slabs that have a free object.  A slab's free objects are chained through their first
 * word.  A slab whose last object goes is given back to pmem at once, so that the count of
 * free frames tells the truth.  From half a frame on, an object has whole frames of its own,
 * and the frame's note says how many.
 */
#include "mm/kmalloc.h"

#include "lib/string.h"
#include "lock.h"
#include "mm/inject.h"
#include "mm/pmem.h"
#include "panic.h"

#define SLAB_MAGIC	0x51ab51ab
#define FREE_MARK	0xf4eef4ee
#define N_CLASSES	(KMALLOC_MAX_SHIFT - KMALLOC_MIN_SHIFT + 1)

struct object {
	struct object *next;
	uint32_t mark;			/* FREE_MARK; what an owner writes may look like it, too */
};

struct slab {
	uint32_t magic;
	int32_t class;
	struct slab *next, *prev;	/* of its class' partial ones; NULL at the ends */
	struct object *free;
	uint32_t used;			/* objects handed out */
	uint32_t size;			/* bytes of an object: a power of two */
} __attribute__((aligned(16)));		/* and so are the objects behind it */

static struct spinlock kmalloc_lock = SPINLOCK_INIT("kmalloc");
static struct slab *partial[N_CLASSES];	/* kmalloc_lock; those with a free object */

static void
slab_link(struct slab *slab) REQUIRES(kmalloc_lock)
{
	struct slab **first = &partial[slab->class];

	slab->prev = NULL;
	slab->next = *first;
	if (slab->next != NULL)
		slab->next->prev = slab;
	*first = slab;
}

static void
slab_unlink(struct slab *slab) REQUIRES(kmalloc_lock)
{
	if (slab->next != NULL)
		slab->next->prev = slab->prev;
	if (slab->prev != NULL)
		slab->prev->next = slab->next;
	else
		partial[slab->class] = slab->next;
}

static struct slab *
slab_create(int class)
{
	size_t size = 1ul << (KMALLOC_MIN_SHIFT + class);
	struct slab *slab;
	paddr_t p;

	if (pmem_alloc(&p) != ERR_OK)
		return NULL;
	slab = (struct slab *)kmap_p2v(p);
	slab->magic = SLAB_MAGIC;
	slab->size = size;
	slab->used = 0;
	slab->class = class;
	slab->free = NULL;
	for (size_t at = PG_SIZE - size; at >= sizeof(*slab); at -= size) {
		struct object *obj = (struct object *)((char *)slab + at);

		*obj = (struct object){ slab->free, FREE_MARK };
		slab->free = obj;
	}
	return slab;
}

static inline struct object *
take_object(struct slab *slab) REQUIRES(kmalloc_lock)
{
	struct object *obj = slab->free;

	slab->free = obj->next;
	slab->used++;
	if (slab->free == NULL)
		slab_unlink(slab);
	inject_count_objects(1);
	return obj;
}

/* The first object of a new slab.  => NULL without a frame */
static __attribute__((noinline)) void *
alloc_from_new(int class)
{
	struct slab *slab = slab_create(class);
	struct object *obj;

	if (slab == NULL)
		return NULL;
	spin_lock(&kmalloc_lock);
	slab_link(slab);
	obj = take_object(slab);
	spin_unlock(&kmalloc_lock);
	return obj;
}

void *
kmalloc_small(int class)
{
	struct slab *slab = partial[class];
	struct object *obj;

	if (alloc_fails())
		return NULL;
	if (slab == NULL)
		return alloc_from_new(class);
	spin_lock(&kmalloc_lock);
	obj = take_object(slab);
	spin_unlock(&kmalloc_lock);
	return obj;
}

void *
kmalloc_large(size_t size)
{
	size_t n = pg_round_up(size) / PG_SIZE;
	paddr_t p;

	if (size == 0 || size > pmem_total_count() * PG_SIZE || alloc_fails())
		return NULL;
	if (pmem_nalloc(&p, n) != ERR_OK)
		return NULL;
	*pmem_note(p) = n;
	inject_count_objects(1);
	return (void *)kmap_p2v(p);
}

void *
kzalloc(size_t size)
{
	void *obj = kmalloc(size);

	if (obj != NULL)
		memset(obj, 0, size);
	return obj;
}

static bool
is_free(const struct slab *slab, const struct object *obj)
{
	for (const struct object *o = slab->free; o != NULL; o = o->next) {
		if (o == obj)
			return true;
	}
	return false;
}

static noreturn void
never_allocated(const void *p)
{
	panic("kfree: %p was not allocated", p);
}

/* Free the frames at P; NULL is ignored. */
static __attribute__((noinline)) void
free_large(void *p)
{
	paddr_t frame = kmap_v2p((vaddr_t)p);
	size_t n;

	if (p == NULL)
		return;
	n = *pmem_note(frame);
	if (n == 0)
		never_allocated(p);
	inject_count_objects(-1);
	pmem_nfree(frame, n);
}

/* SLAB has its first free object, or none but free ones. */
static __attribute__((noinline)) void
slab_settle(struct slab *slab) REQUIRES(kmalloc_lock)
{
	if (slab->free->next == NULL)
		slab_link(slab);
	if (slab->used == 0) {
		slab_unlink(slab);
		slab->magic = 0;
		pmem_free(kmap_v2p((vaddr_t)slab));
	}
}

void
kfree(void *p)
{
	struct slab *slab = (struct slab *)pg_round_down((vaddr_t)p);
	struct object *obj = p;

	if (obj == (void *)slab) {		/* a slab's first object never is */
		free_large(p);
		return;
	}
	if (slab->magic != SLAB_MAGIC || ((vaddr_t)obj & (slab->size - 1)) != 0)
		never_allocated(p);
	if (obj->mark == FREE_MARK && is_free(slab, obj))
		panic("kfree: %p is free already", p);
	spin_lock(&kmalloc_lock);
	obj->next = slab->free;
	obj->mark = FREE_MARK;
	slab->free = obj;
	inject_count_objects(-1);
	if (--slab->used == 0 || obj->next == NULL)
		slab_settle(slab);
	spin_unlock(&kmalloc_lock);
}
