/* SPDX-License-Identifier: MIT */
/* Prints for ever. */
#include "fake.h"

body:
	print	"all work and no play\n"
	jmp	body
