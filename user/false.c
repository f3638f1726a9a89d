/* SPDX-License-Identifier: MIT */
/* false: fail. */
#include "user.h"

int
main(void)
{
	return 1;
}
