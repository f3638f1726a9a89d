/* SPDX-License-Identifier: MIT */
/* The 8254 interval timer, which ticks on interrupt line 0. */
#ifndef FAULTLINE_X86_PIT_H
#define FAULTLINE_X86_PIT_H

#define TIMER_HZ	100

/* Tick TIMER_HZ times a second from now on. */
void pit_init(void);

#endif
