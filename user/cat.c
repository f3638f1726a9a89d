/* SPDX-License-Identifier: MIT */
/* cat [FILE...]: copy the files, or standard input ("-"), to standard output. */
#include "user.h"

/* => 0, or 1 after a message */
static int
copy(int fd, const char *name)
{
	static char buf[PAGE_SIZE];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		if (write_all(STDOUT, buf, (size_t)n) < 0) {
			perror("cat: write");
			return 1;
		}
	}
	if (n < 0) {
		dprintf(STDERR, "cat: %s: %s\n", name, strerror(errno));
		return 1;
	}
	return 0;
}

static int
copy_file(const char *name)
{
	int fd, status;

	if (strcmp(name, "-") == 0)
		return copy(STDIN, name);
	fd = open(name, O_RDONLY);
	if (fd < 0) {
		dprintf(STDERR, "cat: %s: %s\n", name, strerror(errno));
		return 1;
	}
	status = copy(fd, name);
	close(fd);
	return status;
}

int
main(int argc, char **argv)
{
	int status = 0;

	if (argc == 1)
		return copy(STDIN, "-");
	for (int i = 1; i < argc; i++)
		status |= copy_file(argv[i]);
	return status;
}
