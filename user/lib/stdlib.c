/* SPDX-License-Identifier: MIT */
/* Numbers from text, the environment, and finding programs. */
#include "user.h"

char **environ;

static int
digit_value(char c)
{
	if (isdigit(c))
		return c - '0';
	if (isalpha(c))
		return (c | 0x20) - 'a' + 10;
	return 99;
}

/* Skip "0x" or "0" if BASE allows it.  => the base to use */
static int
number_base(const char **s, int base)
{
	const char *p = *s;

	if ((base == 0 || base == 16) && p[0] == '0' && (p[1] | 0x20) == 'x' &&
	    digit_value(p[2]) < 16) {
		*s = p + 2;
		return 16;
	}
	if (base != 0)
		return base;
	return p[0] == '0' ? 8 : 10;
}

/* Unlike ISO C's, it wraps on overflow and does not set errno. */
long
strtol(const char *s, char **end, int base)
{
	const char *p = s;
	unsigned long value = 0;
	bool minus = false;
	const char *digits;

	while (isspace(*p))
		p++;
	if (*p == '-' || *p == '+')
		minus = *p++ == '-';
	base = number_base(&p, base);
	for (digits = p; digit_value(*p) < base; p++)
		value = value * (unsigned long)base + (unsigned long)digit_value(*p);
	if (end != NULL)
		*end = (char *)(p == digits ? s : p);
	return (long)(minus ? -value : value);
}

int
atoi(const char *s)
{
	return (int)strtol(s, NULL, 10);
}

char *
getenv(const char *name)
{
	size_t n = strlen(name);

	for (char **e = environ; *e != NULL; e++)
		if (strncmp(*e, name, n) == 0 && (*e)[n] == '=')
			return *e + n + 1;
	return NULL;
}

/* Put "DIR/FILE" into the N bytes at BUF; DIR ends at a colon.  => false when it does not fit */
static bool
join_path(char *buf, size_t n, const char *dir, const char *file)
{
	size_t len = 0;

	while (dir[len] != '\0' && dir[len] != ':')
		len++;
	return (size_t)snprintf(buf, n, "%.*s/%s", (int)len, dir, file) < n;
}

int
execvp(const char *file, char *const argv[])
{
	static char buf[256];
	const char *dir = getenv("PATH");
	bool denied = false;

	if (strchr(file, '/') != NULL)
		return execv(file, argv);
	for (dir = dir != NULL ? dir : "/bin"; dir != NULL; dir = strchr(dir, ':')) {
		dir += *dir == ':';
		if (!join_path(buf, sizeof(buf), dir, file))
			continue;
		execv(buf, argv);
		if (errno == EACCES)
			denied = true;
		else if (errno != ENOENT && errno != ENOTDIR)
			return -1;
	}
	errno = denied ? EACCES : ENOENT;
	return -1;
}
