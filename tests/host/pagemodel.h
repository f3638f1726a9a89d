/* SPDX-License-Identifier: MIT */
/*
 * What mmap, munmap, mprotect, madvise and mremap do to a window of pages, as a model that
 * knows pages only, beside what the kernel does.
 */
#ifndef HOST_PAGEMODEL_H
#define HOST_PAGEMODEL_H

#include "mm/vm.h"

#define MODEL_PAGES	64
#define MODEL_BASE	0x10040000ul		/* of the window in `as` */
#define PAGE(i)	(MODEL_BASE + (vaddr_t)(i) * PG_SIZE)
#define HOLE	(-1)

enum page_op_kind { MMAP, MPROTECT, MUNMAP, DISCARD, MREMAP, MOVE, PAGE_OPS };

struct page_op {
	uint8_t kind, a, b, x;		/* pages [a, b); x: index of a right, new end, target */
};

/* The rights that operations give. */
#define MODEL_PERMS	3
extern const memperm_t model_perms[MODEL_PERMS];

/* What is known of the window; content: 0 absent, else the byte the page is full of. */
struct page_model {
	int n;				/* pages */
	int perm[MODEL_PAGES];		/* or HOLE */
	int content[MODEL_PAGES];
};

/* Let M be N pages that are not mapped. */
void model_init(struct page_model *m, int n);

/* Do O to M; do O to `as`.  => the answers that must be equal */
err_t model_apply(struct page_model *m, const struct page_op *o);
err_t kernel_apply(const struct page_op *o);

/* Map [START, END) of `as`, whatever is there. */
err_t map_pages(vaddr_t start, vaddr_t end, memperm_t perm);

/*
 * Every entry of `as` must be as M says, and no page more be there.
 * => how many are
 */
size_t compare_pages(const struct page_model *m);

/*
 * The regions in the window must be the longest runs of pages with the same rights.
 * => BELOW regions are below it, and as many above
 */
void compare_regions(const struct page_model *m, int below);

#endif
