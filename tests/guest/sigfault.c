/* SPDX-License-Identifier: MIT */
/*
 * Faults as signals: what a handler is told about each kind of bad access and exception,
 * going on elsewhere or again, and when there is death all the same.
 */
#include "test.h"

#define HOLE		0x200000UL
#define KERNEL		0xffffffff80100000UL
#define NOT_CANONICAL	0x800000000000UL

/* Bits of a page fault's error code. */
enum { PRESENT = 1, WRITE = 2, USER = 4, FETCH = 16 };

/* What the handler saw last. */
static struct {
	volatile int runs;
	struct linux_siginfo info;
	struct linux_sigcontext context;
} seen;

/*
 * Each of these makes one access, at `access` + something, and returns; a handler that
 * wants to go on behind it sets rip to `recover`.
 */
void access_read(uint64_t address);
void access_write(uint64_t address);
void access_fetch(uint64_t address);
extern const char recover[];

__asm__(
"	.text\n"
"access_read:\n"
"	movb	(%rdi), %al\n"
"	ret\n"
"access_write:\n"
"	movb	$1, (%rdi)\n"
"	ret\n"
"access_fetch:\n"
"	pop	fetch_return(%rip)\n"
"	mov	%rsp, fetch_rsp(%rip)\n"
"	jmp	*%rdi\n"
"recover:\n"
"	ret\n"
"	.local	fetch_return, fetch_rsp\n"
"	.comm	fetch_return, 8, 8\n"
"	.comm	fetch_rsp, 8, 8\n"
"	.globl	fetch_recover\n"
"fetch_recover:\n"
"	mov	fetch_rsp(%rip), %rsp\n"
"	push	fetch_return(%rip)\n"
"	ret\n");

extern const char fetch_recover[];

static volatile uintptr_t resume_at;	/* 0: make the access again */

static void
on_fault(int sig unused_arg, struct linux_siginfo *info, struct linux_ucontext *c)
{
	seen.runs++;
	seen.info = *info;
	seen.context = c->uc_mcontext;
	if (resume_at != 0)
		c->uc_mcontext.rip = resume_at;
}

struct fault {
	const char *step;
	void (*make)(uint64_t address);
	uint64_t address;
	int code;
	uint64_t err;
};

static void
check_fault(const struct fault *f)
{
	bool fetch = f->make == access_fetch;

	test_step(f->step);
	memset(&seen, 0, sizeof(seen));
	resume_at = (uintptr_t)(fetch ? fetch_recover : recover);
	f->make(f->address);
	check_eq(seen.runs, 1);
	check_eq(seen.info.si_signo, SIGSEGV);
	check_eq(seen.info.si_code, f->code);
	if (f->code == SI_KERNEL) {
		check_addr(seen.info.addr, 0);
		check_eq(seen.context.trapno, 13);
		return;
	}
	check_addr(seen.info.addr, f->address);
	for (size_t i = 1; i < array_len(seen.info.room); i++)
		check_addr(seen.info.room[i], 0);	/* N17 */
	check_addr(seen.context.cr2, f->address);
	check_eq(seen.context.trapno, 14);
	check_addr(seen.context.err, f->err);
}

static char data_byte = 1;

/* B3: what is mapped there, the kernel's text, all memory and a stack, is closed; A4. */
static void
test_kernel_memory(void)
{
	static const struct { const char *name; uint64_t address; } places[] = {
		{ "text", 0xffffffff80100000 }, { "memory", 0xffff800000100000 },
		{ "stack", 0xffffc00000001ff8 },
	};
	static const struct { const char *name; void (*make)(uint64_t); uint64_t err; } ways[] = {
		{ "read", access_read, 0 }, { "write", access_write, WRITE },
		{ "fetch", access_fetch, FETCH },
	};
	static char step[32];
	struct fault fault = { .step = step, .code = SEGV_MAPERR };

	for (size_t i = 0; i < array_len(places); i++) {
		for (size_t k = 0; k < array_len(ways); k++) {
			snprintf(step, sizeof(step), "%s-kernel-%s", ways[k].name, places[i].name);
			fault.make = ways[k].make;
			fault.address = places[i].address;
			fault.err = USER | PRESENT | ways[k].err;
			check_fault(&fault);
		}
	}

	fault = (struct fault){ "read-below-heap", access_read,
	    (uint64_t)raw_syscall(SYS_brk, 0) - 1, SEGV_MAPERR, USER };
	if (!test_on_linux())		/* there, it may follow the data at once */
		check_fault(&fault);
}

