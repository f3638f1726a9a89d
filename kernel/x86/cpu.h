/* SPDX-License-Identifier: MIT */
/*
 * The CPU: its features, its own data, its descriptor tables, and how to leave it.
 */
#ifndef FAULTLINE_X86_CPU_H
#define FAULTLINE_X86_CPU_H

/* Offsets in struct cpu that assembly code uses; checked in cpu.c. */
#define CPU_KERNEL_SP	8
#define CPU_USER_SP	16
#define CPU_CURRENT	24

#ifndef __ASSEMBLER__

#include "types.h"

struct proc;

/* Stacks of their own for vectors (gdt.c): a gate names one by its number. */
enum { IST_DOUBLE = 1, IST_NMI, IST_MACHINE, IST_COUNT = IST_MACHINE };

/* Data of one CPU, found through gs in kernel mode. */
struct cpu {
	struct cpu *self;
	uint64_t kernel_sp;		/* top of the current process' kernel stack */
	uint64_t user_sp;		/* scratch of syscall_entry */
	struct proc *current;		/* NULL in the idle loop */
};

static inline struct cpu *
this_cpu(void)
{
	struct cpu *c;

	__asm__ volatile("mov %%gs:0, %0" : "=r"(c));
	return c;
}

/* The running process; NULL in the idle loop.  One instruction. */
static inline struct proc *
cpu_current(void)
{
	struct proc *p;

	__asm__ volatile("mov %%gs:%c1, %0" : "=r"(p) : "i"(CPU_CURRENT));
	return p;
}

/* What CPUID said, as far as the kernel cares. */
struct cpu_features {
	char model[49];			/* brand string */
	bool nx, smep, smap, umip;
	uint32_t mxcsr_mask;		/* bits that fxrstor accepts; others fault */
};

extern struct cpu_features cpu_features;
extern uint8_t cpu_smap;		/* SMAP is on: usercopy_asm.S and trapasm.S test it */

/* Probe features; set the control bits that the CPU has.  => panics when NX is missing */
void cpu_init(void);

/* Load the descriptor tables and point gs at this CPU's data.  => before any this_cpu() */
void gdt_init(void);

/* Point gs at this CPU's data again, whatever it was (for what may come anywhere). */
void gdt_restore_gs(void);

/* The stack that traps from user mode and system calls start on. */
void cpu_set_kernel_stack(uint64_t top);

/* Leave the virtual machine with exit code CODE (KEXIT_*); on a real machine, halt for ever. */
noreturn void machine_exit(uint8_t code);
noreturn void machine_restart(void);

/* The state of the x87 and SSE units; AREA is 512 bytes, 16-byte aligned. */
static inline void
fpu_save(void *area)
{
	__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static inline void
fpu_restore(const void *area)
{
	__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

/* Write the state a new program starts with (System V ABI AMD64, 3.4.1) to AREA. */
void fpu_init_area(void *area);

#endif /* !__ASSEMBLER__ */
#endif
