/* SPDX-License-Identifier: MIT */
/* kill [-SIGNAL] PID...: send a signal, by number or name (-9, -KILL); TERM when none is given. */
#include "user.h"

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "HUP", SIGHUP }, { "INT", SIGINT }, { "QUIT", SIGQUIT }, { "KILL", SIGKILL },
	{ "SEGV", SIGSEGV }, { "PIPE", SIGPIPE }, { "ALRM", SIGALRM }, { "TERM", SIGTERM },
};

/* => -1 when there is no such signal */
static int
signal_number(const char *text)
{
	for (size_t i = 0; i < array_len(signals); i++)
		if (strcmp(text, signals[i].name) == 0)
			return signals[i].number;
	return isdigit(*text) ? atoi(text) : -1;
}

int
main(int argc, char **argv)
{
	int sig = SIGTERM, first = 1, status = 0;

	if (argc > 1 && argv[1][0] == '-') {
		sig = signal_number(argv[1] + 1);
		first = 2;
	}
	if (sig < 0 || first >= argc) {
		dprintf(STDERR, "usage: kill [-SIGNAL] PID...\n");
		return 2;
	}
	for (int i = first; i < argc; i++) {
		if (kill(atoi(argv[i]), sig) < 0) {
			dprintf(STDERR, "kill: %s: %s\n", argv[i], strerror(errno));
			status = 1;
		}
	}
	return status;
}
