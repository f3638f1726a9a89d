/* SPDX-License-Identifier: MIT */
/*
 * The kernel's string and print functions, compared with the C library's.
 * host-test: kernel/mm/pmem.c kernel/lock.c tests/host/fakes.c
 *
 * They are compiled into this file under other names: k_memcpy and so on.
 */
#include "host.h"

#include <stdarg.h>

#define memset		k_memset
#define memcpy		k_memcpy
#define memmove		k_memmove
#define memcmp		k_memcmp
#define strlen		k_strlen
#define strnlen		k_strnlen
#define strcmp		k_strcmp
#define strncmp		k_strncmp
#define strchr		k_strchr
#define strrchr		k_strrchr
#define strlcpy		k_strlcpy
#include "../../kernel/lib/string.c"
#include "../../kernel/lib/printf.c"
#undef memset
#undef memcpy
#undef memmove
#undef memcmp
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr
#undef strlcpy

#define LEN	80

static void
fill(uint8_t *buf, unsigned seed)
{
	for (unsigned i = 0; i < LEN; i++)
		buf[i] = (uint8_t)(i * 7 + seed);
}

static int
sign(int v)
{
	return (v > 0) - (v < 0);
}

START_TEST(test_memset)
{
	uint8_t got[LEN], want[LEN];

	for (size_t ofs = 0; ofs < 9; ofs++) {
		for (size_t n = 0; n <= LEN - ofs; n++) {
			fill(got, 1);
			fill(want, 1);
			ck_assert_ptr_eq(k_memset(got + ofs, 0x1a5, n), got + ofs);
			memset(want + ofs, 0xa5, n);
			ck_assert_mem_eq(got, want, LEN);
		}
	}
}
END_TEST

START_TEST(test_memcpy)
{
	uint8_t src[LEN], got[LEN], want[LEN];

	fill(src, 99);
	for (size_t n = 0; n <= LEN - 8; n++) {
		for (size_t ofs = 0; ofs < 8; ofs++) {
			fill(got, 1);
			fill(want, 1);
			ck_assert_ptr_eq(k_memcpy(got + ofs, src + 8 - ofs, n), got + ofs);
			memcpy(want + ofs, src + 8 - ofs, n);
			ck_assert_mem_eq(got, want, LEN);
		}
	}
}
END_TEST

START_TEST(test_memmove)
{
	uint8_t got[LEN], want[LEN];

	for (size_t from = 0; from < 20; from++) {
		for (size_t to = 0; to < 20; to++) {
			for (size_t n = 0; n <= LEN - 20; n++) {
				fill(got, 3);
				fill(want, 3);
				ck_assert_ptr_eq(k_memmove(got + to, got + from, n), got + to);
				memmove(want + to, want + from, n);
				ck_assert_mem_eq(got, want, LEN);
			}
		}
	}
}
END_TEST

START_TEST(test_compare)
{
	static const char *const words[] = { "", "a", "b", "ab", "abc", "abd", "\xff",
		"a\x80", "Ab" };

	for (size_t i = 0; i < array_len(words); i++) {
		for (size_t j = 0; j < array_len(words); j++) {
			ck_assert_int_eq(sign(k_strcmp(words[i], words[j])),
			    sign(strcmp(words[i], words[j])));
			for (size_t n = 0; n < 5; n++)
				ck_assert_int_eq(sign(k_strncmp(words[i], words[j], n)),
				    sign(strncmp(words[i], words[j], n)));
		}
	}
	ck_assert_int_gt(k_memcmp("a\xff", "a\x01", 2), 0);
	ck_assert_int_eq(k_memcmp("abc", "abd", 2), 0);
	ck_assert_int_lt(k_memcmp("abc", "abd", 3), 0);
	ck_assert_int_eq(k_memcmp("a", "b", 0), 0);
}
END_TEST

START_TEST(test_search_and_length)
{
	const char *s = "hello";

	ck_assert_uint_eq(k_strlen(""), 0);
	ck_assert_uint_eq(k_strlen(s), 5);
	ck_assert_uint_eq(k_strnlen(s, 3), 3);
	ck_assert_uint_eq(k_strnlen(s, 9), 5);
	ck_assert_uint_eq(k_strnlen(s, 0), 0);
	ck_assert_ptr_eq(k_strchr(s, 'l'), s + 2);
	ck_assert_ptr_eq(k_strrchr(s, 'l'), s + 3);
	ck_assert_ptr_eq(k_strchr(s, '\0'), s + 5);
	ck_assert_ptr_eq(k_strrchr(s, '\0'), s + 5);
	ck_assert_ptr_null(k_strchr(s, 'x'));
	ck_assert_ptr_null(k_strrchr(s, 'x'));
}
END_TEST

