/* SPDX-License-Identifier: MIT */
/*
 * Frames of signal handlers that a program has changed, or made up: whatever the registers
 * are that rt_sigreturn finds there, it is the program that dies of them.
 */
#include "test.h"

static void rip_not_canonical(struct linux_ucontext *c) { c->uc_mcontext.rip = 1UL << 47; }
static void rip_top(struct linux_ucontext *c) { c->uc_mcontext.rip = ~0UL << 63; }
static void rip_kernel(struct linux_ucontext *c) { c->uc_mcontext.rip = 0xffffffff80100000; }
static void rip_last_page(struct linux_ucontext *c) { c->uc_mcontext.rip = 0x7ffffffff000; }
static void rsp_not_canonical(struct linux_ucontext *c) { c->uc_mcontext.rsp = 1UL << 47; }
static void rsp_kernel(struct linux_ucontext *c) { c->uc_mcontext.rsp = 0xffffffff80100000; }
static void rsp_null(struct linux_ucontext *c) { c->uc_mcontext.rsp = 0; }
static void cs_kernel(struct linux_ucontext *c) { c->uc_mcontext.cs = 0x08; }
static void cs_null(struct linux_ucontext *c) { c->uc_mcontext.cs = 0; }
static void ss_kernel(struct linux_ucontext *c) { c->uc_mcontext.ss = 0x10; }
static void ss_system(struct linux_ucontext *c) { c->uc_mcontext.ss = 0x40; }
static void fp_unmapped(struct linux_ucontext *c) { c->uc_mcontext.fpstate = 0x200000; }
static void fp_kernel(struct linux_ucontext *c) { c->uc_mcontext.fpstate = ~0UL << 40; }
static void fp_odd(struct linux_ucontext *c) { c->uc_mcontext.fpstate += 8; }

static void
fp_mxcsr(struct linux_ucontext *c)
{
	((struct linux_fpstate *)c->uc_mcontext.fpstate)->mxcsr = 0xffffffff;
}

static const struct {
	const char *step;
	void (*change)(struct linux_ucontext *c);
} forgeries[] = {
	{ "rip-not-canonical", rip_not_canonical }, { "rip-top", rip_top },
	{ "rip-kernel", rip_kernel }, { "rip-last-page", rip_last_page },
	{ "rsp-not-canonical", rsp_not_canonical }, { "rsp-kernel", rsp_kernel },
	{ "rsp-null", rsp_null }, { "cs-kernel", cs_kernel }, { "cs-null", cs_null },
	{ "ss-kernel", ss_kernel }, { "ss-system", ss_system },
	{ "fpstate-unmapped", fp_unmapped }, { "fpstate-kernel", fp_kernel },
	{ "fpstate-misaligned", fp_odd }, { "fpstate-mxcsr", fp_mxcsr },
};

static void (*change)(struct linux_ucontext *c);

static void
forge(int sig unused_arg, struct linux_siginfo *info unused_arg, struct linux_ucontext *c)
{
	change(c);
}

static void
run_forgery(void *arg)
{
	change = (void (*)(struct linux_ucontext *))arg;
	signal_handle(SIGTRAP, forge, 0);
	__asm__ volatile("int3; push %%rax; pop %%rax" : : : "memory");
	check_msg(false, "expected death, got life");
}

/* rt_sigreturn where there is no frame at all. */
static void
return_nowhere(void *arg)
{
	__asm__ volatile("mov %0, %%rsp; mov $15, %%eax; syscall" : : "r"(arg) : "memory");
	__builtin_unreachable();
}

static void
return_to_zeros(void *arg unused_arg)
{
	static char zeros[2048];

	return_nowhere(zeros + 512);
}

/* N12 */
static void
test_forgeries(void)
{
	static const uint64_t places[] = {
		0, 8, 0x200000, 0x7ffffffff000, 0x800000000000, 0xffff800000100000, ~7UL,
	};

	for (size_t i = 0; i < array_len(forgeries); i++) {
		int status;

		test_step(forgeries[i].step);
		status = test_child(run_forgery, (void *)(uintptr_t)forgeries[i].change);
		check(WIFSIGNALED(status) &&
		    (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS));
	}
	test_step("no-frame");
	for (size_t i = 0; i < array_len(places); i++)
		check_killed(test_child(return_nowhere, (void *)places[i]), SIGSEGV);
	check_killed(test_child(return_to_zeros, NULL), SIGSEGV);
}

/* The handler for SIGSEGV is told what went wrong, and nothing of the kernel's. */
static void
look(int sig unused_arg, struct linux_siginfo *info, struct linux_ucontext *c)
{
	bool ok = info->si_code == SI_KERNEL && info->addr == 0 &&
	    c->uc_mcontext.trapno < 32 && c->uc_mcontext.err < 0x10000;

	test_child_exit_with(ok ? 42 : 1);
}

static void
be_told(void *arg)
{
	static struct linux_stack st;
	static char stack[16384];

	st.ss_sp = (uintptr_t)stack;
	st.ss_size = sizeof(stack);
	sigaltstack(&st, NULL);
	signal_handle(SIGSEGV, look, SA_ONSTACK);
	if (arg != NULL)
		run_forgery(arg);
	else
		return_nowhere((void *)0x200000);
}

int
main(void)
{
	test_begin("sigforge");
	test_forgeries();
	test_step("told");
	check_exited(test_child(be_told, (void *)(uintptr_t)rip_not_canonical), 42);
	check_exited(test_child(be_told, (void *)(uintptr_t)cs_kernel), 42);
	check_exited(test_child(be_told, NULL), 42);
	test_end();
}
