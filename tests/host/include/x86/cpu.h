/* SPDX-License-Identifier: MIT */
/*
 * A CPU for the kernel on the host: who runs on it, and registers that nobody uses.  The
 * compiler is told to include this first of all, so that the kernel's own is empty.
 */
#ifndef FAULTLINE_X86_CPU_H
#define FAULTLINE_X86_CPU_H

#include <stdint.h>

struct proc;

struct cpu {
	struct proc *current;
};

extern struct cpu host_cpu;		/* whoever needs a current process defines it */

static inline struct cpu *
this_cpu(void)
{
	return &host_cpu;
}

static inline struct proc *
cpu_current(void)
{
	return host_cpu.current;
}

struct cpu_features {
	uint32_t mxcsr_mask;
};

extern struct cpu_features cpu_features;

/* What a program has in its floating-point registers is always in its area. */
static inline void fpu_save(void *area) { (void)area; }
static inline void fpu_restore(const void *area) { (void)area; }
static inline void fpu_init_area(void *area) { *(uint64_t *)area = 0x37f; }

__attribute__((__noreturn__)) void machine_exit(uint8_t code);
__attribute__((__noreturn__)) void machine_restart(void);

#endif
