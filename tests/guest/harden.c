/* SPDX-License-Identifier: MIT */
/*
 * What user code must not be able to do, each attempt in a child: privileged
 * instructions, gates, flags, stack pointers, segment bases.  The kernel lives on.
 */
#include "test.h"

#define KERNEL		0xffffffff80100000UL
#define NOT_CANONICAL	0x800000000000UL
#define USER_END	0x7ffffffff000UL

#define AS_EXPECTED	42

/* Handlers that end the child: was it told what is expected? */

static void
end_protection(int sig, struct linux_siginfo *info, struct linux_ucontext *c)
{
	bool ok = sig == SIGSEGV && info->si_code == SI_KERNEL && info->addr == 0 &&
	    c->uc_mcontext.trapno == 13;

	test_child_exit_with(ok ? AS_EXPECTED : 1);
}

static void
end_trace(int sig, struct linux_siginfo *info, struct linux_ucontext *c)
{
	bool ok = sig == SIGTRAP && info->si_code == TRAP_TRACE &&
	    info->addr == c->uc_mcontext.rip && c->uc_mcontext.trapno == 1;

	test_child_exit_with(ok ? AS_EXPECTED : 1);
}

/* --- privileged instructions --- */

#define ATTEMPT(name, code) \
	static void name(void *arg unused_arg) { __asm__ volatile(code : : "a"(0), "b"(0), "c"(0), \
	    "d"(0) : "memory", "cc"); }

uint64_t table[2];		/* for the instructions that take an address */

ATTEMPT(try_cli, "cli")
ATTEMPT(try_sti, "sti")
ATTEMPT(try_hlt, "hlt")
ATTEMPT(try_in, "inb $0x60, %%al")
ATTEMPT(try_out, "outb %%al, $0x80")
ATTEMPT(try_read_cr0, "mov %%cr0, %%rax")
ATTEMPT(try_write_cr0, "mov %%rax, %%cr0")
ATTEMPT(try_read_cr3, "mov %%cr3, %%rax")
ATTEMPT(try_write_cr3, "mov %%rax, %%cr3")
ATTEMPT(try_write_cr4, "mov %%rax, %%cr4")
ATTEMPT(try_write_dr7, "mov %%rax, %%dr7")
ATTEMPT(try_rdmsr, "mov $0xc0000082, %%ecx; rdmsr")
ATTEMPT(try_wrmsr, "mov $0xc0000082, %%ecx; wrmsr")
ATTEMPT(try_lgdt, "lgdt table(%%rip)")
ATTEMPT(try_lidt, "lidt table(%%rip)")
ATTEMPT(try_lldt, "lldt %%ax")
ATTEMPT(try_ltr, "ltr %%ax")
ATTEMPT(try_lmsw, "lmsw %%ax")
ATTEMPT(try_clts, "clts")
ATTEMPT(try_invd, "invd")
ATTEMPT(try_wbinvd, "wbinvd")
ATTEMPT(try_invlpg, "invlpg table(%%rip)")
ATTEMPT(try_swapgs, "swapgs")
ATTEMPT(try_sysretq, "sysretq")
ATTEMPT(try_rdpmc, "rdpmc")
ATTEMPT(try_null_ss, "mov %%eax, %%ss")
ATTEMPT(try_int_8, "int $8")
ATTEMPT(try_int_14, "int $14")
ATTEMPT(try_int_32, "int $32")
ATTEMPT(try_int_128, "int $0x80")
ATTEMPT(try_int_255, "int $255")
ATTEMPT(try_sgdt, "sgdt table(%%rip)")
ATTEMPT(try_sidt, "sidt table(%%rip)")
ATTEMPT(try_sldt, "sldt %%ax")
ATTEMPT(try_str, "str %%ax")
ATTEMPT(try_smsw, "smsw %%ax")

enum { ALWAYS, NOT_ON_LINUX, UMIP };

