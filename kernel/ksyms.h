/* SPDX-License-Identifier: MIT */
/* The kernel's own symbol table, made by the build from the linked kernel. */
#ifndef FAULTLINE_KSYMS_H
#define FAULTLINE_KSYMS_H

#include "types.h"

/*
 * The name of the function that holds ADDR, and in *OFS how far in it is.
 * => NULL when ADDR is not in the kernel's text
 */
const char *ksyms_find(vaddr_t addr, size_t *ofs);

#endif
