/* SPDX-License-Identifier: MIT */
/* Resets the machine on purpose. */
#include "fake.h"

body:
	print	"booting\n"
	mov	$0xcf9, %dx
	mov	$6, %al
	out	%al, %dx
	hlt
