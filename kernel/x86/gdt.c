/* SPDX-License-Identifier: MIT */
/*
 * The descriptor table, the task-state segment and this CPU's own data.
 *
 * Flat segments, because long mode ignores bases and limits.  The order is fixed
 * by the instructions: syscall loads CS = STAR[47:32] and SS = that + 8; sysretq
 * loads SS = STAR[63:48] + 8 and CS = STAR[63:48] + 16 (Intel SDM volume 2).
 * The TSS gives the CPU its stacks: rsp0 for traps from user mode, and stacks of their own
 * for what may come where there is no good one: a double fault, when a kernel stack is
 * used up, and NMI and machine check, between two instructions of syscall_entry.
 */
#include "mm/layout.h"
#include "x86/cpu.h"
#include "x86/x86.h"

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t iomap;			/* past the limit: user code may use no port */
} __attribute__((packed));

#define DESC_CODE64	0x00209a0000000000ul	/* present, code, long mode */
#define DESC_DATA	0x0000920000000000ul	/* present, data, writable */
#define DESC_DPL3	0x0000600000000000ul
#define DESC_TSS	0x0000890000000000ul	/* present, available 64-bit TSS */

#define IST_SIZE	(2 * PG_SIZE)

static struct cpu cpu0;
static struct tss tss;
static uint8_t ist_stacks[IST_COUNT][IST_SIZE] __attribute__((aligned(16)));
static uint64_t gdt[SEL_TSS / 8 + 2];	/* SEL_*, and nothing in between */

void
cpu_set_kernel_stack(uint64_t top)
{
	tss.rsp[0] = top;
	this_cpu()->kernel_sp = top;
}

void
gdt_restore_gs(void)
{
	wrmsr(MSR_GS_BASE, (uint64_t)&cpu0);
}

void
gdt_init(void)
{
	uint64_t base = (uint64_t)&tss;
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) gdtr = { sizeof(gdt) - 1, (uint64_t)gdt };

	tss.iomap = sizeof(tss);
	for (int i = 0; i < IST_COUNT; i++)
		tss.ist[i] = (uint64_t)(ist_stacks[i] + IST_SIZE);

	gdt[SEL_KCODE / 8] = DESC_CODE64;
	gdt[SEL_KDATA / 8] = DESC_DATA;
	gdt[SEL_UDATA / 8] = DESC_DATA | DESC_DPL3;
	gdt[SEL_UCODE / 8] = DESC_CODE64 | DESC_DPL3;
	gdt[SEL_TSS / 8] = DESC_TSS | (sizeof(tss) - 1) | (base & 0xffffff) << 16 |
	    (base >> 24 & 0xff) << 56;
	gdt[SEL_TSS / 8 + 1] = base >> 32;

	__asm__ volatile(
	    "lgdt %0\n\t"
	    "mov %w1, %%ds; mov %w1, %%es; mov %w1, %%ss\n\t"
	    "xor %%eax, %%eax; mov %%ax, %%fs; mov %%ax, %%gs\n\t"
	    "pushq %2; leaq 1f(%%rip), %%rax; pushq %%rax; lretq\n"
	    "1:\tltr %w3"
	    : : "m"(gdtr), "r"(SEL_KDATA), "i"(SEL_KCODE), "r"(SEL_TSS) : "rax", "memory");

	cpu0.self = &cpu0;
	gdt_restore_gs();
	wrmsr(MSR_KERNEL_GS_BASE, 0);
}
