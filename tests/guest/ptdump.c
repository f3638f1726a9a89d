/* SPDX-License-Identifier: MIT */
/*
 * B4, B5: /proc/PID/ptdump: landmarks and entries say the same as arithmetic on addresses does.
 * (That it is what the page tables really are, tests/boot/test_ptdump.py finds out.)
 */
#include "test.h"

#define LEVELS	4

static char text[256 * 1024];
static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static bool
slurp(void)
{
	int fd = open("/proc/self/ptdump", O_RDONLY);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return false;
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	text[len] = '\0';
	return len > 0;
}

/* Entry of the table of LEVEL that leads to ADDR. */
static unsigned
index_of(uint64_t addr, int level)
{
	return addr >> (12 + 9 * (level - 1)) & 511;
}

static uint64_t
parse_hex(const char *s)
{
	uint64_t value = 0;
	const char *digits = "0123456789abcdef", *at;

	for (; *s != '\0' && (at = strchr(digits, *s)) != NULL; s++)
		value = value * 16 + (uint64_t)(at - digits);
	return value;
}

static const char *
next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end != NULL && end[1] != '\0' ? end + 1 : NULL;
}

/* The landmark NAME: its four numbers are its address', the first of them the one given. */
static void
check_landmark(const char *name, unsigned l4)
{
	const char *line = strstr(text, name), *hex, *first;
	static char want[64];
	uint64_t addr;

	if (!check_msg(line != NULL, "expected the landmark %s", name))
		return;
	hex = strstr(line, "0x") + 2;
	first = strstr(line, "L4=");
	addr = parse_hex(hex);
	check_msg(strchr(hex, ' ') - hex >= 14, "%s: expected 14 digits at least", name);
	snprintf(want, sizeof(want), "L4=%03u L3=%03u L2=%03u L1=%03u\n", index_of(addr, 4),
	    index_of(addr, 3), index_of(addr, 2), index_of(addr, 1));
	check_msg(strncmp(first, want, strlen(want)) == 0, "%s: expected %s", name, want);
	check_eq(index_of(addr, 4), l4);
}

/* The flags of ADDR's page: the line below its parents.  NULL: there is none. */
static const char *
flags_of(uint64_t addr)
{
	static char want[32];
	int level = LEVELS;

	for (const char *line = strstr(text, "\nL4="); line != NULL && level > 0;
	    line = next_line(line)) {
		if (*line == '\n')
			line++;
		snprintf(want, sizeof(want), "%*sL%d=%03u  0x", 2 * (LEVELS - level), "", level,
		    index_of(addr, level));
		if (strncmp(line, want, strlen(want)) == 0 && --level == 0)
			return strstr(strstr(line, "0x"), "  ") + 2;
	}
	return NULL;
}

static void
check_flags(const void *addr, const char *want)
{
	const char *got = flags_of((uint64_t)addr);

	check_msg(got != NULL && strncmp(got, want, strlen(want)) == 0 &&
	    got[strlen(want)] == '\n', "0x%lx: expected %s, got %.60s", (uint64_t)addr, want,
	    got != NULL ? got : "nothing");
}

int
main(void)
{
	long at;

	test_begin("ptdump");
	test_step("landmarks");
	page[0] = 1;
	check(slurp());
	check(strncmp(text, "root  0x", 8) == 0);
	check_landmark("user text", 0);
	check_landmark("stack top", 255);
	check_landmark("direct map", 256);
	check_landmark("kernel stacks", 384);
	check_landmark("kernel image", 511);
	check(strstr(text, "\nL4=256") == NULL);	/* left out */

	test_step("flags");
	check_flags((void *)(uintptr_t)check_flags, "PRESENT|USER|ACCESSED");
	check_flags(page, "PRESENT|WRITABLE|USER|ACCESSED|DIRTY|NO_EXECUTE");
	check_flags(&at, "PRESENT|WRITABLE|USER|ACCESSED|DIRTY|NO_EXECUTE");

	test_step("no-access");
	at = raw_syscall(SYS_mprotect, page, PAGE_SIZE, PROT_NONE);
	check_eq(at, 0);
	check(slurp());
	check_msg(strstr(flags_of((uint64_t)page), "NO_ACCESS") != NULL, "expected NO_ACCESS");
	check(flags_of((uint64_t)page + 512 * 512 * PAGE_SIZE) == NULL);
	test_end();
}
