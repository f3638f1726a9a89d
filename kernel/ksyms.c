/* SPDX-License-Identifier: MIT */
/*
 * Addresses to names, for backtraces.  The tables are generated (GNUmakefile,
 * "symbols"): addresses in rising order, and for each the offset of its name.
 */
#include "ksyms.h"

extern const uint64_t ksyms_count;
extern const uint64_t ksyms_addrs[];
extern const uint32_t ksyms_names[];
extern const char ksyms_strings[];

const char *
ksyms_find(vaddr_t addr, size_t *ofs)
{
	extern char kernel_start[], text_end[];
	size_t lo = 0, hi = ksyms_count;

	if (addr < (vaddr_t)kernel_start || addr >= (vaddr_t)text_end)
		return NULL;
	while (lo < hi) {		/* the last symbol at or below ADDR is before hi */
		size_t mid = lo + (hi - lo) / 2;

		if (ksyms_addrs[mid] <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return NULL;
	*ofs = addr - ksyms_addrs[lo - 1];
	return ksyms_strings + ksyms_names[lo - 1];
}
