/* SPDX-License-Identifier: MIT */
/*
 * What fuzz targets share.  A target is tests/fuzz/fuzz_NAME.c, main.c, and the files on its
 * lines "host-test:", as a host test.  Whatever is not as it must be ends the program
 * (host.h), and libFuzzer keeps the input.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "host.h"

/* Called once. */
void fuzz_begin(void);

/* One input.  => leaves nothing behind */
void fuzz_one(const uint8_t *data, size_t size);

#endif
