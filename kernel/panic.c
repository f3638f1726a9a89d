/* SPDX-License-Identifier: MIT */
/*
 * The last words of the kernel.  Uses nothing that could be broken: no locks, no
 * memory, polled output.
 */
#include "panic.h"

#include "ksyms.h"
#include "lib/printf.h"
#include "mm/layout.h"
#include "proc.h"
#include "trap.h"
#include "x86/cpu.h"
#include "x86/x86.h"

#define MAX_DEPTH	24

static bool panicking;

/*
 * Print ADDR and the function it belongs to.  A return address may lie just past
 * its function (BACK is 1 then): the call before it decides.
 */
static void
print_code_address(vaddr_t addr, size_t back)
{
	size_t ofs;
	const char *name = ksyms_find(addr - back, &ofs);

	if (name != NULL)
		kprintf("    0x%016lx %s+0x%zx\n", addr, name, ofs + back);
	else
		kprintf("    0x%016lx\n", addr);
}

/*
 * Follow the frame pointers from RBP: each frame is the caller's rbp and the
 * return address.  Stops at anything that does not look like a kernel stack.
 */
static void
print_backtrace(vaddr_t rip, vaddr_t rbp)
{
	kprintf("  backtrace:\n");
	if (rip != 0)
		print_code_address(rip, 0);
	for (int depth = 0; depth < MAX_DEPTH && rbp >= KSTACK_BASE && rbp % 8 == 0; depth++) {
		const vaddr_t *frame = (const vaddr_t *)rbp;

		if (frame[1] < KERN_BASE)
			break;
		print_code_address(frame[1], 1);
		if (frame[0] <= rbp)
			break;
		rbp = frame[0];
	}
}

static void
print_four(const char *names, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	kprintf("  %.3s=%016lx %.3s=%016lx %.3s=%016lx %.3s=%016lx\n", names, a, names + 4, b,
	    names + 8, c, names + 12, d);
}

static void
print_registers(const struct trapframe *tf)
{
	kprintf("  rip=%016lx rsp=%016lx rflags=%08lx cs=%02lx err=%lx trap=%lu\n",
	    tf->rip, tf->rsp, tf->rflags, tf->cs, tf->err, tf->trapno);
	print_four("rax rbx rcx rdx", tf->rax, tf->rbx, tf->rcx, tf->rdx);
	print_four("rsi rdi rbp r8 ", tf->rsi, tf->rdi, tf->rbp, tf->r8);
	print_four("r9  r10 r11 r12", tf->r9, tf->r10, tf->r11, tf->r12);
	kprintf("  r13=%016lx r14=%016lx r15=%016lx\n", tf->r13, tf->r14, tf->r15);
}

noreturn void
panic_at(const char *file, int line, const struct trapframe *tf, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	const struct proc *p;

	interrupts_off();
	if (panicking) {		/* the printing itself went wrong */
		kprintf("panic: again, at %s:%d\npanic: end\n", file, line);
		machine_exit(KEXIT_PANIC);
	}
	panicking = true;
	va_start(ap, fmt);
	kvsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kprintf("\npanic: %s:%d: %s\n", file, line, text);
	p = proc_current();
	if (p != NULL)
		kprintf("  while pid %d (%s) was running\n", p->pid, p->name);
	kprintf("  cr2=%016lx cr3=%016lx\n", read_cr2(), read_cr3());
	if (tf != NULL) {
		print_registers(tf);
		print_backtrace(tf->rip, tf->rbp);
	} else {
		print_backtrace(0, (vaddr_t)__builtin_frame_address(0));
	}
	kprintf("panic: end\n");
	machine_exit(KEXIT_PANIC);
}
