/* SPDX-License-Identifier: MIT */
/*
 * The kernel's small-object allocator.
 */
#ifndef FAULTLINE_MM_KMALLOC_H
#define FAULTLINE_MM_KMALLOC_H

#include "types.h"

/*
 * SIZE bytes, 16-byte aligned (page-aligned from half a page on), contents
 * undefined.  => NULL when there is no memory, or SIZE is 0
 */
void *kmalloc(size_t size);
void *kzalloc(size_t size);	/* the same, zeroed */

/* Free what kmalloc gave; NULL is ignored.  => panics on anything else, and on a double free */
void kfree(void *p);

#endif
