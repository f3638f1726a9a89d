/* SPDX-License-Identifier: MIT */
/*
 * The frame of a signal handler: where it lies, what is in it, what comes back from it.
 * (sigforge puts nonsense into it.)
 */
#include "test.h"

#define NREGS	15
#define XMM_REGS	16
#define RED_WORDS	16

/* Flags: Intel SDM volume 1, 3.4.3. */
#define FLAG_CARRY	0x1
#define FLAG_INTERRUPT	0x200
#define FLAG_DIRECTION	0x400
#define FLAG_IOPL	0x3000
#define FLAG_NESTED	0x4000
#define FLAG_VIP	0x100000

struct machine {
	uint64_t general[NREGS];	/* rax rbx rcx rdx rsi rdi rbp r8 ... r15 */
	uint64_t rflags;
	uint64_t red_zone[RED_WORDS];
	uint64_t xmm[XMM_REGS][2];
	uint32_t mxcsr;
	uint16_t control, pad;
};

_Static_assert(offsetof(struct machine, rflags) == 120, "used below");
_Static_assert(offsetof(struct machine, red_zone) == 128, "used below");
_Static_assert(offsetof(struct machine, xmm) == 256, "used below");
_Static_assert(offsetof(struct machine, mxcsr) == 512, "used below");
_Static_assert(offsetof(struct machine, control) == 516, "used below");

static struct machine in, out;
struct machine *volatile machine_in = &in, *volatile machine_out = &out;

/* Load all registers and the red zone from *machine_in, int3, store them in *machine_out. */
void break_with_registers(void);

/* A handler's very first instructions: note rsp and the arguments, then go on in C. */
void handler_entry(int sig, struct linux_siginfo *info, struct linux_ucontext *context);
extern const char break_returns[];
static uint64_t entry[4];		/* rsp, rdi, rsi, rdx */
uint64_t *volatile entry_at = entry;
void look(int sig, struct linux_siginfo *info, struct linux_ucontext *context);

#define EACH_XMM(do) \
	do(0) do(1) do(2) do(3) do(4) do(5) do(6) do(7) \
	do(8) do(9) do(10) do(11) do(12) do(13) do(14) do(15)
#define LOAD_XMM(n)	"	movups	256+16*" #n "(%rax), %xmm" #n "\n"
#define STORE_XMM(n)	"	movups	%xmm" #n ", 256+16*" #n "(%rax)\n"
#define EACH_RED(do) \
	do(0) do(1) do(2) do(3) do(4) do(5) do(6) do(7) \
	do(8) do(9) do(10) do(11) do(12) do(13) do(14) do(15)
#define LOAD_RED(n)	"	mov 128+8*" #n "(%rax), %rbx; mov %rbx, -128+8*" #n "(%rsp)\n"
#define STORE_RED(n)	"	mov -128+8*" #n "(%rsp), %rbx; mov %rbx, 128+8*" #n "(%rax)\n"

__asm__(
"	.text\n"
"	.globl	break_with_registers, break_returns, handler_entry\n"
"break_with_registers:\n"
"	push	%rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
"	pushfq\n"
"	mov	machine_in(%rip), %rax\n"
	EACH_XMM(LOAD_XMM)
"	ldmxcsr	512(%rax)\n"
"	fldcw	516(%rax)\n"
"	pushq	120(%rax)\n"
"	popfq\n"
	EACH_RED(LOAD_RED)
"	mov	8(%rax), %rbx; mov 16(%rax), %rcx; mov 24(%rax), %rdx; mov 32(%rax), %rsi\n"
"	mov	40(%rax), %rdi; mov 48(%rax), %rbp; mov 56(%rax), %r8; mov 64(%rax), %r9\n"
"	mov	72(%rax), %r10; mov 80(%rax), %r11; mov 88(%rax), %r12; mov 96(%rax), %r13\n"
"	mov	104(%rax), %r14; mov 112(%rax), %r15; mov 0(%rax), %rax\n"
"	int3\n"
"break_returns:\n"
"	mov	%rax, saved_rax(%rip)\n"
"	mov	machine_out(%rip), %rax\n"
"	mov	%rbx, 8(%rax); mov %rcx, 16(%rax); mov %rdx, 24(%rax); mov %rsi, 32(%rax)\n"
"	mov	%rdi, 40(%rax); mov %rbp, 48(%rax); mov %r8, 56(%rax); mov %r9, 64(%rax)\n"
"	mov	%r10, 72(%rax); mov %r11, 80(%rax); mov %r12, 88(%rax); mov %r13, 96(%rax)\n"
"	mov	%r14, 104(%rax); mov %r15, 112(%rax)\n"
	EACH_RED(STORE_RED)
"	pushfq\n"
"	popq	120(%rax)\n"
"	mov	saved_rax(%rip), %rbx\n"
"	mov	%rbx, 0(%rax)\n"
	EACH_XMM(STORE_XMM)
"	stmxcsr	512(%rax)\n"
"	fnstcw	516(%rax)\n"
"	fninit\n"
"	pushq	$0x1f80\n"
"	ldmxcsr	(%rsp)\n"
"	pop	%rax\n"
"	popfq\n"
"	pop	%r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
"	ret\n"
"handler_entry:\n"
"	mov	entry_at(%rip), %rax\n"
"	mov	%rsp, (%rax); mov %rdi, 8(%rax); mov %rsi, 16(%rax); mov %rdx, 24(%rax)\n"
"	jmp	look\n"
"	.local	saved_rax\n"
"	.comm	saved_rax, 8, 8\n");

