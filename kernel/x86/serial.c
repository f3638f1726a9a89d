/* SPDX-License-Identifier: MIT */
/*
 * The first serial port, a 16550 UART (National Semiconductor PC16550D data
 * sheet).  Output is polled, so it works from anywhere, a panic included.
 */
#include "x86/serial.h"

#include "x86/pic.h"
#include "x86/x86.h"

#define COM1		0x3f8
#define COM1_LINE	4
#define REG_DATA	0	/* divisor low while DLAB is set */
#define REG_IER		1	/* divisor high while DLAB is set */
#define REG_FCR		2
#define REG_LCR		3
#define REG_MCR		4
#define REG_LSR		5
#define IER_RECEIVED	0x01
#define FCR_ENABLE	0x07	/* FIFOs on and cleared, interrupt on every byte */
#define LCR_8N1		0x03
#define LCR_DLAB	0x80
#define MCR_READY	0x0b	/* DTR, RTS, OUT2 (lets the interrupt through) */
#define LSR_RECEIVED	0x01
#define LSR_ROOM	0x20
#define DIVISOR_115200	1

void
serial_init(void)
{
	outb(COM1 + REG_IER, 0);
	outb(COM1 + REG_LCR, LCR_DLAB);
	outb(COM1 + REG_DATA, DIVISOR_115200);
	outb(COM1 + REG_IER, 0);
	outb(COM1 + REG_LCR, LCR_8N1);
	outb(COM1 + REG_FCR, FCR_ENABLE);
	outb(COM1 + REG_MCR, MCR_READY);
}

void
serial_enable_interrupt(void)
{
	outb(COM1 + REG_IER, IER_RECEIVED);
	pic_unmask(COM1_LINE);
}

void
serial_putc(char c)
{
	while (!(inb(COM1 + REG_LSR) & LSR_ROOM))
		;
	outb(COM1 + REG_DATA, (uint8_t)c);
}

int
serial_getc(void)
{
	uint8_t status = inb(COM1 + REG_LSR);

	/* Without a port all bits read as one: then nothing ever comes in. */
	if (status == 0xff || !(status & LSR_RECEIVED))
		return -1;
	return inb(COM1 + REG_DATA);
}
