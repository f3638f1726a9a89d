/* SPDX-License-Identifier: MIT */
/* Takes an exception without an interrupt table. */
#include "fake.h"

body:
	print	"booting\n"
	lidt	empty
	.globl	fault_here
	.type	fault_here, @function
fault_here:
	ud2

	.section .rodata
empty:	.word	0
	.long	0
