/* SPDX-License-Identifier: MIT */
/*
 * The 8254 interval timer (Intel 8254 data sheet).
 */
#include "x86/pit.h"

#include "x86/pic.h"
#include "x86/x86.h"

#define PIT_HZ		1193182
#define PIT_CHANNEL0	0x40
#define PIT_MODE	0x43
#define PIT_RATE	0x34	/* channel 0, low byte then high, mode 2 (rate generator) */
#define PIT_LINE	0

void
pit_init(void)
{
	unsigned divisor = (PIT_HZ + TIMER_HZ / 2) / TIMER_HZ;

	outb(PIT_MODE, PIT_RATE);
	outb(PIT_CHANNEL0, divisor & 0xff);
	outb(PIT_CHANNEL0, divisor >> 8);
	pic_unmask(PIT_LINE);
}
