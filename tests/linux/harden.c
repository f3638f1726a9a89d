/* SPDX-License-Identifier: MIT */
/* N1 to N8, N13, N16: what programs must not be able to do to the kernel. */
#include "harness.h"

#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

#define FLAG_IF		0x200UL
#define FLAG_IOPL	0x3000UL

/* Try one instruction, and say its name when it does not end as PRIVILEGED. */
#define TRY(instruction) do { \
	const char *seen_ = attempt(try_##instruction, NULL, 0); \
	say("%s %s", #instruction, seen_); \
} while (0)

#define INSTRUCTION(name, text) \
	static void try_##name(void *arg) \
	{ \
		(void)arg; \
		__asm__ volatile(text : : : "rax", "rcx", "rdx", "memory"); \
	}

INSTRUCTION(cli, "cli")
INSTRUCTION(sti, "sti")
INSTRUCTION(hlt, "hlt")
INSTRUCTION(in, "inb $0x60, %%al")
INSTRUCTION(out, "outb %%al, $0x80")
INSTRUCTION(read_cr0, "mov %%cr0, %%rax")
INSTRUCTION(write_cr3, "xor %%eax, %%eax; mov %%rax, %%cr3")
INSTRUCTION(rdmsr, "mov $0xc0000080, %%ecx; rdmsr")
INSTRUCTION(wrmsr, "mov $0xc0000080, %%ecx; wrmsr")
INSTRUCTION(lgdt, "lgdt -16(%%rsp)")
INSTRUCTION(lidt, "lidt -16(%%rsp)")
INSTRUCTION(ltr, "xor %%eax, %%eax; ltr %%ax")
INSTRUCTION(invlpg, "invlpg (%%rsp)")
INSTRUCTION(swapgs, "swapgs")
INSTRUCTION(sysretq, "sysretq")
INSTRUCTION(clts, "clts")
INSTRUCTION(wbinvd, "wbinvd")
INSTRUCTION(rdpmc, "xor %%ecx, %%ecx; rdpmc")
INSTRUCTION(null_ss, "xor %%eax, %%eax; mov %%eax, %%ss")
INSTRUCTION(int_8, "int $8")
INSTRUCTION(int_14, "int $14")
INSTRUCTION(int_32, "int $0x20")
INSTRUCTION(int_128, "mov $20, %%eax; int $0x80")
INSTRUCTION(int_255, "int $0xff")
INSTRUCTION(int3, "int3")
INSTRUCTION(sgdt, "sgdt -128(%%rsp)")
INSTRUCTION(sidt, "sidt -128(%%rsp)")
INSTRUCTION(sldt, "sldt %%eax")
INSTRUCTION(str, "str %%eax")
INSTRUCTION(smsw, "smsw %%eax")

BEHAVIOUR(N1_1, "interrupts and ports")
{
	TRY(cli);
	TRY(sti);
	TRY(hlt);
	TRY(in);
	TRY(out);
}

BEHAVIOUR(N1_2, "control registers and model-specific ones")
{
	TRY(read_cr0);
	TRY(write_cr3);
	TRY(clts);
	TRY(rdmsr);
	TRY(wrmsr);
}

BEHAVIOUR(N1_3, "tables and caches")
{
	TRY(lgdt);
	TRY(lidt);
	TRY(ltr);
	TRY(invlpg);
	TRY(wbinvd);
}

BEHAVIOUR(N1_4, "swapgs, sysretq, rdpmc, a null ss")
{
	TRY(swapgs);
	TRY(sysretq);
	TRY(rdpmc);
	TRY(null_ss);
}

BEHAVIOUR(N2_1, "popf without IF and with IOPL 3")
{
	unsigned long flags;

	__asm__ volatile(
	"	pushfq\n"
	"	andq	%1, (%%rsp)\n"
	"	orq	%2, (%%rsp)\n"
	"	popfq\n"
	"	pushfq\n"
	"	popq	%0\n"
	    : "=r"(flags) : "r"(~FLAG_IF), "r"(FLAG_IOPL) : "memory", "cc");
	say("IF %d, IOPL %lu", (flags & FLAG_IF) != 0, (flags & FLAG_IOPL) >> 12);
}

BEHAVIOUR(N3_1, "int 8, 14, 32, 255")
{
	TRY(int_8);
	TRY(int_14);
	TRY(int_32);
	TRY(int_255);
}

BEHAVIOUR(N3_2, "int3")
{
	TRY(int3);
}

BEHAVIOUR(N3_3, "int 0x80")
{
	TRY(int_128);
}

static bool
has_umip(void)
{
	unsigned a = 7, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return c >> 2 & 1;
}

BEHAVIOUR(N4_1, "sgdt, sidt, sldt, str, smsw")
{
	if (!has_umip()) {
		say("left out: the processor has no UMIP");
		return;
	}
	TRY(sgdt);
	TRY(sidt);
	TRY(sldt);
	TRY(str);
	TRY(smsw);
}

BEHAVIOUR(N7_1, "system call 511, 1000, 2^31, ~0, with the x32 bit")
{
	say("%s", outcome(sys(511)));
	say("%s", outcome(sys(1000)));
	say("%s", outcome(sys(1L << 31)));
	say("%s", outcome(sys(-1)));
	say("%s", outcome(sys(0x40000000 + SYS_getpid)));
}

BEHAVIOUR(N7_2, "getpid with bits in the upper half of rax")
{
	say("%s", same(sys(SYS_getpid + (1L << 32)) == sys(SYS_getpid)));
	say("%s", same(sys(SYS_getpid | INT64_MIN) == sys(SYS_getpid)));
}

BEHAVIOUR(N8_1, "registers over a system call")
{
	unsigned long changed;

	__asm__ volatile(
	"	push	%%rbx; push %%rbp; push %%r12; push %%r13; push %%r14; push %%r15\n"
	"	mov	$0x11, %%ebx; mov $0x22, %%ebp; mov $0x33, %%r12d; mov $0x44, %%r13d\n"
	"	mov	$0x55, %%r14d; mov $0x66, %%r15d; mov $0x77, %%edi; mov $0x88, %%esi\n"
	"	mov	$0x99, %%edx; mov $0xaa, %%r10d; mov $0xbb, %%r8d; mov $0xcc, %%r9d\n"
	"	mov	$39, %%eax\n"
	"	syscall\n"
	"	xor	$0x11, %%rbx; xor $0x22, %%rbp; xor $0x33, %%r12; xor $0x44, %%r13\n"
	"	xor	$0x55, %%r14; xor $0x66, %%r15; xor $0x77, %%rdi; xor $0x88, %%rsi\n"
	"	xor	$0x99, %%rdx; xor $0xaa, %%r10; xor $0xbb, %%r8; xor $0xcc, %%r9\n"
	"	mov	%%rbx, %%rax; or %%rbp, %%rax; or %%r12, %%rax; or %%r13, %%rax\n"
	"	or	%%r14, %%rax; or %%r15, %%rax; or %%rdi, %%rax; or %%rsi, %%rax\n"
	"	or	%%rdx, %%rax; or %%r10, %%rax; or %%r8, %%rax; or %%r9, %%rax\n"
	"	pop	%%r15; pop %%r14; pop %%r13; pop %%r12; pop %%rbp; pop %%rbx\n"
	    : "=a"(changed)
	    : : "rdi", "rsi", "rdx", "rcx", "r8", "r9", "r10", "r11", "memory", "cc");
	say("%s", changed == 0 ? "kept" : "changed");
}

/* Keep a pattern in a vector register over 2000 turns of others. */
static int
keep_vector(void *arg)
{
	unsigned long pattern = (unsigned long)arg, now;

	for (int i = 0; i < 2000; i++) {
		__asm__ volatile(
		"	movq	%1, %%xmm5\n"
		"	mov	$24, %%eax\n"		/* sched_yield */
		"	syscall\n"
		"	movq	%%xmm5, %0\n"
		    : "=r"(now) : "r"(pattern) : "rax", "rcx", "r11", "xmm5", "memory");
		if (now != pattern)
			return 4;
	}
	return 3;
}

BEHAVIOUR(N8_2, "two processes keep patterns in a vector register")
{
	long one = start(keep_vector, (void *)0x1111), two = start(keep_vector, (void *)0x2222);

	say("%s", ended(wait_for(one)));
	say("%s", ended(wait_for(two)));
}

#define ARCH_SET_GS	0x1001
#define ARCH_SET_FS	0x1002

BEHAVIOUR(N13_1, "arch_prctl, a kernel and a non-canonical base for FS and GS, an unknown order")
{
	say("%s", outcome(sys(SYS_arch_prctl, ARCH_SET_FS, KERNEL_HALF)));
	say("%s", outcome(sys(SYS_arch_prctl, ARCH_SET_FS, NON_CANONICAL)));
	say("%s", outcome(sys(SYS_arch_prctl, ARCH_SET_GS, KERNEL_HALF)));
	say("%s", outcome(sys(SYS_arch_prctl, ARCH_SET_GS, NON_CANONICAL)));
	say("%s", outcome(sys(SYS_arch_prctl, 0x7777, 0)));
}

BEHAVIOUR(N13_2, "GS base over a system call and a switch")
{
	static unsigned long cell = 77;
	unsigned long got;

	say("%s", outcome(sys(SYS_arch_prctl, ARCH_SET_GS, &cell)));
	sys(SYS_sched_yield);
	__asm__ volatile("movq %%gs:0, %0" : "=r"(got));
	say("%lu", got);
}

static int
fill_memory(void *arg)
{
	memset(arg, 0xa5, 8 * MIB);
	return 0;
}

BEHAVIOUR(N16_1, "2000 new pages after a child has filled as many")
{
	char *at = pages(8 * MIB / P, RW);

	in_child(fill_memory, at);
	say("%s", all(at, 8 * MIB, 0) ? "zero" : "not zero");
}
