/* SPDX-License-Identifier: MIT */
/*
 * The first line of a script:
 *
 *     #! blanks interpreter [blanks argument] blanks newline
 *
 * The argument may have blanks inside.  A line that is longer than SCRIPT_LINE is cut off;
 * that is no harm to the argument, but an interpreter's name must be whole.
 */
#include "script.h"

#include "lib/string.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *
skip_blanks(char *s, const char *end)
{
	while (s < end && is_blank(*s))
		s++;
	return s;
}

/* The first blank or zero from S on, or END. */
static char *
find_blank(char *s, const char *end)
{
	while (s < end && *s != '\0' && !is_blank(*s))
		s++;
	return s;
}

bool
script_parse(struct script *s)
{
	char *end = s->line + SCRIPT_LINE - 1, *name = s->line + 2, *rest;

	for (char *p = name; p <= end; p++) {
		if (*p == '\n') {
			end = p;
			break;
		}
	}
	name = skip_blanks(name, end);
	rest = find_blank(name, end);
	if (name == rest || (rest == end && *end != '\n'))
		return false;
	while (is_blank(end[-1]))
		end--;
	*end = '\0';
	s->interpreter = name;
	s->argument = NULL;
	if (*rest == '\0')
		return true;
	*rest++ = '\0';
	rest = skip_blanks(rest, end);
	if (*rest != '\0')
		s->argument = rest;
	return true;
}
