/* SPDX-License-Identifier: MIT */
/*
 * Bytes that look random, from the time-stamp counter: good enough for hash tables, not for
 * keys.  The same machine run twice under icount gives the same, and tests rely on that.
 */
#ifndef FAULTLINE_RANDOM_H
#define FAULTLINE_RANDOM_H

#include "types.h"

uint64_t random_word(void);
void random_bytes(void *buf, size_t n);

#endif
