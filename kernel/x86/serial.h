/* SPDX-License-Identifier: MIT */
/* The first serial port: the console. */
#ifndef FAULTLINE_X86_SERIAL_H
#define FAULTLINE_X86_SERIAL_H

/* 115200 baud, 8N1, no interrupts yet. */
void serial_init(void);

/* Interrupt on line 4 when a character has come in. */
void serial_enable_interrupt(void);

/* Send C as it is; waits for room in the transmitter. */
void serial_putc(char c);

/* The next character received (0 to 255), or -1 when there is none. */
int serial_getc(void);

#endif
