/* SPDX-License-Identifier: MIT */
/*
 * ptdump [PID]: the page tables of a process, or its own, as the kernel has them.
 *
 * The first copy goes nowhere: after it every page is there, and marked as used, that
 * making the second one takes.  So what is printed is true at the checkpoint, and
 * `make ptdump PROG=ptdump AT=checkpoint` prints the same from outside.
 */
#include "test.h"

/* => 0, or -1 and errno */
static int
copy(const char *path, int out)
{
	static char buf[PAGE_SIZE];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return -1;
	if (out == STDOUT)
		checkpoint("ptdump", 0, 0, 0);	/* the text is made: compare it now */
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		if (write_all(out, buf, (size_t)n) < 0)
			return -1;
	}
	close(fd);
	return n < 0 ? -1 : 0;
}

int
main(int argc, char **argv)
{
	static char path[64];
	int null = open("/dev/null", O_WRONLY);

	snprintf(path, sizeof(path), "/proc/%s/ptdump", argc > 1 ? argv[1] : "self");
	if (null < 0 || copy(path, null) < 0 || copy(path, STDOUT) < 0) {
		dprintf(STDERR, "ptdump: %s: %s\n", path, strerror(errno));
		return 1;
	}
	return 0;
}
