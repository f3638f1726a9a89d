/* SPDX-License-Identifier: MIT */
/* echo [-n] WORD...: print the words, with -n no newline after them. */
#include "user.h"

int
main(int argc, char **argv)
{
	bool newline = true;
	int first = 1;

	if (argc > 1 && strcmp(argv[1], "-n") == 0) {
		newline = false;
		first = 2;
	}
	for (int i = first; i < argc; i++) {
		const char *after = i + 1 < argc ? " " : newline ? "\n" : "";

		if (printf("%s%s", argv[i], after) < 0)
			return 1;
	}
	if (first >= argc && newline)
		printf("\n");
	return 0;
}
