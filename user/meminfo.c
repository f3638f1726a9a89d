/* SPDX-License-Identifier: MIT */
/* meminfo: how much memory there is and what it is used for, in KiB and in frames of 4096 bytes. */
#include "user.h"

static char text[PAGE_SIZE];	/* of /proc/meminfo */

/* => false after a message */
static bool
read_text(void)
{
	int fd = open("/proc/meminfo", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0) {
		perror("meminfo: /proc/meminfo");
		return false;
	}
	close(fd);
	text[n] = '\0';
	return true;
}

/* The KiB of the line that begins with NAME; 0 when there is none. */
static long
value(const char *name)
{
	const char *line = strstr(text, name);

	return line != NULL ? strtol(line + strlen(name), NULL, 10) : 0;
}

static void
print(const char *what, long kib)
{
	printf("%-14s %8ld KiB %7ld frames\n", what, kib, kib * 1024 / PAGE_SIZE);
}

int
main(void)
{
	if (!read_text())
		return 1;
	print("total", value("MemTotal:"));
	print("free", value("MemFree:"));
	print("used", value("MemTotal:") - value("MemFree:"));
	print("  file pages", value("\nCached:"));
	print("  page tables", value("PageTables:"));
	print("  kernel stacks", value("KernelStack:"));
	return 0;
}
