/* SPDX-License-Identifier: MIT */
/*
 * Registers.  A system call changes rax, rcx and r11 and nothing else; flags that user
 * code sets do not confuse the kernel; a new program finds its registers empty.
 */
#include "test.h"
#include "tinyelf.h"

#define NREGS	12

/* bits of rflags: Intel SDM volume 1, 3.4.3 */
#define FLAG_CARRY	0x1
#define FLAG_TRAP	0x100
#define FLAG_INTERRUPT	0x200
#define FLAG_DIRECTION	0x400
#define FLAG_IOPL	0x3000
#define FLAG_NESTED	0x4000
#define FLAG_ALIGN	0x40000

struct registers {
	uint64_t general[NREGS];	/* as named below */
	uint64_t rcx, r11, rflags;
};

static const char *const names[NREGS] = {
	"rbx", "rbp", "r12", "r13", "r14", "r15", "rdi", "rsi", "rdx", "r10", "r8", "r9",
};

/*
 * Load all registers from IN, make system call NR with FLAGS added to rflags, and store
 * all registers in OUT.
 */
long call_and_look(long nr, const struct registers *in, struct registers *out, uint64_t flags);
extern const char call_returns[];	/* the instruction behind it */

__asm__(
"	.text\n"
"	.globl	call_and_look, call_returns\n"
"call_and_look:\n"
"	push	%rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
"	push	%rdx\n"			/* out */
"	mov	%rdi, %rax\n"
"	pushfq\n"
"	or	%rcx, (%rsp)\n"
"	mov	0(%rsi), %rbx; mov 8(%rsi), %rbp; mov 16(%rsi), %r12; mov 24(%rsi), %r13\n"
"	mov	32(%rsi), %r14; mov 40(%rsi), %r15; mov 48(%rsi), %rdi; mov 64(%rsi), %rdx\n"
"	mov	72(%rsi), %r10; mov 80(%rsi), %r8; mov 88(%rsi), %r9; mov 56(%rsi), %rsi\n"
"	popfq\n"
"	syscall\n"
"call_returns:\n"
"	push	%rcx\n"
"	pushfq\n"
"	mov	16(%rsp), %rcx\n"	/* out */
"	mov	%rbx, 0(%rcx); mov %rbp, 8(%rcx); mov %r12, 16(%rcx); mov %r13, 24(%rcx)\n"
"	mov	%r14, 32(%rcx); mov %r15, 40(%rcx); mov %rdi, 48(%rcx); mov %rsi, 56(%rcx)\n"
"	mov	%rdx, 64(%rcx); mov %r10, 72(%rcx); mov %r8, 80(%rcx); mov %r9, 88(%rcx)\n"
"	mov	%r11, 104(%rcx)\n"
"	popq	112(%rcx)\n"		/* rflags */
"	popq	96(%rcx)\n"		/* rcx */
"	pushq	$0x202; popfq\n"	/* what C code expects */
"	pop	%rdx\n"
"	pop	%r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
"	ret\n");

/* N8: make system call NR with patterns in all registers.  Flags come back in OUT. */
static void
check_call(long nr, long want, uint64_t flags, struct registers *out)
{
	static struct registers in;

	for (int i = 0; i < NREGS; i++)
		in.general[i] = 0x1111111111111111 * (uint64_t)(i + 1);
	check_eq(call_and_look(nr, &in, out, flags), want);
	for (int i = 0; i < NREGS; i++)
		check_msg(out->general[i] == in.general[i],
		    "%s after a system call: expected 0x%lx, got 0x%lx", names[i],
		    in.general[i], out->general[i]);
	check_addr(out->rcx, call_returns);
	check_addr(out->r11, out->rflags);
}

/* N9 */
static void
test_flags(void)
{
	static const struct {
		const char *step;
		uint64_t flag;
	} kept[] = {
		{ "flag-carry", FLAG_CARRY }, { "flag-direction", FLAG_DIRECTION },
		{ "flag-nested-task", FLAG_NESTED }, { "flag-alignment", FLAG_ALIGN },
	};
	struct registers out;

	for (size_t i = 0; i < array_len(kept); i++) {
		test_step(kept[i].step);
		check_call(SYS_getpid, getpid(), kept[i].flag, &out);
		check_addr(out.rflags & kept[i].flag, kept[i].flag);
		check_call(SYS_sched_yield, 0, kept[i].flag, &out);
		check_addr(out.rflags & kept[i].flag, kept[i].flag);
	}

	test_step("flag-io-privilege");
	check_call(SYS_getpid, getpid(), FLAG_IOPL, &out);
	check_addr(out.rflags & (FLAG_IOPL | FLAG_INTERRUPT), FLAG_INTERRUPT);
}

/* N9: the flag stays set over a copy from user memory, and over a failing one. */
static void
test_flags_in_copies(void)
{
	static const uint64_t flags[] = { FLAG_DIRECTION, FLAG_ALIGN, FLAG_NESTED };
	static struct registers in, out;
	static char bytes[100];
	int fds[2];

	test_step("flags-in-copies");
	check_eq(pipe(fds), 0);
	for (size_t i = 0; i < array_len(flags); i++) {
		memset(bytes, 'x', sizeof(bytes));
		in.general[6] = (uint64_t)fds[1];
		in.general[7] = (uint64_t)(uintptr_t)bytes;
		in.general[8] = sizeof(bytes);
		check_eq(call_and_look(SYS_write, &in, &out, flags[i]), sizeof(bytes));
		in.general[6] = (uint64_t)fds[0];
		memset(bytes, 0, sizeof(bytes));
		check_eq(call_and_look(SYS_read, &in, &out, flags[i]), sizeof(bytes));
		check(bytes[0] == 'x' && bytes[99] == 'x');
		in.general[6] = (uint64_t)fds[1];
		in.general[7] = 0x10;
		check_eq(call_and_look(SYS_write, &in, &out, flags[i]), -EFAULT);
	}
	close(fds[0]);
	close(fds[1]);
}

