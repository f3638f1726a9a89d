/* SPDX-License-Identifier: MIT */
/* halt: switch the machine off, at once.  Refuses to do so on anything but Faultline. */
#include "user.h"

int
main(void)
{
	power_off();
	perror("halt");
	return 1;
}
