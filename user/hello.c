/* SPDX-License-Identifier: MIT */
/* The first program. */
#include "user.h"

int
main(void)
{
	printf("hello, world; I am process %d\n", getpid());
	return 0;
}
