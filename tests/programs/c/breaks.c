/* SPDX-License-Identifier: MIT */
/* The break, by brk(2) itself: up, down, not by pages, and what is in the memory then. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *
brk_to(char *to)
{
	return (char *)syscall(SYS_brk, to);
}

int
main(void)
{
	char *start = brk_to(NULL), *at;

	printf("moved: %ld\n", (long)(brk_to(start + 10000) - start));
	start[9999] = 'x';
	printf("new memory: %d\n", start[5000]);
	printf("down: %ld\n", (long)(brk_to(start + 100) - start));
	printf("up again: %ld", (long)(brk_to(start + 10000) - start));
	printf(", then there is %d\n", start[9999]);
	printf("below the start: %ld\n", (long)(brk_to(start - 1) - start));
	printf("too far: %ld\n", (long)(brk_to(start + (1l << 46)) - start));
	at = brk_to(start + (8 << 20));
	for (char *p = start; p < at; p += 4096)
		*p = 1;
	printf("eight MiB: %ld\n", (long)(at - start));
	printf("back: %ld\n", (long)(brk_to(start) - start));
	at = sbrk(0);
	printf("sbrk(0): %ld\n", (long)(at - start));
	return 0;
}
