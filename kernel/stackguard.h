/* SPDX-License-Identifier: MIT */
/* The word that tells whether a function has written over the end of its frame. */
#ifndef FAULTLINE_STACKGUARD_H
#define FAULTLINE_STACKGUARD_H

#include "types.h"

/* The names are the compiler's, which uses both. */
extern uintptr_t __stack_chk_guard;

/* The guard in the caller's frame is no more what it was: panic and say whose it is. */
noreturn void __stack_chk_fail(void);

/*
 * Make the guard a word that nobody knows.  => only functions without a guard of their own may
 * be running, which are those without arrays of characters
 */
void stackguard_init(void);

#endif
