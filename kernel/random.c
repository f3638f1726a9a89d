/* SPDX-License-Identifier: MIT */
/*
 * splitmix64, stirred with the time-stamp counter at each word.
 */
#include "random.h"

#include "lib/string.h"
#include "x86/x86.h"

uint64_t
random_word(void)
{
	static uint64_t state;
	uint64_t z;

	state += 0x9e3779b97f4a7c15ul ^ rdtsc();
	z = (state ^ state >> 30) * 0xbf58476d1ce4e5b9ul;
	z = (z ^ z >> 27) * 0x94d049bb133111ebul;
	return z ^ z >> 31;
}

void
random_bytes(void *buf, size_t n)
{
	char *to = buf;

	while (n > 0) {
		uint64_t word = random_word();
		size_t part = min(n, sizeof(word));

		memcpy(to, &word, part);
		to += part;
		n -= part;
	}
}
