/* SPDX-License-Identifier: MIT */
/* wc [FILE...]: count the lines, words and bytes of the files, or of standard input. */
#include "user.h"

struct counts {
	unsigned long lines, words, bytes;
};

static void
print(const struct counts *c, const char *name)
{
	printf("%7lu %7lu %7lu %s\n", c->lines, c->words, c->bytes, name);
}

/* => 0, or 1 after a message */
static int
count(int fd, const char *name, struct counts *total)
{
	static char buf[PAGE_SIZE];
	struct counts c = { 0 };
	bool in_word = false;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		c.bytes += (unsigned long)n;
		for (ssize_t i = 0; i < n; i++) {
			bool space = isspace(buf[i]);

			c.lines += buf[i] == '\n';
			c.words += !space && !in_word;
			in_word = !space;
		}
	}
	if (n < 0) {
		dprintf(STDERR, "wc: %s: %s\n", name, strerror(errno));
		return 1;
	}
	print(&c, name);
	total->lines += c.lines;
	total->words += c.words;
	total->bytes += c.bytes;
	return 0;
}

int
main(int argc, char **argv)
{
	struct counts total = { 0 };
	int status = 0;

	if (argc == 1)
		return count(STDIN, "", &total);
	for (int i = 1; i < argc; i++) {
		int fd = open(argv[i], O_RDONLY);

		if (fd < 0) {
			dprintf(STDERR, "wc: %s: %s\n", argv[i], strerror(errno));
			status = 1;
			continue;
		}
		status |= count(fd, argv[i], &total);
		close(fd);
	}
	if (argc > 2)
		print(&total, "total");
	return status;
}
