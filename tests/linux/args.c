/* SPDX-License-Identifier: MIT */
/* L4: arguments, many and long ones. */
#include "harness.h"

#include <stdio.h>
#include <unistd.h>

#define STRING_MAX	(128 * 1024UL)	/* one string with its end */
#define MANY		20000
#define LIMIT		(2 * MIB)	/* a quarter of RLIMIT_STACK: see main.c */

struct arrays {
	const char *path;
	char **argv, **envp;
};

static char *nothing[] = { NULL };

static int
become(void *arg)
{
	const struct arrays *a = arg;

	return (int)(200 - sys(SYS_execve, a->path, a->argv, a->envp)) & 0xff;
}

/* Run PATH with these: how it ended, or why it was refused. */
static void
run(const char *path, char **argv, char **envp)
{
	struct arrays a = { path, argv, envp };
	int status = in_child(become, &a);

	if ((status & 0x7f) == 0 && status >> 8 > 9)
		say("%s", outcome(-(((status >> 8) - 200) & 0xff)));
	else
		say("%s", ended(status));
}

static void
write_exit7(const char *name)
{
	static struct image image;

	image_init(&image, exit7, exit7_end);
	image_write(name, &image, sizeof(image));
}

/* What argument N of many says. */
static void
word(char *to, size_t n)
{
	snprintf(to, 16, "word-%zu", n);
}

/* Are all arguments (NAME first) and the environment the words that they should be? */
static int
all_words(char **strings, size_t first)
{
	char want[16];
	size_t n = first;

	for (; strings[n] != NULL; n++) {
		word(want, n);
		if (strcmp(strings[n], want) != 0)
			return 4;
	}
	return n == MANY ? 3 : 5;
}

HELPER(many_arguments)
{
	return all_words(initial_argv, 2);
}

HELPER(large_environment)
{
	return all_words(initial_argv + 3, 0);
}

static char **
many_words(void)
{
	static char *v[MANY + 1];
	char *at = pages(MANY * 16 / P + 1, RW);

	for (size_t i = 0; i < MANY; i++) {
		v[i] = at + i * 16;
		word(v[i], i);
	}
	return v;
}

BEHAVIOUR(L4_4, "20000 arguments, a program that looks at all of them")
{
	char **argv = many_words();

	argv[0] = self_path;
	argv[1] = (char *)"many_arguments";
	run(self_path, argv, nothing);
}

BEHAVIOUR(L4_5, "an environment of 20000 strings")
{
	char *argv[] = { self_path, (char *)"large_environment", NULL };

	run(self_path, argv, many_words());
}

static char
pattern(size_t at)
{
	return (char)('a' + at * 7 % 26);
}

HELPER(long_arguments)
{
	for (size_t n = 2; n < 5; n++) {
		for (size_t i = 0; i < STRING_MAX - 1; i++)
			if (initial_argv[n][i] != pattern(i + n))
				return 4;
		if (initial_argv[n][STRING_MAX - 1] != '\0')
			return 5;
	}
	return initial_argv[5] == NULL ? 3 : 6;
}

BEHAVIOUR(L4_6, "three arguments of 128 KiB, a program that looks at all of them")
{
	char *argv[6] = { self_path, (char *)"long_arguments" };

	for (size_t n = 2; n < 5; n++) {
		argv[n] = pages(STRING_MAX / P, RW);
		for (size_t i = 0; i < STRING_MAX - 1; i++)
			argv[n][i] = pattern(i + n);
	}
	run(self_path, argv, nothing);
}

/* Arguments that take BYTES together with their pointers and the path. */
static void
run_with_bytes(size_t bytes)
{
	static char *argv[17];
	char *at = pages(STRING_MAX / P + 1, RW);
	size_t rest = bytes - sizeof("l4") - 15 * STRING_MAX - 16 * sizeof(char *);

	memset(at, 'a', STRING_MAX - 1);
	for (size_t i = 0; i < 15; i++)
		argv[i] = at;
	argv[15] = at + STRING_MAX - rest;
	run("l4", argv, nothing);
}

BEHAVIOUR(L4_7, "arguments of a quarter of the stack's limit, of one byte more")
{
	write_exit7("l4");
	run_with_bytes(LIMIT);
	run_with_bytes(LIMIT + 1);
}

BEHAVIOUR(L4_8, "empty arguments and pointers of a quarter of the stack's limit, of some more")
{
	size_t most = (LIMIT - sizeof("l4")) / 9;
	char **argv = (char **)pages((most + 2) * sizeof(char *) / P + 1, RW);

	write_exit7("l4");
	for (size_t i = 0; i < most; i++)
		argv[i] = (char *)"";
	run("l4", argv, nothing);
	argv[most] = (char *)"";
	run("l4", argv, nothing);
}


BEHAVIOUR(L4_9, "no arguments at all: how many there are")
{
	static const char code[] = {
		0x8b, 0x3c, 0x24,		/* mov (%rsp), %edi */
		(char)0xb8, (char)0xe7, 0, 0, 0,	/* mov $231, %eax */
		0x0f, 0x05,			/* syscall */
	};
	static struct image image;

	image_init(&image, code, code + sizeof(code));
	image_write("l4", &image, sizeof(image));
	run("l4", nothing, nothing);
	run("l4", NULL, NULL);
}
