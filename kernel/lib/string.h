/* SPDX-License-Identifier: MIT */
/*
 * The C library's memory and string functions that the kernel uses, with the
 * standard meanings (ISO C11 7.24), and strlcpy (OpenBSD).
 */
#ifndef FAULTLINE_LIB_STRING_H
#define FAULTLINE_LIB_STRING_H

#include "types.h"

void *memset(void *dst, int c, size_t n);
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

/*
 * Copy SRC into the N bytes at DST, cut if need be, always terminated (N > 0).
 * => returns strlen(SRC); a result >= N means that it was cut
 */
size_t strlcpy(char *dst, const char *src, size_t n);

#endif
