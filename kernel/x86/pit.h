/* SPDX-License-Identifier: MIT */
/* The 8254 interval timer, which ticks on interrupt line 0. */
#ifndef FAULTLINE_X86_PIT_H
#define FAULTLINE_X86_PIT_H

#define TIMER_HZ	100
#define PIT_HZ		1193182
#define PIT_PERIOD	((PIT_HZ + TIMER_HZ / 2) / TIMER_HZ)	/* counts between two ticks */

/* Tick TIMER_HZ times a second from now on. */
void pit_init(void);

/* The counter: it goes down from PIT_PERIOD to 1, again and again. */
unsigned pit_count(void);

#endif
