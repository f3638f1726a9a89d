/* SPDX-License-Identifier: MIT */
/*
 * Tries to run a program with more arguments than fit into the top stack page.
 * exec must fail with E2BIG, leave the caller as it is, and keep no memory.
 */
#include "lab.h"

#define MANY	300

static char *list[MANY + 1];
static char longest[12000];

/* Run PATH with COUNT strings of LENGTH bytes each. */
static int
run_with(const char *path, size_t count, size_t length)
{
	memset(longest, 'x', sizeof(longest));
	longest[length] = '\0';
	for (size_t i = 0; i < count; i++)
		list[i] = longest;
	list[count] = NULL;
	return test_child_exec(path, list, environ) == 0 ? 0 : errno;
}

static void
run_short(void *path)
{
	run_with(path, 2, 5);
	_exit(1);
}

int
main(int argc, char **argv)
{
	const char *path = argv[0];
	uint64_t mark = STACK_PAGE(9) + 16;	/* nobody uses the low end of the top page */

	if (argc == 2)
		return 0;

	lab_begin("args-too-long", "refused");
	poke8(mark, word_for(mark, 7));
	check_eq(run_with(path, 1, 4096), E2BIG);
	check_eq(run_with(path, 1, between(3900, 4095)), E2BIG);
	check_eq(run_with(path, 3, between(1400, 2000)), E2BIG);
	check_eq(run_with(path, between(190, 250), between(20, 30)), E2BIG);
	check_eq(run_with(path, between(257, MANY), 1), E2BIG);
	check_eq(run_with(path, 1, between(4097, 11000)), E2BIG);

	test_step("intact");
	check_addr(peek8(mark), word_for(mark, 7));
	check_eq(argc, 1);
	check(argv[0] == path && argv[1] == NULL);
	check_exited(test_child(run_short, argv[0]), 0);

	test_step("memory");
	size_t frames = frames_settled();
	for (int i = 0; i < 8; i++)
		check_eq(run_with(path, 2, between(1900, 2000)), E2BIG);
	check_eq(free_frames(), frames);

	test_end();
}
