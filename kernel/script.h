/* SPDX-License-Identifier: MIT */
/*
 * Scripts: files that name the program to run them in their first line, execve(2).
 */
#ifndef FAULTLINE_SCRIPT_H
#define FAULTLINE_SCRIPT_H

#include "types.h"

#define SCRIPT_LINE	256		/* so much of a file is looked at */

/* The first line of a script, taken apart in place. */
struct script {
	char line[SCRIPT_LINE];
	const char *interpreter;
	const char *argument;		/* all the rest of the line; NULL: there is none */
};

/* Does the file whose first bytes are in S->line, zeros behind its end, begin with "#!"? */
static inline bool
script_is_one(const struct script *s)
{
	return s->line[0] == '#' && s->line[1] == '!';
}

/*
 * Take the line apart.
 * => false when it names no interpreter, or the name may have been cut off
 */
bool script_parse(struct script *s);

#endif
