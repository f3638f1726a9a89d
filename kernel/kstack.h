/* SPDX-License-Identifier: MIT */
/* Kernel stacks: KSTACK_PAGES pages each, above a guard page that is never mapped. */
#ifndef FAULTLINE_KSTACK_H
#define FAULTLINE_KSTACK_H

#include "error.h"
#include "types.h"

/*
 * A stack whose lowest usable byte is *BASE; one that was freed comes before any new one.
 * => ERR_NOMEM without frames, ERR_AGAIN when all KSTACK_SLOTS are in use; then nothing has
 *    changed
 */
must_check err_t kstack_alloc(vaddr_t *base);

/*
 * Free the stack at BASE: each page is unmapped first, then its frame goes back.
 * => nobody may be running on it; panics when BASE is no stack's that is in use
 */
void kstack_free(vaddr_t base);

/* Does ADDR lie in the guard page of some stack? */
bool kstack_is_guard(vaddr_t addr);

#endif
