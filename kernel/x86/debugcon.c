/* SPDX-License-Identifier: MIT */
/* Debug consoles; source: the manual of Bochs, "Port E9 hack", and QEMU's isa-debugcon. */
#include "x86/debugcon.h"

#include "x86/x86.h"

#define PRESENT		0xe9		/* what reading such a port gives */

bool
debugcon_write(unsigned number, const void *bytes, size_t n)
{
	uint16_t port = (uint16_t)(DEBUGCON_FIRST + number - 1);
	const uint8_t *src = bytes;

	if (inb(port) != PRESENT)
		return false;
	for (size_t i = 0; i < n; i++)
		outb(port, src[i]);
	return true;
}
