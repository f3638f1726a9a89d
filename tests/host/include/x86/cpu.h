/* SPDX-License-Identifier: MIT */
/*
 * A CPU for the kernel on the host: who runs on it, and nothing else.  The compiler is
 * told to include this first of all, so that the kernel's own is empty.
 */
#ifndef FAULTLINE_X86_CPU_H
#define FAULTLINE_X86_CPU_H

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

#endif
