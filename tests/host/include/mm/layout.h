/* SPDX-License-Identifier: MIT */
/*
 * The kernel's layout, but for two places: on the host, physical memory is an
 * array (fakes.c), and so is what stands for the kernel's image.
 */
#ifndef HOST_MM_LAYOUT_H
#define HOST_MM_LAYOUT_H

#include_next "mm/layout.h"

extern vaddr_t host_direct_base;
extern vaddr_t host_kern_base;

#undef DIRECT_BASE
#define DIRECT_BASE	host_direct_base
#undef KERN_BASE
#define KERN_BASE	host_kern_base

#endif
