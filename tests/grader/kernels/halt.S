/* SPDX-License-Identifier: MIT */
/* Halts with interrupts off, so nothing can wake it. */
#include "fake.h"

body:
	print	"booting\n"
	.globl	halt_here
	.type	halt_here, @function
halt_here:
	hlt
	jmp	halt_here
