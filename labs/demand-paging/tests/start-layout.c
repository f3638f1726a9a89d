/* SPDX-License-Identifier: MIT */
/*
 * Looks at the stack as a program finds it.
 * It must be as the System V ABI says, lie in the top page, and the rest of that page be zero.
 */
#include "lab.h"

static char dirt[16 * PAGE];

/* Run this program again, with the argument "zero", after leaving dirty frames behind. */
static void
run_again(void *path)
{
	char *argv[] = { path, "zero", NULL };

	memset(dirt, between(1, 255), sizeof(dirt));
	test_child_exec(path, argv, environ);
}

static bool
in_top_page(const void *p)
{
	return (uint64_t)p >= STACK_PAGE(9) && (uint64_t)p < STACK_TOP;
}

static void
check_auxv(uint64_t *auxv)
{
	size_t i = 0;
	uint64_t page_size = 0, entry = 0;

	for (; in_top_page(&auxv[i + 1]) && auxv[i] != AT_NULL; i += 2) {
		if (auxv[i] == AT_PAGESZ)
			page_size = auxv[i + 1];
		if (auxv[i] == AT_ENTRY)
			entry = auxv[i + 1];
	}
	check_addr(auxv[i], AT_NULL);
	check_eq(page_size, PAGE);
	check(entry >= 0x400000 && entry < (uint64_t)etext);
}

int
main(int argc, char **argv)
{
	uint64_t *sp = (uint64_t *)argv - 1;

	if (argc == 2 && strcmp(argv[1], "zero") == 0)
		return words_nonzero(STACK_PAGE(9), PAGE / 4) == 0 ? 0 : 3;

	lab_begin("start-layout", "pointer");
	check_addr((uint64_t)sp % 16, 0);
	check(in_top_page(sp));
	check_eq(sp[0], 1);

	test_step("vectors");
	check_eq(argc, 1);
	check(in_top_page(argv[0]));
	check(argv[1] == NULL);
	check(environ == argv + 2);
	size_t n = 0;
	for (; in_top_page(&environ[n]) && environ[n] != NULL; n++)
		check(in_top_page(environ[n]) && strchr(environ[n], '=') != NULL);
	check(environ[n] == NULL);
	check_auxv((uint64_t *)&environ[n + 1]);

	test_step("zero");
	for (int i = 0; i < 3; i++)
		check_exited(test_child(run_again, argv[0]), 0);

	test_end();
}
