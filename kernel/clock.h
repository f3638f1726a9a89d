/* SPDX-License-Identifier: MIT */
/*
 * The clock: nanoseconds since the machine was switched on, from the time-stamp counter.
 * It does not count ticks, which get lost while interrupts are off.
 */
#ifndef FAULTLINE_CLOCK_H
#define FAULTLINE_CLOCK_H

#include "types.h"

#define NSEC_PER_SEC	1000000000ul
#define NSEC_PER_USEC	1000ul
#define NSEC_PER_MSEC	1000000ul
#define USEC_PER_SEC	1000000ul

/*
 * Nanoseconds since the time-stamp counter was zero.
 * => the first call measures the counter, for about three milliseconds
 */
uint64_t clock_now(void);

/* What to add to clock_now for nanoseconds since 1970. */
uint64_t clock_epoch(void);

/* The time-stamp counter. */
uint64_t clock_ticks(void);

/* The nanoseconds that TICKS of the time-stamp counter take. */
uint64_t clock_from_tsc(uint64_t ticks);

#endif
