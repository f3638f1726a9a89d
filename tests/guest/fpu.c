/* SPDX-License-Identifier: MIT */
/*
 * N8: floating-point and vector registers belong to a process: they survive preemption,
 * system calls and fork, and nobody else sees them.
 */
#include "test.h"

#define XMM_REGS	16
#define PROCESSES	3
#define SPINS		60000000UL

/* Everything that the processes keep in the registers: 16 xmm, 4 x87, 2 control words. */
struct fpu_state {
	uint64_t xmm[XMM_REGS][2];
	int64_t x87[4];
	uint32_t mxcsr;
	uint16_t control;
};

/*
 * Load IN; make system call NR, or spin COUNT times when NR is negative; store OUT.
 * => the system call's answer
 */
long fpu_keep(const struct fpu_state *in, struct fpu_state *out, long nr, unsigned long count);

#define EACH_XMM(do) \
	do(0) do(1) do(2) do(3) do(4) do(5) do(6) do(7) \
	do(8) do(9) do(10) do(11) do(12) do(13) do(14) do(15)
#define LOAD(n)		"	movups	16*" #n "(%rdi), %xmm" #n "\n"
#define STORE(n)	"	movups	%xmm" #n ", 16*" #n "(%rsi)\n"

__asm__(
"	.text\n"
"	.globl	fpu_keep\n"
"fpu_keep:\n"
	EACH_XMM(LOAD)
"	fninit\n"
"	fildq	256(%rdi); fildq 264(%rdi); fildq 272(%rdi); fildq 280(%rdi)\n"
"	ldmxcsr	288(%rdi)\n"
"	fldcw	292(%rdi)\n"
"	mov	%rdx, %rax\n"
"	test	%rax, %rax\n"
"	js	1f\n"
"	push	%rsi\n"
"	syscall\n"
"	pop	%rsi\n"
"	jmp	2f\n"
"1:	dec	%rcx\n"
"	jnz	1b\n"
"2:\n"
	EACH_XMM(STORE)
"	stmxcsr	288(%rsi)\n"
"	fnstcw	292(%rsi)\n"
"	fistpq	280(%rsi); fistpq 272(%rsi); fistpq 264(%rsi); fistpq 256(%rsi)\n"
"	fninit\n"
"	pushq	$0x1f80\n"
"	ldmxcsr	(%rsp)\n"
"	pop	%rcx\n"
"	ret\n");

_Static_assert(offsetof(struct fpu_state, x87) == 256, "used above");
_Static_assert(offsetof(struct fpu_state, mxcsr) == 288, "used above");
_Static_assert(offsetof(struct fpu_state, control) == 292, "used above");

static struct fpu_state in, out;

/* Values that only process WHO has. */
static void
fill(int who)
{
	static const uint32_t rounding[] = { 0x1f80, 0x3f80, 0x5f80, 0x7f80 };
	static const uint16_t controls[] = { 0x37f, 0x77f, 0xb7f, 0xf7f };

	for (int i = 0; i < XMM_REGS; i++) {
		in.xmm[i][0] = 0x0101010101010101 * (uint64_t)(who * 16 + i + 1);
		in.xmm[i][1] = ~in.xmm[i][0];
	}
	for (int i = 0; i < 4; i++)
		in.x87[i] = who * 1000 + i;
	in.mxcsr = rounding[who % 4];
	in.control = controls[who % 4];
}

static void
check_state(void)
{
	for (int i = 0; i < XMM_REGS; i++) {
		check_msg(in.xmm[i][0] == out.xmm[i][0] && in.xmm[i][1] == out.xmm[i][1],
		    "xmm%d: expected 0x%016lx%016lx, got 0x%016lx%016lx", i, in.xmm[i][1],
		    in.xmm[i][0], out.xmm[i][1], out.xmm[i][0]);
	}
	for (int i = 0; i < 4; i++)
		check_msg(in.x87[i] == out.x87[i], "x87 register %d: expected %ld, got %ld", i,
		    in.x87[i], out.x87[i]);
	check_addr(out.mxcsr, in.mxcsr);
	check_addr(out.control, in.control);
}

static void
test_preemption(void)
{
	test_step("preempted");
	for (int who = 0; who < PROCESSES; who++) {
		if (fork() == 0) {
			fill(who);
			fpu_keep(&in, &out, -1, SPINS);
			check_state();
			test_child_exit();
		}
	}
	for (int who = 0; who < PROCESSES; who++) {
		int status = -1;

		check(wait(&status) > 0);
		check_exited(status, 0);
	}
}

static void
test_calls(void)
{
	test_step("system-calls");
	fill(1);
	check_eq(fpu_keep(&in, &out, SYS_getpid, 0), getpid());
	check_state();
	fill(2);
	check_eq(fpu_keep(&in, &out, SYS_sched_yield, 0), 0);
	check_state();
}

static void
test_fork(void)
{
	int status = -1;
	long pid;

	test_step("fork");
	fill(3);
	pid = fpu_keep(&in, &out, SYS_fork, 0);
	check_state();
	if (pid == 0)
		test_child_exit();
	check_eq(wait(&status), pid);
	check_exited(status, 0);
}

/* Divide by zero with that exception unmasked; the next x87 instruction delivers it. */
static void
divide_by_zero(void *arg unused_arg)
{
	static const uint16_t control = 0x37b;

	__asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait" : : "m"(control));
}

int
main(void)
{
	test_begin("fpu");
	test_calls();
	test_fork();
	test_preemption();

	test_step("exception");
	check_killed(test_child(divide_by_zero, NULL), SIGFPE);

	test_step("after-exception");
	fill(0);
	check_eq(fpu_keep(&in, &out, SYS_getpid, 0), getpid());
	check_state();
	test_end();
}