/* A5, C5, C6, C7, C8, C10, C11, C12, C13 */
static void
test_accesses(void)
{
	const uint64_t text = (uintptr_t)&test_accesses, data = (uintptr_t)&data_byte;
	const struct fault faults[] = {
		{ "read-hole", access_read, HOLE, SEGV_MAPERR, USER },
		{ "write-hole", access_write, HOLE + 8, SEGV_MAPERR, USER | WRITE },
		{ "fetch-hole", access_fetch, HOLE + 16, SEGV_MAPERR, USER | FETCH },
		{ "read-last-byte", access_read, HOLE + 4095, SEGV_MAPERR, USER },
		{ "read-null", access_read, 8, SEGV_MAPERR, USER },
		{ "write-text", access_write, text, SEGV_ACCERR, USER | WRITE | PRESENT },
		{ "fetch-data", access_fetch, data, SEGV_ACCERR, USER | FETCH | PRESENT },
		{ "read-kernel", access_read, KERNEL, SEGV_MAPERR, USER | PRESENT },
		{ "write-kernel", access_write, KERNEL, SEGV_MAPERR, USER | WRITE | PRESENT },
		{ "fetch-kernel", access_fetch, KERNEL, SEGV_MAPERR, USER | FETCH | PRESENT },
		{ "read-not-canonical", access_read, NOT_CANONICAL, SI_KERNEL, 0 },
		{ "write-not-canonical", access_write, 1UL << 63, SI_KERNEL, 0 },
		{ "fetch-not-canonical", access_fetch, NOT_CANONICAL, SI_KERNEL, 0 },
	};

	for (size_t i = 0; i < array_len(faults); i++)
		check_fault(&faults[i]);
}

/* --- exceptions --- */

#define not_inlined	__attribute__((noinline))	/* there is one of each label */

static volatile uint64_t zero;

static void not_inlined
divide(void)
{
	uint32_t low = 1, high = 0;

	__asm__ volatile("at_divide: divl %2" : "+a"(low), "+d"(high) : "r"((uint32_t)zero));
}

static void not_inlined
undefined(void)
{
	__asm__ volatile("at_undefined: ud2");
}

static void not_inlined
single_step(void)
{
	__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq; nop; at_step: nop" : : : "cc");
}

static void not_inlined
x87_divide(void)
{
	static const uint16_t control = 0x37b;

	__asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; at_x87: fwait" : : "m"(control));
}

static void
halt(void)
{
	__asm__ volatile("hlt");
}

extern const char at_divide[], at_undefined[], at_step[], at_x87[];

/* The handler changes the program so that it can go on. */
static void
mend(int sig, struct linux_siginfo *info, struct linux_ucontext *c)
{
	seen.runs++;
	seen.info = *info;
	seen.context = c->uc_mcontext;
	if (sig == SIGTRAP)
		c->uc_mcontext.rflags &= ~0x100UL;
	else if (sig == SIGFPE && c->uc_mcontext.rip == (uintptr_t)at_x87)
		((struct linux_fpstate *)c->uc_mcontext.fpstate)->fsw = 0;
	else
		c->uc_mcontext.rip += sig == SIGSEGV ? 1 : 2;	/* hlt; ud2, div */
}

static const struct {
	const char *step;
	void (*make)(void);
	int sig, code, trapno;
	const char *address;
} exceptions[] = {
	{ "divide", divide, SIGFPE, FPE_INTDIV, 0, at_divide },
	{ "undefined", undefined, SIGILL, ILL_ILLOPN, 6, at_undefined },
	{ "single-step", single_step, SIGTRAP, TRAP_TRACE, 1, at_step },
	{ "x87-divide", x87_divide, SIGFPE, FPE_FLTDIV, 16, at_x87 },
	{ "privileged", halt, SIGSEGV, SI_KERNEL, 13, NULL },
};

