/* SPDX-License-Identifier: MIT */
/*
 * One-instruction wrappers (Intel SDM volume 2).  No policy.
 */
#ifndef FAULTLINE_X86_X86_H
#define FAULTLINE_X86_X86_H

#include "types.h"

#define CR0_MP		(1ul << 1)
#define CR0_EM		(1ul << 2)
#define CR0_TS		(1ul << 3)
#define CR0_NE		(1ul << 5)
#define CR0_WP		(1ul << 16)

#define CR4_PGE		(1ul << 7)
#define CR4_OSFXSR	(1ul << 9)
#define CR4_OSXMMEXCPT	(1ul << 10)
#define CR4_UMIP	(1ul << 11)
#define CR4_SMEP	(1ul << 20)
#define CR4_SMAP	(1ul << 21)

#define MSR_EFER		0xc0000080
#define EFER_SCE		(1ul << 0)
#define EFER_NXE		(1ul << 11)
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_SFMASK		0xc0000084
#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101
#define MSR_KERNEL_GS_BASE	0xc0000102

#define RFLAGS_FIXED	(1ul << 1)	/* always reads as one */
#define RFLAGS_TF	(1ul << 8)
#define RFLAGS_IF	(1ul << 9)
#define RFLAGS_DF	(1ul << 10)
#define RFLAGS_IOPL	(3ul << 12)
#define RFLAGS_NT	(1ul << 14)
#define RFLAGS_RF	(1ul << 16)
#define RFLAGS_AC	(1ul << 18)

#define DR6_STEP	(1ul << 14)	/* the debug trap is that of RFLAGS_TF */
#define DR6_CLEAR	0xffff0ff0ul	/* what it reads as when nothing has happened */

static inline void
outb(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline uint8_t
inb(uint16_t port)
{
	uint8_t v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline uint64_t
rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (uint64_t)hi << 32 | lo;
}

static inline void
wrmsr(uint32_t msr, uint64_t v)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32))
	    : "memory");
}

static inline uint64_t
rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

static inline void
cpuid(uint32_t leaf, uint32_t sub, uint32_t r[4])
{
	__asm__ volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
	    : "0"(leaf), "2"(sub));
}

#define DEFINE_CR(n) \
	static inline uint64_t read_cr##n(void) \
	{ \
		uint64_t v; \
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(v)); \
		return v; \
	} \
	static inline void write_cr##n(uint64_t v) \
	{ \
		__asm__ volatile("mov %0, %%cr" #n : : "r"(v) : "memory"); \
	}
DEFINE_CR(0)
DEFINE_CR(2)
DEFINE_CR(3)
DEFINE_CR(4)
#undef DEFINE_CR

static inline uint64_t
read_dr6(void)
{
	uint64_t v;

	__asm__ volatile("mov %%dr6, %0" : "=r"(v));
	return v;
}

static inline void write_dr6(uint64_t v) { __asm__ volatile("mov %0, %%dr6" : : "r"(v)); }

static inline void
invlpg(vaddr_t a)
{
	__asm__ volatile("invlpg (%0)" : : "r"(a) : "memory");
}

static inline void interrupts_off(void) { __asm__ volatile("cli" : : : "memory"); }

/* Enable interrupts and halt, with no gap between the two; return with them off again. */
static inline void
interrupts_wait(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

#endif
