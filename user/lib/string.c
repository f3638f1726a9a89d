/* SPDX-License-Identifier: MIT */
/*
 * Memory and strings.  Compilers turn plain loops into calls of memset, memcpy and
 * memmove, which would then call themselves: those three are written with the
 * processor's string instructions.
 */
#include "user.h"

void *
memset(void *dst, int c, size_t n)
{
	void *p = dst;
	size_t words = n / 8, bytes = n % 8;

	__asm__ volatile("rep stosq" : "+D"(p), "+c"(words)
	    : "a"((uint8_t)c * 0x0101010101010101) : "memory");
	__asm__ volatile("rep stosb" : "+D"(p), "+c"(bytes) : "a"(c) : "memory");
	return dst;
}

void *
memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	void *to = dst;
	const void *from = src;
	size_t words = n / 8, bytes = n % 8;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
	return dst;
}

void *
memmove(void *dst, const void *src, size_t n)
{
	char *last = (char *)dst + n - 1;
	const char *from = (const char *)src + n - 1;

	if ((uintptr_t)dst - (uintptr_t)src >= n)
		return memcpy(dst, src, n);
	/* DST lies inside [SRC, SRC + N): copy from the last byte down. */
	__asm__ volatile("std; rep movsb; cld" : "+D"(last), "+S"(from), "+c"(n) : : "memory");
	return dst;
}

int
memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n > 0; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

size_t
strlen(const char *s)
{
	const char *p = s;

	while (*p != '\0')
		p++;
	return (size_t)(p - s);
}

int
strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

int
strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++)
		if (*a != *b || *a == '\0')
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

char *
strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (*s == '\0')
			return NULL;
	}
}

char *
strrchr(const char *s, int c)
{
	const char *found = NULL;

	for (;; s++) {
		if (*s == (char)c)
			found = s;
		if (*s == '\0')
			return (char *)found;
	}
}

char *
strstr(const char *s, const char *word)
{
	size_t n = strlen(word);

	for (; strncmp(s, word, n) != 0; s++)
		if (*s == '\0')
			return NULL;
	return (char *)s;
}

size_t
strlcpy(char *dst, const char *src, size_t n)
{
	size_t len = strlen(src);
	size_t copied = len < n ? len : n - 1;

	if (n == 0)
		return len;
	memcpy(dst, src, copied);
	dst[copied] = '\0';
	return len;
}

int
isdigit(int c)
{
	return c >= '0' && c <= '9';
}

int
isspace(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int
isalpha(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
