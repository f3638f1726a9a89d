/* SPDX-License-Identifier: MIT */
/*
 * Page tables as text: a walk of all entries, from the root down.
 */
#include "mm/ptdump.h"

#include "lib/printf.h"
#include "mm/pagetable.h"

#define LINE_MAX	256

struct dump {
	void (*line)(void *arg, const char *text);
	void *arg;
};

static const struct {
	pte_t bit;
	const char *name;
} flags[] = {
	{ PTE_P, "PRESENT" },
	{ PTE_W, "WRITABLE" },
	{ PTE_U, "USER" },
	{ 0x008, "WRITE_THROUGH" },
	{ 0x010, "NO_CACHE" },
	{ PTE_A, "ACCESSED" },
	{ PTE_D, "DIRTY" },
	{ PTE_PS, "HUGE" },
	{ PTE_G, "GLOBAL" },
	{ PTE_NONE, "NO_ACCESS" },
	{ PTE_NX, "NO_EXECUTE" },
};

static const struct {
	const char *name;
	vaddr_t addr;
} landmarks[] = {
	{ "user text", USER_TEXT },
	{ "mmap top", MMAP_TOP },
	{ "stack top", USTACK_UPPERBOUND },
	{ "user end", USER_END },
	{ "direct map", DIRECT_BASE },
	{ "kernel stacks", KSTACK_BASE },
	{ "kernel image", KERN_BASE + KERN_LOAD },
};

static void
dump_landmarks(const struct dump *d)
{
	char text[LINE_MAX];

	for (size_t i = 0; i < array_len(landmarks); i++) {
		vaddr_t a = landmarks[i].addr;

		ksnprintf(text, sizeof(text),
		    "%-13s  0x%014lx%s  L4=%03u L3=%03u L2=%03u L1=%03u\n", landmarks[i].name, a,
		    a >> 56 == 0 ? "  " : "", pt_index(a, 4), pt_index(a, 3), pt_index(a, 2),
		    pt_index(a, 1));
		d->line(d->arg, text);
	}
}

static void
dump_entry(const struct dump *d, int level, unsigned i, pte_t pte)
{
	char text[LINE_MAX];
	int len = ksnprintf(text, sizeof(text), "%*sL%d=%03u  0x%012lx  ", 2 * (PT_LEVELS - level),
	    "", level, i, pte & PTE_ADDR);
	const char *between = "";

	for (size_t f = 0; f < array_len(flags); f++) {
		if (!(pte & flags[f].bit))
			continue;
		len += ksnprintf(text + len, sizeof(text) - len, "%s%s", between, flags[f].name);
		between = "|";
	}
	ksnprintf(text + len, sizeof(text) - len, "\n");
	d->line(d->arg, text);
}

/* The entries of TABLE, each with what is below it. */
static void
dump_table(const struct dump *d, paddr_t table, int level)
{
	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		pte_t pte = table_at(table)[i];

		if (!(pte & PTE_THERE) || (level == PT_LEVELS && i == pt_index(DIRECT_BASE, level)))
			continue;
		dump_entry(d, level, i, pte);
		if (level > 1 && !(pte & PTE_PS))
			dump_table(d, pte & PTE_ADDR, level - 1);
	}
}

void
ptdump(const struct vpmap *map, void (*line)(void *arg, const char *text), void *arg)
{
	const struct dump d = { line, arg };
	char text[LINE_MAX];

	ksnprintf(text, sizeof(text), "root  0x%012lx\n", map->root);
	line(arg, text);
	dump_landmarks(&d);
	dump_table(&d, map->root, PT_LEVELS);
}

/* The tables below the first N entries of TABLE, which is of LEVEL. */
static size_t
count_below(paddr_t table, int level, unsigned n)
{
	size_t count = 0;

	for (unsigned i = 0; i < n && level > 1; i++) {
		pte_t pte = table_at(table)[i];

		if (pte & PTE_P)
			count += 1 + count_below(pte & PTE_ADDR, level - 1, PT_ENTRIES);
	}
	return count;
}

size_t
vpmap_count_tables(const struct vpmap *map)
{
	return 1 + count_below(map->root, PT_LEVELS, PT_ENTRIES / 2);
}
