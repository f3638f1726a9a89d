/* SPDX-License-Identifier: MIT */
/*
 * Runs itself with no argument, with one, with some and with a hundred.
 * The new program must find each of them, in order, ended by a null pointer.
 */
#include "lab.h"

#define MAX	100

enum { OK = 0, BAD_ARGC = 2, BAD_POINTER, BAD_STRING, NO_NULL };

static const char *const complaints[] = {
	[OK] = "", [1] = "", [BAD_ARGC] = "argc is wrong",
	[BAD_POINTER] = "argv has a pointer that is not into the top stack page",
	[BAD_STRING] = "an argument is not what was passed",
	[NO_NULL] = "argv[argc] is not NULL",
};

static char *list[MAX + 1];
static char strings[MAX][20];
static char variable[40];		/* ARGS=count,seed: tells the new program what to expect */

/* Argument I under SEED: 0 to 15 letters. */
static void
make_string(char *s, size_t i, uint64_t seed)
{
	size_t n = word_for(i, seed) % 16;

	for (size_t k = 0; k < n; k++)
		s[k] = 'a' + word_for(i * 16 + k, seed) % 26;
	s[n] = '\0';
}

/* The new program: EXPECTED is "count,seed". */
static int
verify(const char *expected, int argc, char **argv)
{
	char *comma;
	int count = strtol(expected, &comma, 10);
	uint64_t seed = strtol(comma + 1, NULL, 10);

	if (argc != count)
		return BAD_ARGC;
	for (int i = 0; i < count; i++) {
		make_string(strings[0], i, seed);
		if ((uint64_t)argv[i] < STACK_PAGE(9) || (uint64_t)argv[i] >= STACK_TOP)
			return BAD_POINTER;
		if (strcmp(argv[i], strings[0]) != 0)
			return BAD_STRING;
	}
	return argv[argc] == NULL ? OK : NO_NULL;
}

/* Run this program, PATH, with what main has put into list. */
static void
run(void *path)
{
	char *env[] = { variable, NULL };

	test_child_exec(path, list, env);
	_exit(1);
}

static void
run_with(int count, char *path)
{
	uint64_t seed = test_random() % 1000000;

	for (int i = 0; i < count; i++) {
		make_string(strings[i], i, seed);
		list[i] = strings[i];
	}
	list[count] = NULL;
	snprintf(variable, sizeof(variable), "ARGS=%d,%lu", count, seed);

	int status = test_child(run, path);
	int code = WEXITSTATUS(status);
	if (WIFEXITED(status) && code >= BAD_ARGC && code <= NO_NULL)
		check_msg(false, "%d arguments: expected as they were passed, but %s", count,
		    complaints[code]);
	else
		check_exited(status, 0);
}

int
main(int argc, char **argv)
{
	const char *expected = getenv("ARGS");

	if (expected != NULL)
		return verify(expected, argc, argv);

	lab_begin("args", "few");
	run_with(0, argv[0]);
	run_with(1, argv[0]);
	run_with(2, argv[0]);

	test_step("hundred");
	run_with(between(3, 40), argv[0]);
	run_with(MAX, argv[0]);

	test_end();
}
