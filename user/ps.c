/* SPDX-License-Identifier: MIT */
/*
 * ps: the processes.  SIZE is what their regions span, RSS what is present of that, TABLES
 * what the page tables take.
 */
#include "user.h"

static char text[PAGE_SIZE];	/* of a process' status */

/* => false when the process has gone */
static bool
read_status(const char *pid)
{
	static char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* What follows NAME, in KiB; 0 when there is nothing, as in a zombie. */
static long
kib(const char *name)
{
	const char *line = strstr(text, name);

	return line != NULL ? strtol(line + strlen(name), NULL, 10) : 0;
}

/* The word that follows NAME, in OUT of N bytes. */
static void
word(const char *name, char *out, size_t n)
{
	const char *line = strstr(text, name);
	size_t len = 0;

	if (line != NULL) {
		for (line += strlen(name); line[len] > ' ' && len + 1 < n; len++)
			out[len] = line[len];
	}
	out[len] = '\0';
}

static void
print_process(const char *pid)
{
	static char name[32], state[8], parent[16];

	if (!read_status(pid))
		return;
	word("Name:\t", name, sizeof(name));
	word("State:\t", state, sizeof(state));
	word("PPid:\t", parent, sizeof(parent));
	printf("%5s %5s %s %6ld KiB %6ld KiB %6ld KiB  %s\n", pid, parent, state, kib("VmSize:"),
	    kib("VmRSS:"), kib("VmPTE:"), name);
}

int
main(void)
{
	static struct dir proc;
	struct linux_dirent64 *entry;

	if (dir_open(&proc, "/proc") < 0) {
		perror("ps: /proc");
		return 1;
	}
	printf("  PID  PPID S       SIZE        RSS     TABLES  NAME\n");
	while ((entry = dir_read(&proc)) != NULL) {
		if (isdigit(entry->d_name[0]))
			print_process(entry->d_name);
	}
	dir_close(&proc);
	return 0;
}
