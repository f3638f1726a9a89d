/* SPDX-License-Identifier: MIT */
/*
 * Timers: a list, the first to expire first.  Interrupts are off wherever this file runs.
 */
#include "timer.h"

#include "clock.h"
#include "x86/pit.h"

static struct list timers = LIST_INIT(timers);
static uint64_t ticks;

void
timer_init(struct timer *t, void (*expire)(struct timer *t))
{
	list_init(&t->node);
	t->expire = expire;
}

void
timer_start(struct timer *t, uint64_t deadline)
{
	struct list *at = timers.next;

	timer_stop(t);
	t->deadline = deadline;
	while (at != &timers && list_entry(at, struct timer, node)->deadline <= deadline)
		at = at->next;
	list_insert_before(at, &t->node);
}

void
timer_stop(struct timer *t)
{
	list_remove(&t->node);
}

bool
timer_running(const struct timer *t)
{
	return !list_empty(&t->node);
}

void
timer_tick(void)
{
	uint64_t now;

	ticks++;
	if (list_empty(&timers))
		return;
	now = clock_now();
	while (!list_empty(&timers)) {
		struct timer *t = list_entry(timers.next, struct timer, node);

		if (t->deadline > now)
			break;
		timer_stop(t);
		t->expire(t);
	}
}

uint64_t
timer_uptime(void)
{
	return ticks / TIMER_HZ;
}
