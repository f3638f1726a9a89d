/* SPDX-License-Identifier: MIT */
/* Works for ever and never prints. */
#include "fake.h"

body:
	jmp	body
