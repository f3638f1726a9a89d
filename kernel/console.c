/* SPDX-License-Identifier: MIT */
/* kprintf: formatted text to the serial port. */
#include "lib/printf.h"

#include "x86/serial.h"

#define LINE_MAX_LEN	512		/* longer output is cut: kernel messages are short */

void
kprintf(const char *fmt, ...)
{
	char text[LINE_MAX_LEN];
	va_list ap;

	va_start(ap, fmt);
	kvsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (const char *s = text; *s != '\0'; s++) {
		if (*s == '\n')
			serial_putc('\r');
		serial_putc(*s);
	}
}
