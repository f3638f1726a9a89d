/* SPDX-License-Identifier: MIT */
/*
 * malloc on sbrk: first fit over a list of free blocks sorted by address, so that
 * neighbours meet again when they are freed.
 *
 *	a block:  [ size | next ][ the caller's bytes ... ]
 *	            header, 16     a multiple of 16
 *
 * size counts the whole block, header included.  next is used while the block is
 * free.  All blocks, used and free, lie in memory that sbrk has given; when the last
 * free block touches the end of the heap and is large, it is given back.
 */
#include "user.h"

#define ALIGN		16
#define GROW_MIN	(16 * PAGE_SIZE)	/* ask the kernel for at least so much */
#define TRIM_MIN	(32 * PAGE_SIZE)	/* give back no less than this */

struct block {
	size_t size;
	struct block *next;
};

_Static_assert(sizeof(struct block) == ALIGN, "blocks keep their neighbours aligned");

static struct block *free_list;

static char *
block_end(const struct block *b)
{
	return (char *)b + b->size;
}

/* Merge B with its successor in the list if they touch. */
static void
block_merge(struct block *b)
{
	if (b->next != NULL && block_end(b) == (char *)b->next) {
		b->size += b->next->size;
		b->next = b->next->next;
	}
}

/* Put B into the list, and merge it with its neighbours. */
static void
block_release(struct block *b)
{
	struct block **link = &free_list, *before = NULL;

	while (*link != NULL && *link < b) {
		before = *link;
		link = &(*link)->next;
	}
	b->next = *link;
	*link = b;
	block_merge(b);
	if (before != NULL)
		block_merge(before);
}

/* If the last free block is large and ends where the heap ends, give it back. */
static void
heap_trim(void)
{
	struct block **link = &free_list, *last;

	if (*link == NULL)
		return;
	while ((*link)->next != NULL)
		link = &(*link)->next;
	last = *link;
	if (last->size < TRIM_MIN || block_end(last) != (char *)sbrk(0))
		return;
	*link = NULL;	/* before the memory goes: the link may be all that is left of it */
	sbrk(-(intptr_t)last->size);
}

/* Have SIZE more bytes in the free list.  => false when the kernel has none */
static bool
heap_grow(size_t size)
{
	uintptr_t start = (uintptr_t)sbrk(0);
	size_t pad = -start % ALIGN;	/* somebody else may have moved the end */
	struct block *b;

	if (size < GROW_MIN)
		size = GROW_MIN;
	if (sbrk((intptr_t)(size + pad)) == (void *)-1)
		return false;
	b = (struct block *)(start + pad);
	b->size = size;
	block_release(b);
	return true;
}

/* Cut B down to SIZE bytes; what is left over becomes a free block if it can be one. */
static void
block_cut(struct block *b, size_t size)
{
	struct block *rest = (struct block *)((char *)b + size);

	if (b->size - size < 2 * sizeof(*b))
		return;
	rest->size = b->size - size;
	b->size = size;
	block_release(rest);
}

/* The size of a block for N bytes; 0 when there can be none. */
static size_t
block_size(size_t n)
{
	if (n > PTRDIFF_MAX - 2 * PAGE_SIZE)
		return 0;
	return (n + sizeof(struct block) + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

/* Take the first block of at least SIZE bytes out of the list.  => NULL: there is none */
static struct block *
block_take(size_t size)
{
	for (struct block **link = &free_list; *link != NULL; link = &(*link)->next) {
		struct block *b = *link;

		if (b->size < size)
			continue;
		*link = b->next;
		block_cut(b, size);
		return b;
	}
	return NULL;
}

void *
malloc(size_t n)
{
	size_t size = block_size(n > 0 ? n : 1);
	struct block *b = NULL;

	if (size != 0)
		b = block_take(size);
	if (b == NULL && size != 0 && heap_grow(size))
		b = block_take(size);
	if (b == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	return b + 1;
}

void
free(void *p)
{
	if (p == NULL)
		return;
	block_release((struct block *)p - 1);
	heap_trim();
}

void *
calloc(size_t count, size_t size)
{
	size_t n;
	void *p;

	if (__builtin_mul_overflow(count, size, &n)) {
		errno = ENOMEM;
		return NULL;
	}
	p = malloc(n);
	return p != NULL ? memset(p, 0, n) : NULL;
}

void *
realloc(void *p, size_t n)
{
	struct block *b = (struct block *)p - 1;
	size_t size = block_size(n > 0 ? n : 1);
	void *copy;

	if (p == NULL)
		return malloc(n);
	if (size != 0 && size <= b->size) {
		block_cut(b, size);
		return p;
	}
	copy = malloc(n);
	if (copy == NULL)
		return NULL;
	memcpy(copy, p, b->size - sizeof(*b));
	free(p);
	return copy;
}
