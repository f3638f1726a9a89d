/* SPDX-License-Identifier: MIT */
/*
 * Reads a line that is typed on the console into a heap page that nobody has touched.
 * The line must arrive as it was typed.
 */
#include "lab.h"

int
main(void)
{
	const char *typed = "into a page that is not there\n";
	uint64_t start;
	long n;

	test_begin("console");

	test_step("line");
	start = heap_pages(2);
	printf("type a line: ");
	n = raw_syscall(SYS_read, STDIN, start + PAGE - 10, 100);
	check_eq(n, strlen(typed));
	if (n > 0)
		check_eq(memcmp((void *)(start + PAGE - 10), typed, n), 0);
	check_eq(resident((void *)start, 2), 2);

	test_end();
}