/* What the handler found, and what it is to do with its frame. */
static struct {
	int runs, sig;
	struct linux_siginfo info;
	struct linux_ucontext context;
	struct linux_fpstate fp;
	uint32_t mxcsr;
	uint64_t rflags;
} seen;
static void (*volatile change)(struct linux_ucontext *context);

void
look(int sig, struct linux_siginfo *info, struct linux_ucontext *context)
{
	seen.runs++;
	seen.sig = sig;
	seen.info = *info;
	seen.context = *context;
	memcpy(&seen.fp, (void *)context->uc_mcontext.fpstate, sizeof(seen.fp));
	__asm__ volatile("stmxcsr %0" : "=m"(seen.mxcsr));
	__asm__ volatile("pushfq; popq %0" : "=r"(seen.rflags));
	/* Spoil what a handler may use. */
	__asm__ volatile("pcmpeqd %%xmm0, %%xmm0; pcmpeqd %%xmm15, %%xmm15; fldz" : : : "xmm0",
	    "xmm15");
	if (change != NULL)
		change(context);
}

static void
set_up(uint64_t flags)
{
	memset(&seen, 0, sizeof(seen));
	memset(&out, 0, sizeof(out));
	for (int i = 0; i < NREGS; i++)
		in.general[i] = 0x0101010101010101 * (uint64_t)(i + 1);
	for (int i = 0; i < RED_WORDS; i++)
		in.red_zone[i] = 0x1000 + (uint64_t)i;
	for (int i = 0; i < XMM_REGS; i++) {
		in.xmm[i][0] = 0x1111111111111111 * (uint64_t)i;
		in.xmm[i][1] = ~in.xmm[i][0];
	}
	in.rflags = 0x202 | flags;
	in.mxcsr = 0x3f80;
	in.control = 0x27f;
	change = NULL;
	check_eq(signal_handle(SIGTRAP, handler_entry, 0), 0);
}

static void
check_context(void)
{
	const struct linux_sigcontext *sc = &seen.context.uc_mcontext;
	const uint64_t got[NREGS] = {
		sc->rax, sc->rbx, sc->rcx, sc->rdx, sc->rsi, sc->rdi, sc->rbp, sc->r8, sc->r9,
		sc->r10, sc->r11, sc->r12, sc->r13, sc->r14, sc->r15,
	};

	for (int i = 0; i < NREGS; i++)
		check_addr(got[i], in.general[i]);
	check_addr(sc->rip, break_returns);
	check_addr(sc->rflags & ~0x10202UL, in.rflags & ~0x202UL);	/* RF may be set */
	check_eq(sc->trapno, 3);
	check_eq(sc->err, 0);
	check_eq(sc->cs & 3, 3);
	check_eq(sc->ss & 3, 3);
	check_addr(seen.context.uc_link, 0);
	check_addr(seen.context.uc_flags & 6, 6);
	check_addr(seen.context.uc_sigmask, 0);
	check_addr(seen.fp.mxcsr, in.mxcsr);
	check_addr(seen.fp.fcw, in.control);
	check(memcmp(seen.fp.xmm, in.xmm, sizeof(in.xmm)) == 0);
}

