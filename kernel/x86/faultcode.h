/* SPDX-License-Identifier: MIT */
/*
 * The error code that a page fault pushes, in words.
 */
#ifndef FAULTLINE_X86_FAULTCODE_H
#define FAULTLINE_X86_FAULTCODE_H

#include "types.h"

#define FAULTCODE_LEN	96	/* a text with all names, and a number */

/*
 * Write the names of the bits that are set in ERR to TEXT, as "present|write"; "none" for 0;
 * bits without a name as a number.  Intel SDM volume 3, 4.7 "Page-fault exceptions".
 */
void faultcode_text(uint64_t err, char text[FAULTCODE_LEN]);

#endif
