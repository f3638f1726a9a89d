/* SPDX-License-Identifier: MIT */
/* A little of everything, to be compiled at every level of optimization. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct point {
	double x, y;
	char name[8];
};

static int
by_x(const void *a, const void *b)
{
	const struct point *p = a, *q = b;

	return (p->x > q->x) - (p->x < q->x);
}

static long
add_all(int n, ...)
{
	long sum = 0;
	va_list ap;

	va_start(ap, n);
	while (n-- > 0)
		sum += va_arg(ap, int);
	va_end(ap);
	return sum;
}

static unsigned
ackermann(unsigned m, unsigned n)
{
	if (m == 0)
		return n + 1;
	return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

static uint64_t
mix(uint64_t x)
{
	for (int i = 0; i < 1000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		x = x * 6364136223846793005u + (uint64_t)__builtin_popcountll(x);
	}
	return x;
}

static int
primes(int below)
{
	char *composite = calloc((size_t)below, 1);
	int count = 0;

	for (int i = 2; i < below; i++) {
		if (composite[i])
			continue;
		count++;
		for (int j = 2 * i; j < below; j += i)
			composite[j] = 1;
	}
	free(composite);
	return count;
}

static void
matrices(void)
{
	enum { N = 40 };
	static double a[N][N], b[N][N], c[N][N];
	double trace = 0;

	for (int i = 0; i < N; i++) {
		for (int j = 0; j < N; j++) {
			a[i][j] = i + j;
			b[i][j] = i - j;
		}
	}
	for (int i = 0; i < N; i++) {
		for (int j = 0; j < N; j++) {
			for (int k = 0; k < N; k++)
				c[i][j] += a[i][k] * b[k][j];
		}
	}
	for (int i = 0; i < N; i++)
		trace += c[i][i];
	printf("trace %.1f\n", trace);
}

int
main(int argc, char **argv)
{
	struct point points[50];
	char text[200] = "";

	(void)argv;
	for (int i = 0; i < 50; i++) {
		points[i] = (struct point){ (i * 37) % 50 / 3.0, i, "" };
		snprintf(points[i].name, sizeof(points[i].name), "p%d", i);
	}
	qsort(points, 50, sizeof(points[0]), by_x);
	printf("%s %s %.4f\n", points[0].name, points[49].name, points[25].x);
	printf("%ld %u %016lx %d\n", add_all(5, 1, 2, 3, 4, argc), ackermann(2, 300),
	    (unsigned long)mix(42), primes(100000));
	matrices();
	for (int i = 0; i < 20; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d,", i * i);
	for (char *s = strtok(text, ","); s != NULL; s = strtok(NULL, ","))
		printf("%ld%c", strtol(s, NULL, 10) % 7, s[1] ? ' ' : '\n');
	printf("\n%d %ld\n", memcmp("abc", "abd", 3) < 0, labs(-5l) << 33);
	return 0;
}
