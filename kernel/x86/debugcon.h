/* SPDX-License-Identifier: MIT */
/*
 * Debug consoles: ports that pass on each byte written to them (QEMU's isa-debugcon).
 * What is not the console's goes out there, apart from what the kernel prints.
 */
#ifndef FAULTLINE_X86_DEBUGCON_H
#define FAULTLINE_X86_DEBUGCON_H

#include "types.h"

#define DEBUGCON_FIRST	0xe9		/* the port of number 1; the others follow it */

/* Write N bytes to debug console NUMBER (from 1 on).  => false when the machine has none */
bool debugcon_write(unsigned number, const void *bytes, size_t n);

#endif
