/* SPDX-License-Identifier: MIT */
/* rm [-d] FILE...: remove files; with -d, empty directories too. */
#include "user.h"

static int
remove(const char *name, bool directories)
{
	if (unlink(name) == 0)
		return 0;
	if (directories && errno == EISDIR && rmdir(name) == 0)
		return 0;
	dprintf(STDERR, "rm: %s: %s\n", name, strerror(errno));
	return 1;
}

int
main(int argc, char **argv)
{
	bool directories = argc > 1 && strcmp(argv[1], "-d") == 0;
	int status = 0;

	for (int i = directories ? 2 : 1; i < argc; i++)
		status |= remove(argv[i], directories);
	return status;
}
