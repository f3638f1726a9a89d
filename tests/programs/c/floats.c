/* SPDX-License-Identifier: MIT */
/* Floating point: values, printing, rounding, and state that survives switches and signals. */
#define _GNU_SOURCE
#include <fenv.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile double in_handler;

static void
handler(int sig)
{
	in_handler = sqrt((double)sig) + exp(1.0);
}

/* A sum that another process' or a handler's registers would spoil. */
static double
series(int terms)
{
	double sum = 0;

	for (int i = 1; i <= terms; i++) {
		sum += sin(i) / i;
		if (i % 1000 == 0)
			raise(SIGUSR1);
	}
	return sum;
}

static void
rounding(void)
{
	static const int modes[] = { FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };
	volatile double one = 1, three = 3;

	for (int i = 0; i < 4; i++) {
		fesetround(modes[i]);
		printf("%d: %.20f %.0f\n", i, one / three, nearbyint(2.5));
	}
	fesetround(FE_TONEAREST);
}

int
main(void)
{
	volatile double zero = 0;
	volatile long double third = 1.0L / 3;
	float f = 0.1f;

	signal(SIGUSR1, handler);
	printf("%f %e %g %a\n", M_PI, 1e-300, 1e100, 1.5);
	printf("%.17g %.9g %.21Lg\n", 0.1, f, third);
	printf("%f %f %d\n", 1 / zero, -1 / zero, isnan(zero / zero) != 0);
	printf("%.15g %.15g %.15g %.15g\n", sqrt(2), pow(2, 0.5), exp(1), log(10));
	printf("%g %g %.17g\n", strtod("0x1p-3", NULL), atof("1e400"), strtod("0.1", NULL));
	printf("%.17g %.17g\n", fmod(1e20, 7), ldexp(0.75, -1070));
	rounding();
	fflush(stdout);
	for (int i = 0; i < 3; i++) {
		if (fork() == 0) {
			printf("%.12f\n", series(20000));
			fflush(stdout);
			_exit(0);
		}
		wait(NULL);
	}
	if (fork() == 0)
		_exit(series(50000) > 1 ? 1 : 0);
	printf("%.12f", series(50000));
	printf(" %.6f\n", in_handler);
	wait(NULL);
	feclearexcept(FE_ALL_EXCEPT);
	zero = 1 / zero;
	printf("divided by zero: %d\n", fetestexcept(FE_DIVBYZERO) != 0);
	return 0;
}
