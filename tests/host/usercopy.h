/* SPDX-License-Identifier: MIT */
/*
 * The machine's part of kernel/mm/usercopy.c, for user memory that is all there, or ends.
 */
#ifndef HOST_USERCOPY_H
#define HOST_USERCOPY_H

#include "types.h"

extern size_t user_copied;		/* bytes of the last copy */
extern size_t user_refuse_at;		/* a copy is refused after so many; SIZE_MAX: never */
extern const char *user_string;		/* what is at any address */

#endif
