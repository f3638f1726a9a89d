/* SPDX-License-Identifier: MIT */
/*
 * The 8254 interval timer (Intel 8254 data sheet).
 */
#include "x86/pit.h"

#include "x86/pic.h"
#include "x86/x86.h"

#define PIT_CHANNEL0	0x40
#define PIT_MODE	0x43
#define PIT_RATE	0x34	/* channel 0, low byte then high, mode 2 (rate generator) */
#define PIT_LATCH	0x00	/* channel 0: keep the count until it has been read */
#define PIT_LINE	0

void
pit_init(void)
{
	outb(PIT_MODE, PIT_RATE);
	outb(PIT_CHANNEL0, PIT_PERIOD & 0xff);
	outb(PIT_CHANNEL0, PIT_PERIOD >> 8);
	pic_unmask(PIT_LINE);
}

unsigned
pit_count(void)
{
	unsigned low;

	outb(PIT_MODE, PIT_LATCH);
	low = inb(PIT_CHANNEL0);
	return low | (unsigned)inb(PIT_CHANNEL0) << 8;
}
