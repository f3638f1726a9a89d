/* SPDX-License-Identifier: MIT */
/* Works for ever with interrupts off. */
#include "fake.h"

body:
	print	"booting\n"
	.globl	spin_here
	.type	spin_here, @function
spin_here:
	inc	%eax
	jmp	spin_here
