/* SPDX-License-Identifier: MIT */
/*
 * Memory and string functions.  Copies and fills move eight bytes at a time:
 * under the emulator each step of a `rep` counts as an instruction, and clearing
 * pages is most of what a page fault costs.
 */
#include "lib/string.h"

void *
memset(void *dst, int c, size_t n)
{
	uint64_t word = 0x0101010101010101ul * (uint8_t)c;
	size_t words = n / 8, bytes = n % 8;
	void *p = dst;

	__asm__ volatile("rep stosq" : "+D"(p), "+c"(words) : "a"(word) : "memory");
	if (bytes == 0)			/* each rep costs, even of nothing */
		return dst;
	__asm__ volatile("rep stosb" : "+D"(p), "+c"(bytes) : "a"(word) : "memory");
	return dst;
}

/* Copy upward, which is right when DST is below SRC or does not overlap it. */
static void
copy_up(void *dst, const void *src, size_t n)
{
	size_t words = n / 8, bytes = n % 8;

	__asm__ volatile("rep movsq" : "+D"(dst), "+S"(src), "+c"(words) : : "memory");
	if (bytes == 0)
		return;
	__asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(bytes) : : "memory");
}

void *
memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	copy_up(dst, src, n);
	return dst;
}

void *
memmove(void *dst, const void *src, size_t n)
{
	char *d = dst;
	const char *s = src;

	if ((uintptr_t)dst - (uintptr_t)src >= n) {
		copy_up(dst, src, n);
		return dst;
	}
	while (n-- > 0)
		d[n] = s[n];
	return dst;
}

int
memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	for (; n > 0; n--, p++, q++) {
		if (*p != *q)
			return *p - *q;
	}
	return 0;
}

size_t
strlen(const char *s)
{
	const char *p = s;

	while (*p != '\0')
		p++;
	return p - s;
}

size_t
strnlen(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] != '\0')
		i++;
	return i;
}

int
strcmp(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return (uint8_t)*a - (uint8_t)*b;
}

int
strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++) {
		if (*a != *b || *a == '\0')
			return (uint8_t)*a - (uint8_t)*b;
	}
	return 0;
}

char *
strchr(const char *s, int c)
{
	for (; *s != (char)c; s++) {
		if (*s == '\0')
			return NULL;
	}
	return (char *)s;
}

char *
strrchr(const char *s, int c)
{
	const char *found = NULL;

	do {
		if (*s == (char)c)
			found = s;
	} while (*s++ != '\0');
	return (char *)found;
}

size_t
strlcpy(char *dst, const char *src, size_t n)
{
	size_t len = strlen(src);

	if (n > 0) {
		size_t copied = min(len, n - 1);

		memcpy(dst, src, copied);
		dst[copied] = '\0';
	}
	return len;
}