START_TEST(test_strlcpy)
{
	char buf[8];

	memset(buf, 'x', sizeof(buf));
	ck_assert_uint_eq(k_strlcpy(buf, "hello", 4), 5);
	ck_assert_str_eq(buf, "hel");
	ck_assert_int_eq(buf[4], 'x');
	ck_assert_uint_eq(k_strlcpy(buf, "hello", 6), 5);
	ck_assert_str_eq(buf, "hello");
	ck_assert_uint_eq(k_strlcpy(buf, "hello", 1), 5);
	ck_assert_str_eq(buf, "");
	buf[0] = 'x';
	ck_assert_uint_eq(k_strlcpy(buf, "hello", 0), 5);
	ck_assert_int_eq(buf[0], 'x');
}
END_TEST

/* Both printf's must agree, in a buffer that is large enough and in smaller ones. */
static void printf_like(1, 2)
check_same(const char *fmt, ...)
{
	char got[128], want[128];
	va_list ap, again;
	int len;

	for (size_t size = 0; size < sizeof(got); size++) {
		memset(got, 'x', sizeof(got));
		memset(want, 'x', sizeof(want));
		va_start(ap, fmt);
		va_copy(again, ap);
		len = vsnprintf(want, size, fmt, ap);
		ck_assert_int_eq(kvsnprintf(got, size, fmt, again), len);
		va_end(again);
		va_end(ap);
		ck_assert_msg(memcmp(got, want, sizeof(got)) == 0,
		    "\"%s\", %zu bytes: got \"%.*s\", want \"%.*s\"", fmt, size, (int)size, got,
		    (int)size, want);
	}
}

START_TEST(test_printf_integers)
{
	static const long values[] = { 0, 1, -1, 9, 10, 127, 128, 255, 256, -128, 32767, 65536,
		INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN };

	for (size_t i = 0; i < array_len(values); i++) {
		long v = values[i];

		check_same("%d|%i|%u|%x|%X", (int)v, (int)v, (unsigned)v, (unsigned)v, (unsigned)v);
		check_same("%ld|%lu|%lx|%llx|%zu", v, v, v, (long long)v, (size_t)v);
		check_same("%hhd|%hhu|%hd|%hx", (signed char)v, (unsigned char)v, (short)v,
		    (unsigned short)v);
		check_same("%8d|%-8d|%08d|%+d|%+8d|%+08d", (int)v, (int)v, (int)v, (int)v, (int)v,
		    (int)v);
		check_same("%.3d|%8.3d|%-8.3d|%.0d|%.0x", (int)v, (int)v, (int)v, (int)v,
		    (unsigned)v);
		check_same("%016lx|0x%lx", v, v);
	}
}
END_TEST

START_TEST(test_printf_text)
{
	check_same("plain");
	check_same("100%%");
	check_same("%s|%10s|%-10s", "word", "word", "word");
	check_same("%.2s|%10.2s|%.0s", "word", "word", "word");
	check_same("%c%c|%3c|%-3c|", 'a', 'b', 'c', 'd');
	check_same("%*d|%-*d|%*d|%.*s|%.*s", 6, 42, 6, 42, -6, 42, 2, "word", -1, "word");
}
END_TEST

START_TEST(test_printf_own)
{
	char buf[64];
	const char *volatile none = NULL;

	/* %p is ours: always all digits. */
	ksnprintf(buf, sizeof(buf), "%p", (void *)0x401136);
	ck_assert_str_eq(buf, "0x0000000000401136");
	ksnprintf(buf, sizeof(buf), "%s", none);
	ck_assert_str_eq(buf, "(null)");
	/* An unsigned char's bytes above 127, as in a name read from a file. */
	ksnprintf(buf, sizeof(buf), "%s", "\xc3\xa9");
	ck_assert_str_eq(buf, "\xc3\xa9");
}
END_TEST

HOST_MAIN("lib", test_memset, test_memcpy, test_memmove, test_compare, test_search_and_length,
    test_strlcpy, test_printf_integers, test_printf_text, test_printf_own)