static const struct attempt {
	const char *step;
	void (*run)(void *);
	int when;
} attempts[] = {
	{ "cli", try_cli, ALWAYS }, { "sti", try_sti, ALWAYS }, { "hlt", try_hlt, ALWAYS },
	{ "in", try_in, ALWAYS }, { "out", try_out, ALWAYS },
	{ "read-cr0", try_read_cr0, ALWAYS }, { "write-cr0", try_write_cr0, ALWAYS },
	{ "read-cr3", try_read_cr3, ALWAYS }, { "write-cr3", try_write_cr3, ALWAYS },
	{ "write-cr4", try_write_cr4, ALWAYS }, { "write-dr7", try_write_dr7, ALWAYS },
	{ "rdmsr", try_rdmsr, ALWAYS }, { "wrmsr", try_wrmsr, ALWAYS },
	{ "lgdt", try_lgdt, ALWAYS }, { "lidt", try_lidt, ALWAYS },
	{ "lldt", try_lldt, ALWAYS }, { "ltr", try_ltr, ALWAYS }, { "lmsw", try_lmsw, ALWAYS },
	{ "clts", try_clts, ALWAYS }, { "invd", try_invd, ALWAYS },
	{ "wbinvd", try_wbinvd, ALWAYS }, { "invlpg", try_invlpg, ALWAYS },
	{ "swapgs", try_swapgs, ALWAYS }, { "sysretq", try_sysretq, ALWAYS },
	{ "rdpmc", try_rdpmc, ALWAYS }, { "null-ss", try_null_ss, ALWAYS },
	{ "int-8", try_int_8, ALWAYS }, { "int-14", try_int_14, ALWAYS },
	{ "int-32", try_int_32, ALWAYS }, { "int-255", try_int_255, ALWAYS },
	{ "int-128", try_int_128, NOT_ON_LINUX },	/* old programs' system calls */
	/* Linux answers these with made-up values, and so does a processor without UMIP. */
	{ "sgdt", try_sgdt, UMIP }, { "sidt", try_sidt, UMIP }, { "sldt", try_sldt, UMIP },
	{ "str", try_str, UMIP }, { "smsw", try_smsw, UMIP },
};

static bool
has_umip(void)
{
	uint32_t a = 7, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return (c >> 2 & 1) != 0;
}

/* N1, N3, N4: all of them end as a general protection fault: no address, no more than that. */
static void
run_attempt(void *arg)
{
	const struct attempt *a = arg;

	signal_handle(SIGSEGV, end_protection, 0);
	a->run(NULL);
}

static void
test_privileged(void)
{
	for (size_t i = 0; i < array_len(attempts); i++) {
		const struct attempt *a = &attempts[i];

		test_step(a->step);
		if (a->when != ALWAYS && test_on_linux())
			continue;
		if (a->when == UMIP && !has_umip())
			continue;
		check_killed(test_child(a->run, NULL), SIGSEGV);
		check_exited(test_child(run_attempt, (void *)a), AS_EXPECTED);
	}
}

ATTEMPT(try_int3, "int3")
ATTEMPT(try_int_3, ".byte 0xcd, 3")
ATTEMPT(try_ud2, "ud2")
ATTEMPT(try_into, ".byte 0xce")
ATTEMPT(try_iretq_nothing, "xor %%esp, %%esp; iretq")

/* N3 */
static void
test_gates(void)
{
	test_step("breakpoint");
	check_killed(test_child(try_int3, NULL), SIGTRAP);
	check_killed(test_child(try_int_3, NULL), SIGTRAP);
	test_step("invalid");
	check_killed(test_child(try_ud2, NULL), SIGILL);
	check_killed(test_child(try_into, NULL), SIGILL);
	test_step("iretq");
	check_killed(test_child(try_iretq_nothing, NULL), SIGSEGV);
}

/* --- flags --- */

static uint64_t
flags_after_popf(uint64_t set, uint64_t clear)
{
	uint64_t flags;

	__asm__ volatile("pushfq; orq %1, (%%rsp); andq %2, (%%rsp); popfq; pushfq; popq %0;"
	    "pushq $0x202; popfq" : "=r"(flags) : "r"(set), "r"(~clear) : "cc");
	return flags;
}

/* bits of rflags: Intel SDM volume 1, 3.4.3 */
enum { TRAP = 0x100, INTERRUPT = 0x200, IOPL = 0x3000, VIF = 0x80000, VIP = 0x100000 };

static void
trace_call(void *arg unused_arg)
{
	signal_handle(SIGTRAP, end_trace, 0);
	__asm__ volatile("pushfq; orq %0, (%%rsp); popfq; syscall; nop; nop"
	    : : "i"(TRAP), "a"(SYS_getpid) : "cc", "rcx", "r11");
}

/* The kernel's own pointers stay bad whatever the alignment-check flag says (SMAP). */
static long
write_with_ac(uint64_t address)
{
	long answer = SYS_write;

	__asm__ volatile("pushfq; orq $0x40000, (%%rsp); popfq; syscall; pushq $0x202; popfq"
	    : "+a"(answer) : "D"(1L), "S"(address), "d"(8L) : "cc", "rcx", "r11", "memory");
	return answer;
}

