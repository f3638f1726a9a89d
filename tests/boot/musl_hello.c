/* SPDX-License-Identifier: MIT */
/*
 * A program that knows nothing of Faultline: compiled with a C library made for
 * Linux, statically linked, and run on both (test_boot.py).
 */
#include <stdio.h>
#include <stdlib.h>

extern char **environ;

int
main(int argc, char **argv)
{
	printf("floating point: %.6f %g\n", 355.0 / 113, 1e100);
	for (int i = 1; i < argc; i++)
		printf("argv[%d]: %s\n", i, argv[i]);
	for (char **e = environ; *e != NULL; e++)
		printf("environ: %s\n", *e);
	return atoi(getenv("CODE"));
}
