/* SPDX-License-Identifier: MIT */
/*
 * The kernel's small-object allocator.
 */
#ifndef FAULTLINE_MM_KMALLOC_H
#define FAULTLINE_MM_KMALLOC_H

#include "types.h"

#define KMALLOC_MIN_SHIFT	4	/* 16 bytes */
#define KMALLOC_MAX_SHIFT	10	/* 1 KiB; three of them in a slab */

/* The size class of SIZE: how many bits above the least, or -1 when objects are not so large. */
static inline int
kmalloc_class(size_t size)
{
	if (size <= 1ul << KMALLOC_MIN_SHIFT)
		return size == 0 ? -1 : 0;
	return size > 1ul << KMALLOC_MAX_SHIFT ? -1 :
	    64 - __builtin_clzl(size - 1) - KMALLOC_MIN_SHIFT;
}

/* An object of a class; whole frames for an object that belongs to none. */
void *kmalloc_small(int class);
void *kmalloc_large(size_t size);

/*
 * SIZE bytes, 16-byte aligned (page-aligned from half a page on), contents
 * undefined.  => NULL when there is no memory, or SIZE is 0
 */
static inline void *
kmalloc(size_t size)
{
	int class = kmalloc_class(size);

	return class < 0 ? kmalloc_large(size) : kmalloc_small(class);
}

void *kzalloc(size_t size);	/* the same, zeroed */

/* Free what kmalloc gave; NULL is ignored.  => panics on anything else, and on a double free */
void kfree(void *p);

#endif