static void
test_exceptions(void)
{
	for (size_t i = 0; i < array_len(exceptions); i++) {
		test_step(exceptions[i].step);
		memset(&seen, 0, sizeof(seen));
		signal_handle(exceptions[i].sig, mend, 0);
		exceptions[i].make();
		check_eq(seen.runs, 1);
		check_eq(seen.info.si_signo, exceptions[i].sig);
		check_eq(seen.info.si_code, exceptions[i].code);
		check_addr(seen.info.addr, exceptions[i].address);
		check_eq(seen.context.trapno, exceptions[i].trapno);
	}
}

/* --- the access again --- */

static char target;

static void
move_pointer(int sig unused_arg, struct linux_siginfo *info, struct linux_ucontext *c)
{
	seen.runs++;
	if (c->uc_mcontext.rdi == info->addr)
		c->uc_mcontext.rdi = (uintptr_t)&target;
}

/* C14 */
static void
test_again(void)
{
	test_step("access-again");
	seen.runs = 0;
	signal_handle(SIGSEGV, move_pointer, 0);
	access_write(HOLE);
	check_eq(seen.runs, 1);
	check_eq(target, 1);
}

/* --- the stack is used up (D9) --- */

static char alternate[16384] __attribute__((aligned(16)));

/* Use more and more stack.  The sum keeps the compiler from making a loop of it. */
static uint64_t
dig(uint64_t depth)
{
	volatile char room[1024];

	room[0] = (char)depth;
	return depth == UINT64_MAX ? 0 : dig(depth + 1) + (uint64_t)room[0];
}

static void
report_overflow(int sig unused_arg, struct linux_siginfo *info, struct linux_ucontext *c)
{
	int64_t above = (int64_t)(c->uc_mcontext.rsp - info->addr);

	if (info->si_code != SEGV_MAPERR || c->uc_mcontext.err != (USER | WRITE))
		_exit(1);
	_exit(above > -4096 && above < 4096 ? 42 : 2);
}

static void
overflow(void *flags)
{
	struct linux_stack st = { .ss_sp = (uintptr_t)alternate, .ss_size = sizeof(alternate) };

	sigaltstack(&st, NULL);
	signal_handle(SIGSEGV, report_overflow, (uint64_t)flags);
	dig(0);
}

/* --- death all the same (C15) --- */

static void
fault_blocked(void *arg unused_arg)
{
	sigset_t set = signal_set(SIGSEGV);

	signal_handle(SIGSEGV, on_fault, 0);
	sigprocmask(SIG_BLOCK, &set, NULL);
	access_read(HOLE);
}

static void
fault_ignored(void *arg unused_arg)
{
	signal_ignore(SIGSEGV);
	access_read(HOLE);
}

static void
fault_in_handler(int sig unused_arg, struct linux_siginfo *info unused_arg,
    struct linux_ucontext *c unused_arg)
{
	access_read(HOLE);
}

static void
fault_twice(void *arg unused_arg)
{
	signal_handle(SIGSEGV, fault_in_handler, 0);
	access_read(HOLE);
}

static void
fault_reset(void *arg unused_arg)
{
	resume_at = 0;
	signal_handle(SIGSEGV, on_fault, SA_RESETHAND);
	access_read(HOLE);
}

static void
divide_ignored(void *arg unused_arg)
{
	signal_ignore(SIGFPE);
	divide();
}

int
main(void)
{
	test_begin("sigfault");
	signal_handle(SIGSEGV, on_fault, 0);
	test_accesses();
	test_kernel_memory();
	test_exceptions();
	test_again();

	test_step("stack-overflow");
	check_exited(test_child(overflow, (void *)SA_ONSTACK), 42);
	test_step("stack-overflow-no-stack");
	check_killed(test_child(overflow, NULL), SIGSEGV);

	test_step("blocked");
	check_killed(test_child(fault_blocked, NULL), SIGSEGV);
	test_step("ignored");
	check_killed(test_child(fault_ignored, NULL), SIGSEGV);
	check_killed(test_child(divide_ignored, NULL), SIGFPE);
	test_step("in-its-handler");
	check_killed(test_child(fault_twice, NULL), SIGSEGV);
	test_step("reset");
	check_killed(test_child(fault_reset, NULL), SIGSEGV);
	test_end();
}
