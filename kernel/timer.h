/* SPDX-License-Identifier: MIT */
/*
 * What is to happen at a certain time.  The tick of the interval timer looks after it, so
 * "at" means within a hundredth of a second after.
 */
#ifndef FAULTLINE_TIMER_H
#define FAULTLINE_TIMER_H

#include "lib/list.h"
#include "types.h"

struct timer {
	struct list node;		/* in the list of running timers, or alone */
	uint64_t deadline;		/* as clock_now */
	void (*expire)(struct timer *t);
};

void timer_init(struct timer *t, void (*expire)(struct timer *t));

/*
 * Call T's function once DEADLINE is past, from the tick: with interrupts off and no lock
 * held.  => T must stay where it is until then, or until it is stopped
 */
void timer_start(struct timer *t, uint64_t deadline);

/* No more.  => also for a timer that does not run */
void timer_stop(struct timer *t);
bool timer_running(const struct timer *t);

/* The tick.  => called by trap() */
void timer_tick(void);

/* Seconds since ticks began, by counting them: good enough for an uptime, and cheap. */
uint64_t timer_uptime(void);

#endif
