/* SPDX-License-Identifier: MIT */
/* Much malloc, realloc and free; every block is checked before it goes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS	500
#define TURNS	20000

static uint32_t seed = 1;

static uint32_t
next(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

struct block {
	unsigned char *p;
	size_t size;
	unsigned char fill;
};

static struct block blocks[BLOCKS];

static int
check(const struct block *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (b->p[i] != b->fill)
			return 1;
	}
	return 0;
}

/* Mostly small, sometimes so large that it is mapped. */
static size_t
some_size(void)
{
	return next() % 50 == 0 ? 100000 + next() % 300000 : 1 + next() % 2000;
}

static int
turn(struct block *b)
{
	size_t size = some_size(), old = b->size;
	int bad = b->p != NULL && check(b, old);

	if (b->p == NULL || next() % 3 == 0) {
		free(b->p);
		b->p = malloc(size);
	} else {
		b->p = realloc(b->p, size);
		bad |= check(b, size < old ? size : old);
	}
	if (b->p == NULL)
		return 1;
	b->size = size;
	b->fill = (unsigned char)next();
	memset(b->p, b->fill, size);
	return bad;
}

int
main(void)
{
	unsigned long bad = 0, total = 0, zero = 0;
	unsigned char *p;
	void *aligned;

	for (int i = 0; i < TURNS; i++)
		bad += turn(&blocks[next() % BLOCKS]);
	for (int i = 0; i < BLOCKS; i++) {
		total += blocks[i].size;
		free(blocks[i].p);
	}
	printf("%lu bad, %lu bytes at the end\n", bad, total);
	p = calloc(1000, 1000);
	for (int i = 0; i < 1000000; i++)
		zero += p[i];
	free(p);
	printf("calloc: %lu\n", zero);
	printf("aligned: %d", posix_memalign(&aligned, 65536, 100));
	printf(" %lu\n", (unsigned long)aligned % 65536);
	printf("too much: %s\n", malloc((size_t)1 << 60) == NULL ? "refused" : "given");
	p = malloc(16 << 20);
	memset(p, 1, 16 << 20);
	p = realloc(p, 24 << 20);
	printf("grown: %d %d\n", p[0], p[(16 << 20) - 1]);
	return 0;
}
