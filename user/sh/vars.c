/* SPDX-License-Identifier: MIT */
/*
 * Variables.  They are the environment itself: environ points at our table, whose
 * strings are the ones we were started with or lie in slots of fixed size.
 */
#include "sh.h"

#define MAX_VARS	64
#define VAR_LEN		128		/* of "NAME=value", with its end */

static char *table[MAX_VARS + 1];	/* NULL-terminated */
static char slots[MAX_VARS][VAR_LEN];	/* slots[i] is for table[i] */

void
vars_init(void)
{
	for (int i = 0; i < MAX_VARS && environ[i] != NULL; i++)
		table[i] = environ[i];
	environ = table;
}

size_t
name_length(const char *s)
{
	size_t n = 0;

	if (isdigit(s[0]))
		return 0;
	while (isalpha(s[n]) || isdigit(s[n]) || s[n] == '_')
		n++;
	return n;
}

void
var_assign(const char *assignment)
{
	size_t n = name_length(assignment) + 1;		/* with the = */
	int i = 0;

	while (table[i] != NULL && strncmp(table[i], assignment, n) != 0)
		i++;
	if (i == MAX_VARS || strlen(assignment) >= VAR_LEN) {
		sh_error("%.*s: no room", (int)n - 1, assignment);
		return;
	}
	strlcpy(slots[i], assignment, VAR_LEN);
	table[i] = slots[i];
}
