/* SPDX-License-Identifier: MIT */
/*
 * Both boot protocols, read into one struct bootinfo.  Sources: the Multiboot2
 * specification 2.0, chapter 3.6; Xen's public header hvm/start_info.h (PVH).
 */
#include "boot/bootinfo.h"

#include "lib/string.h"
#include "mm/pmem.h"
#include "panic.h"

#define PVH_MAGIC	0x336ec578
#define MEMMAP_RAM	1		/* the same in both protocols, as in E820 */

struct pvh_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t n_modules;
	uint64_t modules;		/* physical addresses */
	uint64_t cmdline;
	uint64_t rsdp;
	uint64_t memmap;		/* from version 1 on */
	uint32_t n_memmap;
	uint32_t reserved;
};

struct pvh_module {
	uint64_t start, size, cmdline, reserved;
};

struct pvh_memmap {
	uint64_t start, size;
	uint32_t type, reserved;
};

enum {
	MB2_END = 0, MB2_CMDLINE = 1, MB2_MODULE = 3, MB2_MEMMAP = 6, MB2_RSDP1 = 14,
	MB2_RSDP2 = 15,
};

struct mb2_tag {
	uint32_t type, size;		/* the next tag follows, 8-byte aligned */
};

struct mb2_module {
	struct mb2_tag tag;
	uint32_t start, end;
};

struct mb2_memmap {
	struct mb2_tag tag;
	uint32_t entry_size, entry_version;
};

struct mb2_memmap_entry {
	uint64_t start, size;
	uint32_t type, reserved;
};

static const void *
phys(paddr_t p)
{
	return (const void *)kmap_p2v(p);
}

static void
add_range(struct bootinfo *bi, uint64_t start, uint64_t size, uint32_t type)
{
	if (type != MEMMAP_RAM || size == 0 || start + size < start)
		return;
	if (bi->n_usable == BOOT_MAX_RANGES)
		return;		/* the rest stays unused: harmless */
	bi->usable[bi->n_usable++] = (struct mem_range){ start, start + size };
}

static void
read_pvh(struct bootinfo *bi, const struct pvh_info *info)
{
	const struct pvh_memmap *map = phys(info->memmap);

	if (info->magic != PVH_MAGIC || info->version < 1)
		panic("bootinfo: PVH start info without a memory map");
	bi->loader = "PVH";
	bi->rsdp = info->rsdp;
	if (info->cmdline)
		strlcpy(bi->cmdline, phys(info->cmdline), sizeof(bi->cmdline));
	if (info->n_modules > 0) {
		const struct pvh_module *mod = phys(info->modules);

		bi->initrd = mod->start;
		bi->initrd_size = mod->size;
	}
	for (uint32_t i = 0; i < info->n_memmap; i++)
		add_range(bi, map[i].start, map[i].size, map[i].type);
}

static void
read_mb2_memmap(struct bootinfo *bi, const struct mb2_memmap *map)
{
	const char *p = (const char *)(map + 1);
	const char *end = (const char *)map + map->tag.size;

	for (; p + sizeof(struct mb2_memmap_entry) <= end; p += map->entry_size) {
		const struct mb2_memmap_entry *e = (const void *)p;

		add_range(bi, e->start, e->size, e->type);
	}
}

static void
read_mb2(struct bootinfo *bi, const uint32_t *info)
{
	const char *p = (const char *)info + 8;		/* total size, reserved */
	const char *end = (const char *)info + info[0];

	bi->loader = "multiboot2";
	while (p + sizeof(struct mb2_tag) <= end) {
		const struct mb2_tag *tag = (const void *)p;

		switch (tag->type) {
		case MB2_END:
			return;
		case MB2_CMDLINE:
			strlcpy(bi->cmdline, (const char *)(tag + 1), sizeof(bi->cmdline));
			break;
		case MB2_MODULE:
			bi->initrd = ((const struct mb2_module *)tag)->start;
			bi->initrd_size = ((const struct mb2_module *)tag)->end - bi->initrd;
			break;
		case MB2_MEMMAP:
			read_mb2_memmap(bi, (const struct mb2_memmap *)tag);
			break;
		case MB2_RSDP1:
		case MB2_RSDP2:
			bi->rsdp = kmap_v2p((vaddr_t)(tag + 1));
			break;
		}
		p += (tag->size + 7) & ~7u;
	}
}

void
bootinfo_read(struct bootinfo *bi, unsigned proto, paddr_t info)
{
	memset(bi, 0, sizeof(*bi));
	if (proto == BOOT_PVH)
		read_pvh(bi, phys(info));
	else
		read_mb2(bi, phys(info));
	if (bi->n_usable == 0)
		panic("bootinfo: %s gave no usable memory", bi->loader);
}