/* N2, N9 */
static void
test_flags(void)
{
	test_step("popf");
	check_addr(flags_after_popf(IOPL, INTERRUPT) & (IOPL | INTERRUPT), INTERRUPT);
	check_addr(flags_after_popf(VIF | VIP, 0) & (VIF | VIP), 0);
	test_step("trace-system-call");
	check_exited(test_child(trace_call, NULL), AS_EXPECTED);
	test_step("alignment-flag");
	check_eq(write_with_ac(KERNEL), -EFAULT);
	check_eq(write_with_ac(0xffff800000100000), -EFAULT);
	check_eq(write_with_ac(0x200000), -EFAULT);
}

/* --- stack pointers --- */

static const uint64_t stacks[] = {
	0, 8, 0x200000, USER_END, NOT_CANONICAL, 1UL << 63, 0xffff800000100000, KERNEL, ~0UL, 7,
};

/* A system call needs no stack. */
static long
call_with_stack(uint64_t rsp)
{
	long answer = SYS_getpid;

	__asm__ volatile("mov %%rsp, %%rbx; mov %1, %%rsp; syscall; mov %%rbx, %%rsp"
	    : "+a"(answer) : "r"(rsp) : "rbx", "rcx", "r11", "memory");
	return answer;
}

static void
push_with_stack(void *arg)
{
	__asm__ volatile("mov %0, %%rsp; push %%rax" : : "r"(arg) : "memory");
	__builtin_unreachable();
}

static void
exit_with_stack(void *arg)
{
	__asm__ volatile("mov %0, %%rsp; mov $231, %%eax; mov $5, %%edi; syscall" : : "r"(arg));
	__builtin_unreachable();
}

/* N10 */
static void
test_stacks(void)
{
	test_step("stack-pointer");
	for (size_t i = 0; i < array_len(stacks); i++) {
		int status;

		check_eq(call_with_stack(stacks[i]), getpid());
		check_exited(test_child(exit_with_stack, (void *)stacks[i]), 5);
		status = test_child(push_with_stack, (void *)stacks[i]);
		check_msg(WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS,
		    "push with rsp 0x%lx: expected a signal, got 0x%x", stacks[i], status);
	}
}

/* --- places to run --- */

static void
jump_to(void *arg)
{
	((void (*)(void))arg)();
}

/* B3, C11 */
static void
test_jumps(void)
{
	static const uint64_t places[] = { 0, 0x200000, USER_END, NOT_CANONICAL, KERNEL, ~0UL };

	test_step("jump");
	for (size_t i = 0; i < array_len(places); i++)
		check_killed(test_child(jump_to, (void *)places[i]), SIGSEGV);
}

/* --- segment bases --- */

static uint64_t
read_gs(void)
{
	uint64_t value;

	__asm__ volatile("mov %%gs:0, %0" : "=r"(value));
	return value;
}

static void
write_gs_base(void *arg)
{
	__asm__ volatile("wrgsbase %0" : : "r"(arg));
}

static void
do_nothing(void *arg unused_arg)
{
}

/* N13 */
static void
test_bases(void)
{
	static const uint64_t bad[] = { NOT_CANONICAL, 1UL << 63, KERNEL, USER_END, ~0UL };
	static uint64_t here = 0x1234567890abcdef;
	uint64_t base = 0;

	test_step("bases");
	for (size_t i = 0; i < array_len(bad); i++) {
		check_eq(raw_syscall(SYS_arch_prctl, ARCH_SET_FS, bad[i]), -EPERM);
		check_eq(raw_syscall(SYS_arch_prctl, ARCH_SET_GS, bad[i]), -EPERM);
	}
	check_eq(raw_syscall(SYS_arch_prctl, 0x1234, &base), -EINVAL);
	check_eq(raw_syscall(SYS_arch_prctl, ARCH_GET_FS, 8), -EFAULT);

	test_step("gs");		/* the program's in user mode, the kernel's in the kernel */
	check_eq(raw_syscall(SYS_arch_prctl, ARCH_SET_GS, &here), 0);
	check_addr(read_gs(), here);
	check_exited(test_child(do_nothing, NULL), 0);
	raw_syscall(SYS_sched_yield);
	check_addr(read_gs(), here);
	check_eq(raw_syscall(SYS_arch_prctl, ARCH_GET_GS, &base), 0);
	check_addr(base, &here);
	check_eq(raw_syscall(SYS_arch_prctl, ARCH_SET_GS, 0), 0);

	test_step("wrgsbase");		/* Linux switches that instruction on */
	if (!test_on_linux())
		check_killed(test_child(write_gs_base, (void *)KERNEL), SIGILL);
}

int
main(void)
{
	test_begin("harden");
	test_privileged();
	test_gates();
	test_flags();
	test_stacks();
	test_jumps();
	test_bases();
	test_end();
}
