/* SPDX-License-Identifier: MIT */
/* The user library: formatted output, strings, numbers.  Its allocator is in allocator.c. */
#include "test.h"

static char buf[100];
static char *volatile nothing;		/* NULL, unknown to the compiler */

/* Format ARGS and compare, text and length. */
#define check_format(want, ...) do { \
	check_eq(snprintf(buf, sizeof(buf), __VA_ARGS__), strlen(want)); \
	check_str(buf, want); \
} while (0)

static void
test_numbers(void)
{
	test_step("printf-numbers");
	check_format("0 -1 2147483647 -2147483648", "%d %i %d %d", 0, -1, INT32_MAX, INT32_MIN);
	check_format("4294967295 ffffffff FF", "%u %x %X", UINT32_MAX, UINT32_MAX, 255);
	check_format("-9223372036854775808", "%ld", INT64_MIN);
	check_format("18446744073709551615", "%lu", UINT64_MAX);
	check_format("ffffffffffffffff 123", "%lx %zu", UINT64_MAX, (size_t)123);
	check_format("0x1234 0x0", "%p %p", (void *)0x1234, (void *)0);
	check_format("-1 65535", "%hd %hu", (short)-1, (unsigned short)-1);

	test_step("printf-fields");
	check_format("[    7][7    ][00007]", "[%5d][%-5d][%05d]", 7, 7, 7);
	check_format("[   -7][-7   ][-0007]", "[%5d][%-5d][%05d]", -7, -7, -7);
	check_format("[  007][007  ][007]", "[%5.3d][%-5.3d][%.3d]", 7, 7, 7);
	check_format("[]", "[%.0d]", 0);
	check_format("[    7][7    ]", "[%*d][%*d]", 5, 7, -5, 7);
	check_format("0x0000000000001234", "0x%016lx", 0x1234UL);
}

static void
test_text(void)
{
	test_step("printf-text");
	check_format("a%b", "%c%%%c", 'a', 'b');
	check_format("[  abc][abc  ][ab][ab   ]", "[%5s][%-5s][%.2s][%-5.2s]", "abc", "abc", "abc",
	    "abc");
	check_format("(null)", "%s", nothing);
	check_format("abc", "%.*s", 3, "abcdef");

	test_step("snprintf-cuts");
	memset(buf, 'x', sizeof(buf));
	check_eq(snprintf(buf, 4, "%s", "abcdef"), 6);
	check_str(buf, "abc");
	check_eq(buf[4], 'x');
	check_eq(snprintf(buf, 0, "%s", "abcdef"), 6);
	check_str(buf, "abc");
}

/* A text longer than dprintf's buffer arrives whole. */
static void
test_long_output(void)
{
	static char got[1200];
	int fds[2];

	test_step("dprintf");
	check_eq(pipe(fds), 0);
	check_eq(dprintf(fds[1], "%1000s|", "x"), 1001);
	check_eq(read(fds[0], got, sizeof(got)), 1001);
	check(got[0] == ' ' && got[998] == ' ' && got[999] == 'x' && got[1000] == '|');
	check_eq(dprintf(fds[1], "one %s\n", "line"), 9);
	check_eq(read(fds[0], got, sizeof(got)), 9);
	close(fds[0]);
	close(fds[1]);
	check_eq(dprintf(-1, "x"), -1);
}

/* memmove over all small distances and lengths, against a byte by byte model. */
static void
test_memmove(void)
{
	static char got[64], want[64];

	test_step("memmove");
	for (int from = 0; from < 20; from++) {
		for (int to = 0; to < 20; to++) {
			for (int i = 0; i < 64; i++)
				got[i] = want[i] = (char)i;
			memmove(got + to, got + from, 30);
			for (int i = 0; i < 30; i++)
				want[to + i] = (char)(from + i);
			check_eq(memcmp(got, want, 64), 0);
		}
	}
	check(memmove(got, got + 1, 0) == got);
}

static void
test_strings(void)
{
	const char *s = "hello";

	test_step("memory");
	memset(buf, 0xab, 50);
	check(buf[0] == (char)0xab && buf[49] == (char)0xab);
	check(memcpy(buf, "0123456789abcdef", 13) == buf);
	check_eq(memcmp(buf, "0123456789abc\xab", 14), 0);
	check(memcmp("a", "\xff", 1) < 0);

	test_step("strings");
	check_eq(strlen(""), 0);
	check_eq(strcmp("abc", "abc"), 0);
	check(strcmp("ab", "abc") < 0 && strcmp("b", "abc") > 0);
	check_eq(strncmp("abX", "abY", 2), 0);
	check(strchr(s, 'l') == s + 2 && strrchr(s, 'l') == s + 3);
	check(strchr(s, '\0') == s + 5 && strchr(s, 'x') == NULL);
	check(strstr(s, "llo") == s + 2 && strstr(s, "") == s && strstr(s, "lx") == NULL);
	check_eq(strlcpy(buf, "abcdef", 4), 6);
	check_str(buf, "abc");
	check_eq(strlcpy(buf, "x", 0), 1);
	check_str(buf, "abc");
}

static void
test_conversions(void)
{
	char *rest;

	test_step("strtol");
	check_eq(strtol("  -42x", &rest, 10), -42);
	check_str(rest, "x");
	check_eq(strtol("0x1F", &rest, 0), 31);
	check_eq(strtol("ff", NULL, 16), 255);
	check_eq(strtol("077", NULL, 0), 63);
	check_eq(strtol("9223372036854775807", NULL, 10), INT64_MAX);
	check_eq(strtol("nothing", &rest, 10), 0);
	check_str(rest, "nothing");
	check_eq(atoi("+7"), 7);
}

static void
test_environment(void)
{
	static char *some[] = { "A=1", "AB=2", "EMPTY=", NULL };
	char **saved = environ;

	test_step("getenv");
	environ = some;
	check_str(getenv("A"), "1");
	check_str(getenv("AB"), "2");
	check_str(getenv("EMPTY"), "");
	check(getenv("B") == NULL);
	environ = saved;

	test_step("errors");
	check_eq(open("/tmp/not-there", O_RDONLY), -1);
	check_eq(errno, ENOENT);
	check_str(strerror(ENOENT), "no such file or directory");
	check_str(strerror(-1), "unknown error");
	check_str(strerror(100000), "unknown error");
}

int
main(void)
{
	test_begin("userlib");
	test_numbers();
	test_text();
	test_long_output();
	test_memmove();
	test_strings();
	test_conversions();
	test_environment();
	test_end();
}
