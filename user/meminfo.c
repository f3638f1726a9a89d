/* SPDX-License-Identifier: MIT */
/* meminfo: how much memory there is, in KiB and in frames of 4096 bytes. */
#include "user.h"

static void
print(const char *what, uint64_t bytes)
{
	printf("%-6s %8lu KiB %7lu frames\n", what, bytes / 1024, bytes / PAGE_SIZE);
}

int
main(void)
{
	static struct linux_sysinfo info;

	if (sysinfo(&info) < 0) {
		perror("meminfo");
		return 1;
	}
	print("total", info.totalram * info.mem_unit);
	print("free", info.freeram * info.mem_unit);
	print("used", (info.totalram - info.freeram) * info.mem_unit);
	printf("%u processes, up %ld s\n", info.procs, info.uptime);
	return 0;
}
