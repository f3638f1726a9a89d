/* SPDX-License-Identifier: MIT */
/* Reading /proc/self/maps. */
#include "harness.h"

#include <stdio.h>

#define MAX_ENTRIES	1200

/* One line of the file; => whether it could be read. */
static bool
parse(const char *line, struct entry *e)
{
	int used = 0;

	memset(e, 0, sizeof(*e));
	if (sscanf(line, "%lx-%lx %4s %lx %*x:%*x %*u %n", &e->start, &e->end, e->rights,
	    &e->offset, &used) < 4)
		return false;
	snprintf(e->name, sizeof(e->name), "%s", line + used);
	return true;
}

long
entries(struct entry *list, long max)
{
	static char chunk[8192];
	char line[256];
	size_t length = 0;
	long count = 0, got;
	long fd = sys(SYS_open, "/proc/self/maps", O_RDONLY);

	if (failed(fd))
		give_up("/proc/self/maps: %s", outcome(fd));
	while ((got = sys(SYS_read, fd, chunk, sizeof(chunk))) > 0) {
		for (long i = 0; i < got; i++) {
			if (chunk[i] != '\n') {
				if (length < sizeof(line) - 1)
					line[length++] = chunk[i];
				continue;
			}
			line[length] = '\0';
			length = 0;
			if (count < max && parse(line, &list[count]))
				count++;
		}
	}
	sys(SYS_close, fd);
	return count;
}

static struct entry list[MAX_ENTRIES];

long
entries_in(const void *at, size_t n)
{
	long count = entries(list, MAX_ENTRIES), inside = 0;
	unsigned long from = (unsigned long)at, to = from + n * P;

	for (long i = 0; i < count; i++)
		inside += list[i].start < to && list[i].end > from;
	return inside;
}

const char *
listing(const void *at, size_t n)
{
	long count = entries(list, MAX_ENTRIES);
	unsigned long from = (unsigned long)at, to = from + n * P;
	char line[150] = "";
	size_t used = 0;

	for (long i = 0; i < count && used < sizeof(line) - 32; i++) {
		const struct entry *e = &list[i];

		if (e->start >= to || e->end <= from)
			continue;
		used += (size_t)sprintf(line + used, "%s[%ld,%ld) %s", used > 0 ? " " : "",
		    ((long)e->start - (long)from) / (long)P,
		    ((long)e->end - (long)from) / (long)P, e->rights);
	}
	return used > 0 ? text("%s", line) : "nothing";
}

const struct entry *
entry_of(const void *at)
{
	long count = entries(list, MAX_ENTRIES);

	for (long i = 0; i < count; i++)
		if (list[i].start <= (unsigned long)at && (unsigned long)at < list[i].end)
			return &list[i];
	return NULL;
}
