/* SPDX-License-Identifier: MIT */
/*
 * CPU features and control bits; leaving the machine.
 *
 * A CR4 bit is set only after CPUID has shown the feature: QEMU's emulator hangs
 * for ever on a bit that its CPU model lacks, with no exception.
 */
#include "x86/cpu.h"

#include "lib/string.h"
#include "mm/layout.h"
#include "panic.h"
#include "x86/x86.h"

_Static_assert(offsetof(struct cpu, kernel_sp) == CPU_KERNEL_SP, "CPU_KERNEL_SP");
_Static_assert(offsetof(struct cpu, user_sp) == CPU_USER_SP, "CPU_USER_SP");
_Static_assert(offsetof(struct cpu, current) == CPU_CURRENT, "CPU_CURRENT");

#define MXCSR_MASK_OFS	28		/* in the FXSAVE area: Intel SDM volume 1, 11.6.6 */
#define MXCSR_MASK_DEFAULT	0xffbf	/* when it reads as zero */

#define DEBUG_EXIT_PORT	0xf4		/* QEMU's isa-debug-exit; nothing on a PC */
#define KEYBOARD_PORT	0x64
#define KEYBOARD_RESET	0xfe

struct cpu_features cpu_features;
uint8_t cpu_smap;

static void
probe_features(void)
{
	uint32_t r[4], max_leaf, max_ext;

	cpuid(0, 0, r);
	max_leaf = r[0];
	cpuid(0x80000000, 0, r);
	max_ext = r[0];

	cpuid(0x80000001, 0, r);
	cpu_features.nx = r[3] >> 20 & 1;
	if (max_leaf >= 7) {
		cpuid(7, 0, r);
		cpu_features.smep = r[1] >> 7 & 1;
		cpu_features.smap = r[1] >> 20 & 1;
		cpu_features.umip = r[2] >> 2 & 1;
	}
	if (max_ext >= 0x80000004) {
		for (uint32_t i = 0; i < 3; i++) {
			cpuid(0x80000002 + i, 0, r);
			memcpy(cpu_features.model + 16 * i, r, 16);
		}
	}
}

static void
probe_mxcsr(void)
{
	static uint8_t area[512] __attribute__((aligned(16)));

	fpu_save(area);
	memcpy(&cpu_features.mxcsr_mask, area + MXCSR_MASK_OFS, sizeof(uint32_t));
	if (cpu_features.mxcsr_mask == 0)
		cpu_features.mxcsr_mask = MXCSR_MASK_DEFAULT;
}

void
cpu_init(void)
{
	uint64_t cr4 = read_cr4();

	probe_features();
	if (!cpu_features.nx)
		panic("cpu_init: this CPU cannot mark pages as not executable (NX)");

	/* SSE and x87 on for user programs; supervisor writes obey read-only pages. */
	write_cr0((read_cr0() & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE | CR0_WP);
	cr4 |= CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
	if (cpu_features.smep)
		cr4 |= CR4_SMEP;
	if (cpu_features.smap)
		cr4 |= CR4_SMAP;
	if (cpu_features.umip)
		cr4 |= CR4_UMIP;
	write_cr4(cr4);
	cpu_smap = cpu_features.smap;
	probe_mxcsr();
}

void
fpu_init_area(void *area)
{
	uint16_t fcw = 0x037f;		/* all x87 exceptions masked, extended precision */
	uint32_t mxcsr = 0x1f80;	/* all SSE exceptions masked, round to nearest */

	memset(area, 0, 512);
	memcpy(area, &fcw, sizeof(fcw));
	memcpy((char *)area + 24, &mxcsr, sizeof(mxcsr));
}

noreturn void
machine_exit(uint8_t code)
{
	outb(DEBUG_EXIT_PORT, code);
	for (;;)		/* no QEMU: stop here */
		__asm__ volatile("cli; hlt");
}

noreturn void
machine_restart(void)
{
	outb(KEYBOARD_PORT, KEYBOARD_RESET);
	for (;;)
		__asm__ volatile("cli; hlt");
}
