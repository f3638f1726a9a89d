/* SPDX-License-Identifier: MIT */
/*
 * What the boot loader told us, whichever it was.
 */
#ifndef FAULTLINE_BOOT_BOOTINFO_H
#define FAULTLINE_BOOT_BOOTINFO_H

/* How the kernel was entered; boot.S passes one of these. */
#define BOOT_PVH	1
#define BOOT_MULTIBOOT2	2

#ifndef __ASSEMBLER__

#include "types.h"

#define BOOT_MAX_RANGES	64
#define BOOT_CMDLINE_LEN	1024

/* Usable memory [start, end), not cut to pages. */
struct mem_range {
	paddr_t start;
	paddr_t end;
};

struct bootinfo {
	const char *loader;			/* "PVH" or "multiboot2" */
	struct mem_range usable[BOOT_MAX_RANGES];
	size_t n_usable;
	char cmdline[BOOT_CMDLINE_LEN];		/* terminated; cut if longer */
	paddr_t initrd;				/* the archive; 0 with size 0 when there is none */
	size_t initrd_size;
	paddr_t rsdp;				/* ACPI root pointer, or 0 */
};

/*
 * Fill BI from the structure at physical address INFO that protocol PROTO
 * (BOOT_*) defines.  => reads it through the direct map, which must reach 4 GiB
 * => panics when the structure is not what PROTO promises
 */
void bootinfo_read(struct bootinfo *bi, unsigned proto, paddr_t info);

#endif /* !__ASSEMBLER__ */
#endif
