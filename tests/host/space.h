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

/* The regions must be in order and apart, and the lock free. */
void check_space(const struct addrspace *space);

#endif