static void
test_frame(void)
{
	const struct linux_sigcontext *sc = &seen.context.uc_mcontext;

	test_step("place");
	set_up(FLAG_CARRY);
	break_with_registers();
	check_eq(seen.runs, 1);
	check_eq(entry[0] % 16, 8);
	check_eq(entry[1], SIGTRAP);
	check_addr(entry[2], entry[0] + offsetof(struct linux_sigframe, info));
	check_addr(entry[3], entry[0] + offsetof(struct linux_sigframe, uc));
	check_eq(sc->fpstate % 64, 0);
	check_addr(seen.context.uc_stack.ss_size, 0);

	test_step("contents");
	check_context();
	check_eq(seen.info.si_signo, SIGTRAP);
	check_eq(seen.info.si_code, SI_KERNEL);
	check_addr(seen.info.addr, 0);

	test_step("clean-start");	/* a handler finds flags and modes as a function does */
	check_addr(seen.mxcsr, 0x1f80);
	check_addr(seen.rflags & FLAG_DIRECTION, 0);

	test_step("comes-back");
	check(memcmp(out.general, in.general, sizeof(in.general)) == 0);
	check(memcmp(out.red_zone, in.red_zone, sizeof(in.red_zone)) == 0);
	check(memcmp(out.xmm, in.xmm, sizeof(in.xmm)) == 0);
	check_addr(out.mxcsr, in.mxcsr);
	check_addr(out.control, in.control);
	check_addr(out.rflags & FLAG_CARRY, FLAG_CARRY);

	test_step("direction-flag");
	set_up(FLAG_DIRECTION);
	break_with_registers();
	check_eq(seen.runs, 1);
	check_addr(seen.rflags & FLAG_DIRECTION, 0);
	check_addr(out.rflags & FLAG_DIRECTION, FLAG_DIRECTION);
}

/* --- the alternate stack --- */

static char alternate[16384] __attribute__((aligned(16)));

static void
test_altstack(void)
{
	struct linux_stack st = {
		.ss_sp = (uintptr_t)alternate,
		.ss_size = sizeof(alternate),
	};
	struct linux_stack got, small = st;

	test_step("alternate-stack");
	set_up(0);
	check_eq(sigaltstack(&st, NULL), 0);
	signal_handle(SIGTRAP, handler_entry, SA_ONSTACK);
	break_with_registers();
	check(entry[0] > st.ss_sp && entry[0] < st.ss_sp + st.ss_size);
	check_addr(seen.context.uc_stack.ss_sp, st.ss_sp);
	check_eq(seen.context.uc_stack.ss_size, st.ss_size);
	check(memcmp(out.red_zone, in.red_zone, sizeof(in.red_zone)) == 0);
	check_eq(sigaltstack(NULL, &got), 0);
	check_addr(got.ss_sp, st.ss_sp);
	check_addr(got.ss_flags, 0);

	test_step("alternate-stack-arguments");
	small.ss_size = MINSIGSTKSZ - 1;
	check_eq(raw_syscall(SYS_sigaltstack, &small, 0), -ENOMEM);
	small.ss_flags = 4;
	check_eq(raw_syscall(SYS_sigaltstack, &small, 0), -EINVAL);
	check_eq(raw_syscall(SYS_sigaltstack, 8, 0), -EFAULT);
	check_eq(raw_syscall(SYS_sigaltstack, 0, 8), -EFAULT);
	st.ss_flags = SS_DISABLE;
	check_eq(sigaltstack(&st, &got), 0);
	check_addr(got.ss_sp, (uintptr_t)alternate);
	check_eq(sigaltstack(NULL, &got), 0);
	check_addr(got.ss_flags, SS_DISABLE);
}

static volatile long answer;

static void
change_altstack(struct linux_ucontext *context unused_arg)
{
	struct linux_stack st = { .ss_sp = (uintptr_t)alternate, .ss_size = 8192 };

	answer = raw_syscall(SYS_sigaltstack, &st, &seen.context.uc_stack);
}

