/* SPDX-License-Identifier: MIT */
/*
 * The time-stamp counter as a clock.  How fast it counts is measured against the
 * interval timer, when somebody first asks for the time: most programs never do.
 */
#include "clock.h"

#include "x86/pit.h"
#include "x86/rtc.h"
#include "x86/x86.h"

/* A third to one millisecond on today's CPUs, well below a period of the timer. */
#define MEASURE_TSC	1000000ul
#define SCALE_SHIFT	32

static uint64_t scale;		/* nanoseconds of a tick, times 2^SCALE_SHIFT; 0: not measured */
static uint64_t epoch;

/* One measurement: the counter's ticks in a second. */
static uint64_t
measure_hz(void)
{
	unsigned start = pit_count(), passed;
	uint64_t from = rdtsc(), to;

	do {
		to = rdtsc();
	} while (to - from < MEASURE_TSC);
	passed = (start + PIT_PERIOD - pit_count()) % PIT_PERIOD;
	to = rdtsc();
	return (to - from) * PIT_HZ / max(passed, 1u);
}

/* The middle one of three, in case somebody stopped the machine during one. */
static void
measure(void)
{
	uint64_t a = measure_hz(), b = measure_hz(), c = measure_hz();
	uint64_t hz = max(min(a, b), min(max(a, b), c));

	scale = (NSEC_PER_SEC << SCALE_SHIFT) / hz;
	epoch = rtc_read() * NSEC_PER_SEC - clock_from_tsc(rdtsc());
}

uint64_t
clock_from_tsc(uint64_t ticks)
{
	if (scale == 0)
		measure();
	return (uint64_t)((unsigned __int128)ticks * scale >> SCALE_SHIFT);
}

uint64_t
clock_ticks(void)
{
	return rdtsc();
}

uint64_t
clock_now(void)
{
	return clock_from_tsc(rdtsc());
}

uint64_t
clock_epoch(void)
{
	if (scale == 0)
		measure();
	return epoch;
}
