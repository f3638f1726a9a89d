/* SPDX-License-Identifier: MIT */
/* pwd: print the current directory. */
#include "user.h"

int
main(void)
{
	static char path[PATH_MAX];

	if (getcwd(path, sizeof(path)) == NULL) {
		perror("pwd");
		return 1;
	}
	return puts(path) < 0;
}
