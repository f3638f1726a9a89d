/* SPDX-License-Identifier: MIT */
/* mkdir DIR...: make directories. */
#include "user.h"

int
main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		if (mkdir(argv[i], 0777) < 0) {
			dprintf(STDERR, "mkdir: %s: %s\n", argv[i], strerror(errno));
			status = 1;
		}
	}
	return status;
}