static void
single_step(void *arg unused_arg)
{
	__asm__ volatile("pushfq; orq %0, (%%rsp); popfq; nop; nop" : : "i"(FLAG_TRAP) : "cc");
}

static void
single_step_call(void *arg unused_arg)
{
	__asm__ volatile("pushfq; orq %0, (%%rsp); popfq; syscall; nop; nop"
	    : : "i"(FLAG_TRAP), "a"(SYS_getpid) : "cc", "rcx", "r11");
}

/* --- what a new program finds --- */

/* Exits with 0 when all is empty, else with the number of what is not. */
extern const char probe[], probe_end[];

__asm__(
"	.section .rodata\n"
"probe:\n"
"	or	%rbx, %rax; or %rcx, %rax; or %rdx, %rax; or %rsi, %rax; or %rdi, %rax\n"
"	or	%rbp, %rax; or %r8, %rax; or %r9, %rax; or %r10, %rax; or %r11, %rax\n"
"	or	%r12, %rax; or %r13, %rax; or %r14, %rax; or %r15, %rax\n"
"	mov	$1, %edi\n"
"	test	%rax, %rax\n"
"	jnz	1f\n"
"	por	%xmm1, %xmm0; por %xmm2, %xmm0; por %xmm3, %xmm0; por %xmm4, %xmm0\n"
"	por	%xmm5, %xmm0; por %xmm6, %xmm0; por %xmm7, %xmm0; por %xmm8, %xmm0\n"
"	por	%xmm9, %xmm0; por %xmm10, %xmm0; por %xmm11, %xmm0; por %xmm12, %xmm0\n"
"	por	%xmm13, %xmm0; por %xmm14, %xmm0; por %xmm15, %xmm0\n"
"	movhlps	%xmm0, %xmm1\n"
"	por	%xmm1, %xmm0\n"
"	movq	%xmm0, %rax\n"
"	mov	$2, %edi\n"
"	test	%rax, %rax\n"
"	jnz	1f\n"
"	mov	$3, %edi\n"
"	test	$15, %spl\n"
"	jnz	1f\n"
"	mov	$4, %edi\n"
"	push	$0\n"
"	stmxcsr	(%rsp)\n"
"	cmpl	$0x1f80, (%rsp)\n"
"	jne	1f\n"
"	mov	$5, %edi\n"
"	fnstcw	(%rsp)\n"
"	cmpw	$0x37f, (%rsp)\n"
"	jne	1f\n"
"	mov	$6, %edi\n"
"	mov	$158, %eax\n"		/* arch_prctl(ARCH_GET_FS, rsp) */
"	push	%rdi\n"
"	mov	$0x1003, %edi\n"
"	lea	8(%rsp), %rsi\n"
"	syscall\n"
"	pop	%rdi\n"
"	cmpq	$0, (%rsp)\n"
"	jne	1f\n"
"	xor	%edi, %edi\n"
"1:	mov	$231, %eax\n"		/* exit_group */
"	syscall\n"
"probe_end:\n"
"	.previous\n");

static char probe_path[32];

/* Fill the floating-point registers, and then become the probe. */
static void
exec_probe(void *arg unused_arg)
{
	static char *argv[] = { probe_path, NULL };
	static const uint16_t control = 0x27f;		/* another precision */
	static const uint32_t mxcsr = 0x3f80;		/* another rounding */

	raw_syscall(SYS_arch_prctl, ARCH_SET_FS, probe_path);
	__asm__ volatile("fldcw %0; ldmxcsr %1; pcmpeqd %%xmm0, %%xmm0; pcmpeqd %%xmm15, %%xmm15"
	    : : "m"(control), "m"(mxcsr) : "xmm0", "xmm15");
	execv(probe_path, argv);
	check_msg(false, "execve of the probe: errno %d", errno);
}

/* L5, N8 */
static void
test_new_program(void)
{
	static struct tinyelf image;

	test_step("new-program");
	snprintf(probe_path, sizeof(probe_path), "/tmp/probe-%d", getpid());
	tinyelf_init(&image, probe, (size_t)(probe_end - probe));
	check_eq(image_write(probe_path, &image, sizeof(image), 0755), 0);
	/* 1: general, 2: xmm, 3: stack alignment, 4: mxcsr, 5: x87 control word, 6: fs base */
	check_exited(test_child(exec_probe, NULL), 0);
	unlink(probe_path);
}

int
main(void)
{
	struct registers out;

	test_begin("regs");

	test_step("kept");
	check_call(SYS_getpid, getpid(), 0, &out);
	check_call(SYS_sched_yield, 0, 0, &out);
	check_call(-1, -ENOSYS, 0, &out);
	check_call(SYS_close, -EBADF, 0, &out);

	test_flags();
	test_flags_in_copies();

	test_step("single-step");
	check_killed(test_child(single_step, NULL), SIGTRAP);
	test_step("single-step-call");
	check_killed(test_child(single_step_call, NULL), SIGTRAP);

	test_new_program();
	test_end();
}
