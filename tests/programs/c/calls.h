/* SPDX-License-Identifier: MIT */
/* System calls by their numbers: CALL(name, arguments...) makes one, and prints what came of it. */
#ifndef CALLS_H
#define CALLS_H

#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL(name, ...)	show(#name, syscall(SYS_##name, ##__VA_ARGS__))

/* => RESULT */
static inline long
show(const char *what, long result)
{
	if (result < 0)
		printf("%s: error %d\n", what, errno);
	else
		printf("%s: %ld\n", what, result);
	return result;
}

#endif
