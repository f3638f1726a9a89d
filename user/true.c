/* SPDX-License-Identifier: MIT */
/* true: succeed. */
#include "user.h"

int
main(void)
{
	return 0;
}
