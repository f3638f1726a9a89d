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
	uint64_t start, buf;
	long n;

	test_begin("console");

	test_step("line");
	start = heap_pages(2);
	buf = start + crossing(strlen(typed));
	printf("type a line: ");
	n = raw_syscall(SYS_read, STDIN, buf, 100);
	check_eq(n, strlen(typed));
	if (n > 0)
		check_eq(memcmp((void *)buf, typed, n), 0);
	check_eq(resident((void *)start, 2), 2);

	test_end();
}
