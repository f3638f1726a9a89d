/* SPDX-License-Identifier: MIT */
/*
 * The first line of a script.
 * host-test: kernel/script.c tests/host/fakes.c kernel/mm/pmem.c kernel/lock.c
 */
#include "host.h"

#include "script.h"

static struct script s;

static bool
parse(const char *text)
{
	memset(&s, 0, sizeof(s));
	memcpy(s.line, text, min(strlen(text), sizeof(s.line)));
	return script_parse(&s);
}

/* L14 */
START_TEST(test_lines)
{
	static const struct {
		const char *line, *interpreter, *argument;
	} lines[] = {
		{ "#!/bin/sh\n", "/bin/sh", NULL },
		{ "#!/bin/sh\nrest -x\n", "/bin/sh", NULL },
		{ "#! \t/bin/sh\t \n", "/bin/sh", NULL },
		{ "#!/bin/sh -x\n", "/bin/sh", "-x" },
		{ "#!/bin/sh \t-x  -y \t\n", "/bin/sh", "-x  -y" },
		{ "#!sh", "sh", NULL },
		{ "#!sh a", "sh", "a" },
		{ "#!sh\0-x\n", "sh", NULL },
	};

	for (size_t i = 0; i < array_len(lines); i++) {
		ck_assert_msg(parse(lines[i].line), "%s", lines[i].line);
		ck_assert_str_eq(s.interpreter, lines[i].interpreter);
		ck_assert_pstr_eq(s.argument, lines[i].argument);
	}
	ck_assert(!parse("#!") && !parse("#!\n") && !parse("#!  \t\n/bin/sh\n"));
	memset(&s, 0, sizeof(s));
	ck_assert(!script_is_one(&s));
}
END_TEST

/* L14: where a line of LETTERS and then REST is cut off. */
START_TEST(test_cut_off)
{
	char line[2 * SCRIPT_LINE];

	for (size_t blanks = 0; blanks < SCRIPT_LINE + 10; blanks++) {
		bool whole = blanks + strlen("#!sh x") < SCRIPT_LINE;

		memset(line, ' ', sizeof(line));
		memcpy(line, "#!", 2);
		strcpy(line + 2 + blanks, "sh xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
		if (!parse(line)) {
			ck_assert(!whole);
			continue;
		}
		ck_assert_str_eq(s.interpreter, "sh");
		ck_assert(!whole || s.argument[0] == 'x');
	}
	memset(line, 'a', sizeof(line));
	memcpy(line, "#!", 2);
	line[sizeof(line) - 1] = '\0';
	ck_assert(!parse(line));
	line[100] = ' ';
	ck_assert(parse(line));
	ck_assert_uint_eq(strlen(s.interpreter), 98);
	ck_assert_uint_eq(strlen(s.argument), SCRIPT_LINE - 1 - 101);
}
END_TEST

HOST_MAIN("script", test_lines, test_cut_off)