static void
test_on_altstack(void)
{
	struct linux_stack st = {
		.ss_sp = (uintptr_t)alternate,
		.ss_size = sizeof(alternate),
	};

	test_step("while-on-it");
	set_up(0);
	check_eq(sigaltstack(&st, NULL), 0);
	signal_handle(SIGTRAP, handler_entry, SA_ONSTACK);
	change = change_altstack;
	break_with_registers();
	check_eq(answer, -EPERM);

	test_step("disarmed");		/* SS_AUTODISARM: there is none while the handler runs */
	st.ss_flags = SS_AUTODISARM;
	check_eq(sigaltstack(&st, NULL), 0);
	break_with_registers();
	check_eq(answer, 0);
	check_addr(seen.context.uc_stack.ss_flags, SS_DISABLE);
	check_eq(sigaltstack(NULL, &st), 0);
	check_addr(st.ss_flags, SS_AUTODISARM);
	check_eq(st.ss_size, sizeof(alternate));
	st.ss_flags = SS_DISABLE;
	sigaltstack(&st, NULL);
}

/* --- changed frames --- */

static void
resume_elsewhere(struct linux_ucontext *c)
{
	struct linux_sigcontext *sc = &c->uc_mcontext;
	uint64_t *registers[NREGS] = {
		&sc->rax, &sc->rbx, &sc->rcx, &sc->rdx, &sc->rsi, &sc->rdi, &sc->rbp, &sc->r8,
		&sc->r9, &sc->r10, &sc->r11, &sc->r12, &sc->r13, &sc->r14, &sc->r15,
	};

	sc->rip = (uintptr_t)break_returns;
	for (int i = 0; i < NREGS; i++)
		*registers[i] = 12345 + (uint64_t)i;
	c->uc_mcontext.rflags |= FLAG_IOPL | FLAG_NESTED | FLAG_VIP;
	c->uc_mcontext.rflags &= ~(uint64_t)FLAG_INTERRUPT;
	c->uc_sigmask = signal_set(SIGUSR2) | signal_set(SIGKILL);
}

static void
reset_fpu(struct linux_ucontext *c)
{
	c->uc_mcontext.fpstate = 0;
}

/* C13, N2, N12 */
static void
test_changes(void)
{
	sigset_t mask = 0;

	test_step("changed-context");
	set_up(0);
	change = resume_elsewhere;
	break_with_registers();
	for (int i = 0; i < NREGS; i++)
		check_eq(out.general[i], 12345 + i);
	sigprocmask(SIG_SETMASK, &mask, &mask);
	check_addr(mask, signal_set(SIGUSR2));

	test_step("changed-flags");	/* those that are not the program's stay as they were */
	check_addr(out.rflags & (FLAG_IOPL | FLAG_NESTED | FLAG_INTERRUPT | FLAG_VIP),
	    FLAG_INTERRUPT);

	test_step("no-fpstate");
	set_up(0);
	change = reset_fpu;
	break_with_registers();
	check_addr(out.mxcsr, 0x1f80);
	check_addr(out.control, 0x37f);
}

/* --- no room for a frame --- */

static void
with_rsp(void *arg)
{
	set_up(0);
	__asm__ volatile("mov %0, %%rsp; int3" : : "r"(arg) : "memory");
	__builtin_unreachable();
}

/* The alternate stack is too small for frames in frames: death, not a write below it. */
static void
nest(struct linux_ucontext *c unused_arg)
{
	__asm__ volatile("int3");
}

static void
fill_altstack(void *arg unused_arg)
{
	struct linux_stack st = { .ss_sp = (uintptr_t)alternate + 8192, .ss_size = 8192 };

	set_up(0);
	memset(alternate, 'x', 8192);
	sigaltstack(&st, NULL);
	signal_handle(SIGTRAP, handler_entry, SA_ONSTACK | SA_NODEFER);
	change = nest;
	__asm__ volatile("int3");
}

int
main(void)
{
	test_begin("sigframe");
	test_frame();
	test_altstack();
	test_on_altstack();
	test_changes();

	test_step("no-stack");		/* N10 */
	check_killed(test_child(with_rsp, (void *)0x200000), SIGSEGV);
	check_killed(test_child(with_rsp, NULL), SIGSEGV);
	check_killed(test_child(with_rsp, (void *)0xffffffff80100000), SIGSEGV);
	check_killed(test_child(with_rsp, (void *)0x800000000000), SIGSEGV);
	test_step("full-alternate-stack");
	check_killed(test_child(fill_altstack, NULL), SIGSEGV);
	test_end();
}
