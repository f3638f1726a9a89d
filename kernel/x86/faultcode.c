/* SPDX-License-Identifier: MIT */
/*
 * The error code of a page fault: see faultcode.h.
 */
#include "x86/faultcode.h"

#include "lib/printf.h"

static const char *const names[] = {
	[0] = "present", [1] = "write", [2] = "user", [3] = "reserved", [4] = "fetch",
	[5] = "key", [6] = "shadow-stack", [15] = "sgx",
};

void
faultcode_text(uint64_t err, char text[FAULTCODE_LEN])
{
	size_t len = 0;

	ksnprintf(text, FAULTCODE_LEN, "none");
	for (size_t bit = 0; bit < array_len(names); bit++) {
		if (names[bit] == NULL || (err & 1ul << bit) == 0)
			continue;
		len += ksnprintf(text + len, FAULTCODE_LEN - len, "%s%s", len > 0 ? "|" : "",
		    names[bit]);
		err &= ~(1ul << bit);
	}
	if (err != 0)
		ksnprintf(text + len, FAULTCODE_LEN - len, "%s0x%lx", len > 0 ? "|" : "", err);
}
