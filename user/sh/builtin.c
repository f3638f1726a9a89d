/* SPDX-License-Identifier: MIT */
/*
 * Commands that must run in the shell itself, because they change it.
 */
#include "sh.h"

#define SAVED_FDS	3	/* fds 0 to 2 come back after a redirected builtin */
#define HIGH_FD		10	/* where they wait meanwhile */

static int
builtin_cd(struct command *c)
{
	const char *home = getenv("HOME");
	const char *path = c->nwords > 1 ? c->words[1] : home != NULL ? home : "/";

	if (chdir(path) == 0)
		return 0;
	sh_error("cd: %s: %s", path, strerror(errno));
	return 1;
}

static int
builtin_exit(struct command *c)
{
	_exit(c->nwords > 1 ? atoi(c->words[1]) : last_status);
}

/* Every variable is exported anyway. */
static int
builtin_export(struct command *c)
{
	for (int i = 1; i < c->nwords; i++)
		if (strchr(c->words[i], '=') != NULL)
			var_assign(c->words[i]);
	for (char **e = environ; c->nwords == 1 && *e != NULL; e++)
		puts(*e);
	return 0;
}

static int
builtin_wait(struct command *c unused_arg)
{
	reap_background(true);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct command *c);
} builtins[] = {
	{ "cd", builtin_cd },
	{ "exit", builtin_exit },
	{ "export", builtin_export },
	{ "wait", builtin_wait },
};

/* => an index into builtins, or -1 */
static int
builtin_find(const struct command *c)
{
	for (size_t i = 0; i < array_len(builtins); i++)
		if (c->nwords > 0 && strcmp(c->words[0], builtins[i].name) == 0)
			return (int)i;
	return -1;
}

bool
is_builtin(const struct command *c)
{
	return builtin_find(c) >= 0;
}

/* A command of no words is one too: "> file" makes a file. */
void
run_builtin(struct command *c)
{
	int saved[SAVED_FDS], which = builtin_find(c);

	for (int fd = 0; fd < SAVED_FDS; fd++)
		saved[fd] = c->nredirects > 0 ? fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD) : -1;
	if (redirect_all(c) < 0)
		last_status = 1;
	else
		last_status = which >= 0 ? builtins[which].run(c) : 0;
	for (int fd = 0; fd < SAVED_FDS; fd++) {
		if (saved[fd] < 0)
			continue;
		dup2(saved[fd], fd);
		close(saved[fd]);
	}
}
