/* SPDX-License-Identifier: MIT */
/*
 * The shell: sh, sh FILE, sh -c "COMMANDS".  This file gets the lines; see sh.h for the rest.
 */
#include "sh.h"

#define SCRIPT_FD	9	/* out of the way of the commands' own files */

bool interactive;
int last_status;

void
sh_error(const char *fmt, ...)
{
	static char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	dprintf(STDERR, "sh: %s\n", text);
}

/*
 * Read a line from FD, byte by byte: what follows it belongs to the commands.
 * => false at the end of the input
 */
static bool
read_line(int fd, char *line)
{
	size_t n = 0;
	char c = '\0';

	while (c != '\n') {
		if (read(fd, &c, 1) <= 0) {
			if (n == 0)
				return false;
			break;
		}
		if (n < LINE_LEN)
			line[n++] = c;
	}
	if (n == LINE_LEN) {
		sh_error("line too long");
		last_status = STATUS_USAGE;
		n = 0;
	}
	line[n] = '\0';
	return true;
}

static void
run_file(int fd)
{
	static char line[LINE_LEN + 1];

	for (;;) {
		reap_background(false);
		if (interactive)
			printf("$ ");
		if (!read_line(fd, line))
			break;
		run_text(line);
	}
	if (interactive)
		printf("\n");
}

/* Open the script NAME as SCRIPT_FD.  => does not return when it cannot */
static void
open_script(const char *name)
{
	int fd = open(name, O_RDONLY);

	if (fd < 0) {
		sh_error("%s: %s", name, strerror(errno));
		_exit(STATUS_NOTFOUND);
	}
	dup2(fd, SCRIPT_FD);
	fcntl(SCRIPT_FD, F_SETFD, FD_CLOEXEC);
	close(fd);
}

int
main(int argc, char **argv)
{
	vars_init();
	if (argc > 2 && strcmp(argv[1], "-c") == 0) {
		run_text(argv[2]);
		return last_status;
	}
	if (argc > 1) {
		open_script(argv[1]);
		run_file(SCRIPT_FD);
		return last_status;
	}
	interactive = isatty(STDIN);
	if (interactive)
		job_control_start();
	run_file(STDIN);
	return last_status;
}
