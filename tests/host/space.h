/* SPDX-License-Identifier: MIT */
/*
 * An address space for host tests: `as`, in physical memory of its own, below an
 * empty kernel half.
 */
#ifndef HOST_SPACE_H
#define HOST_SPACE_H

#include "mm/vm.h"

extern struct addrspace as;

/* Make SIZE bytes of physical memory, the kernel's map (nothing in it) and `as`. */
void space_begin(size_t size);

/* One frame; there must be one. */
paddr_t frame(void);

/* Take all frames but N; give them back. */
void take_frames_but(size_t n);
void give_frames_back(void);

/* A new region of `as`, read and write; it must be possible. */
struct memregion *region(vaddr_t start, size_t size);

/* Back A's page in SPACE with a frame full of BYTE. */
void touch(struct addrspace *space, vaddr_t a, int byte);

/* The byte at A in SPACE, or -1 when its page is not present. */
int peek(struct addrspace *space, vaddr_t a);

/* The rights that A's page has now, or -1 when it is not present. */
int rights(struct addrspace *space, vaddr_t a);

/* The frame of A's page, or 0. */
paddr_t frame_at(struct addrspace *space, vaddr_t a);

/*
 * What must always hold, whatever was done: the regions are in order and apart, tree and
 * list are the same, gaps and ranks are right, every page lies in a region and has no
 * right that its region lacks, a private page that may be written has one owner, tables
 * count their entries, frames said to be zero are, and the lock is free.
 * => how many frames the tables take
 */
size_t check_space(struct addrspace *space);

/* Only the list and the tree. */
void check_tree_of(struct addrspace *space);

/* No two neighbors could be one region. */
void check_joined(const struct addrspace *space);

/* Find translations that were not flushed: from tlb_begin to tlb_check, N pages from A. */
#define TLB_PAGES	512
void tlb_begin(struct addrspace *space, vaddr_t a, size_t n);
void tlb_check(void);

#endif
