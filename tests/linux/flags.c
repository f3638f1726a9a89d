/* SPDX-License-Identifier: MIT */
/* N2, N9 to N12, N17: flags, stack pointers and signal frames that programs make up. */
#include "harness.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <ucontext.h>
#include <unistd.h>

#define FLAG_TF		0x100UL
#define FLAG_IF		0x200UL
#define FLAG_DF		0x400UL
#define FLAG_IOPL	0x3000UL
#define FLAG_NT		0x4000UL
#define FLAG_AC		0x40000UL

/* System call NR with FLAGS added to rflags. */
static long
call_with_flags(long nr, long a, long b, long c, unsigned long flags)
{
	long result;

	__asm__ volatile(
	"	pushfq\n"
	"	orq	%5, (%%rsp)\n"
	"	popfq\n"
	"	syscall\n"
	"	pushq	$0x202\n"
	"	popfq\n"
	    : "=a"(result)
	    : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(flags)
	    : "rcx", "r11", "memory", "cc");
	return result;
}

BEHAVIOUR(N9_1, "getpid with DF, NT, AC")
{
	long pid = sys(SYS_getpid);

	say("%s", same(call_with_flags(SYS_getpid, 0, 0, 0, FLAG_DF) == pid));
	say("%s", same(call_with_flags(SYS_getpid, 0, 0, 0, FLAG_NT) == pid));
	say("%s", same(call_with_flags(SYS_getpid, 0, 0, 0, FLAG_AC) == pid));
}

BEHAVIOUR(N9_2, "write() with DF, with AC, and from the kernel half with AC")
{
	static const char words[] = "some words";
	char back[16] = "";
	int fds[2];

	sys(SYS_pipe, fds);
	say("%ld", call_with_flags(SYS_write, fds[1], (long)words, 10, FLAG_DF));
	say("%ld", call_with_flags(SYS_write, fds[1], (long)words, 1, FLAG_AC));
	say("%s", outcome(call_with_flags(SYS_write, fds[1], (long)KERNEL_HALF, 1, FLAG_AC)));
	sys(SYS_read, fds[0], back, 11);
	say("\"%s\"", back);
}

static void
step_over_call(void *arg)
{
	(void)arg;
	__asm__ volatile(
	"	pushfq\n"
	"	orq	$0x100, (%%rsp)\n"
	"	mov	$39, %%eax\n"
	"	popfq\n"
	"	syscall\n"
	"after_call: nop\n"
	"	nop\n"
	    : : : "rax", "rcx", "r11", "memory", "cc");
}
extern const char after_call[];

BEHAVIOUR(N9_3, "getpid with TF")
{
	say("%s", attempt(step_over_call, NULL, 0));
	say("%ld bytes behind the call", (long)(trap.rip - (uintptr_t)after_call));
}

/* getpid with the stack pointer at AT; => whether it worked. */
static bool
call_with_stack(unsigned long at)
{
	long pid;

	__asm__ volatile(
	"	mov	%%rsp, %%rbx\n"
	"	mov	%1, %%rsp\n"
	"	mov	$39, %%eax\n"
	"	syscall\n"
	"	mov	%%rbx, %%rsp\n"
	    : "=&a"(pid) : "r"(at) : "rbx", "rcx", "r11", "memory");
	return pid == sys(SYS_getpid);
}

BEHAVIOUR(N10_1, "getpid with rsp 0, in the kernel half, non-canonical")
{
	say("%s", same(call_with_stack(0)));
	say("%s", same(call_with_stack(KERNEL_HALF)));
	say("%s", same(call_with_stack(NON_CANONICAL)));
}

static void
push_at(void *at)
{
	__asm__ volatile("mov %%rsp, %%rbx; mov %0, %%rsp; push %%rax; mov %%rbx, %%rsp"
	    : : "r"(at) : "rbx", "memory");
}

BEHAVIOUR(N10_2, "a push with rsp 0, in the kernel half")
{
	say("%s", attempt(push_at, NULL, (uintptr_t)-8));
	say("%s", attempt(push_at, (void *)KERNEL_HALF, KERNEL_HALF - 8));
}

BEHAVIOUR(N10_3, "a push with a non-canonical rsp")
{
	attempt(push_at, (void *)(NON_CANONICAL + P), 0);
	say("%s", trap.signal == SIGSEGV || trap.signal == SIGBUS ? "SEGV or BUS" : "another");
	say("%d", trap.code);
}

static int
push_without_handler(void *at)
{
	default_faults();
	push_at(at);
	return 0;
}

static int
push_without_stack(void *at)
{
	stack_t none = { .ss_flags = SS_DISABLE };

	sigaltstack(&none, NULL);
	push_at(at);
	return 0;
}

BEHAVIOUR(N10_4, "a push in a hole without a handler, with a handler on that stack")
{
	char *hole = window(1) + 100;

	say("%s", ended(in_child(push_without_handler, hole)));
	say("%s", ended(in_child(push_without_stack, hole)));
}

/* --- frames --- */

static enum change { RIP_FAR, RIP_KERNEL, RSP_FAR, CS_KERNEL, FLAGS_NT, FLAGS_IO } change;
static unsigned long flags_after;

static bool
change_frame(void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	on_trap = NULL;
	regs[REG_RIP] += 2;	/* over ud2 */
	switch (change) {
	case RIP_FAR: regs[REG_RIP] = (greg_t)NON_CANONICAL; break;
	case RIP_KERNEL: regs[REG_RIP] = (greg_t)KERNEL_HALF; break;
	case RSP_FAR: regs[REG_RSP] = (greg_t)NON_CANONICAL; break;
	case CS_KERNEL: regs[REG_CSGSFS] = (regs[REG_CSGSFS] & ~0xffffL) | 0x10; break;
	case FLAGS_NT: regs[REG_EFL] |= FLAG_NT; break;
	case FLAGS_IO:
		regs[REG_EFL] = (greg_t)(((unsigned long)regs[REG_EFL] & ~FLAG_IF) | FLAG_IOPL);
		break;
	}
	return true;
}

static int
return_from_changed_frame(void *arg)
{
	change = *(enum change *)arg;
	catch_faults();
	on_trap = change_frame;
	__asm__ volatile(
	"	ud2\n"
	"	pushfq\n"
	"	popq	%0\n"
	    : "=m"(flags_after) : : "memory");
	if (change == FLAGS_IO)
		return (flags_after & (FLAG_IF | FLAG_IOPL)) == FLAG_IF ? 3 : 4;
	return 0;
}

static void
try_frame(const char *name, enum change what)
{
	say("%s %s", name, ended(in_child(return_from_changed_frame, &what)));
}

BEHAVIOUR(N2_2, "a signal frame without IF and with IOPL 3")
{
	try_frame("flags", FLAGS_IO);
}

BEHAVIOUR(N12_1, "a signal frame with rip non-canonical, in the kernel")
{
	try_frame("non-canonical", RIP_FAR);
	try_frame("kernel", RIP_KERNEL);
}

BEHAVIOUR(N12_2, "a signal frame with a non-canonical rsp")
{
	try_frame("non-canonical", RSP_FAR);
}

BEHAVIOUR(N12_3, "a signal frame with the kernel's cs")
{
	try_frame("cs", CS_KERNEL);
}

BEHAVIOUR(N12_4, "a signal frame with NT")
{
	try_frame("flags", FLAGS_NT);
}

static int
return_without_frame(void *at)
{
	default_faults();
	__asm__ volatile("mov %0, %%rsp; mov $15, %%eax; syscall; ud2" : : "r"(at));
	return 0;
}

BEHAVIOUR(N12_5, "rt_sigreturn with the stack in a hole, in the kernel half, in zeroes")
{
	say("%s", ended(in_child(return_without_frame, window(1))));
	say("%s", ended(in_child(return_without_frame, (void *)KERNEL_HALF)));
	say("%s", ended(in_child(return_without_frame, pages(1, RW) + 8)));
}

/* --- what the kernel leaves in structures --- */

struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen;
	uint8_t d_type;
	char d_name[];
};

/* Does one of the words from AT on look like a kernel address? */
static bool
leaks(const void *at, size_t bytes)
{
	const unsigned long *word = at;

	for (size_t i = 0; i < bytes / sizeof(*word); i++)
		if (word[i] >> 47 != 0 && word[i] != ~0UL)
			return true;
	return false;
}

/* Is what lies between the names of directory entries, N bytes of them, zero or as it was? */
static bool
gaps_are_clean(const char *at, long n)
{
	for (long i = 0; i < n;) {
		const struct linux_dirent64 *e = (const void *)(at + i);
		size_t used = offsetof(struct linux_dirent64, d_name) + strlen(e->d_name) + 1;

		for (; used < e->d_reclen; used++)
			if (at[i + (long)used] != 0 && at[i + (long)used] != (char)0xee)
				return false;
		i += e->d_reclen;
	}
	return n > 0;
}

BEHAVIOUR(N17_1, "words of stat, utsname that could be kernel addresses, gaps in directory entries")
{
	static unsigned long words[512];
	long fd = sys(SYS_open, ".", O_RDONLY | O_DIRECTORY);	/* with names of 3 and more bytes */
	const struct utsname *name = (const void *)words;

	sys(SYS_stat, ".", words);
	say("%s", leaks(words, sizeof(struct stat)) ? "some" : "none");
	sys(SYS_uname, words);
	say("%s", all(name->sysname + strlen(name->sysname),
	    sizeof(name->sysname) - strlen(name->sysname), 0) ? "none" : "some");
	memset(words, 0xee, sizeof(words));
	say("%s", gaps_are_clean((char *)words, sys(SYS_getdents64, fd, words, sizeof(words))) ?
	    "clean" : "not clean");
}

BEHAVIOUR(N17_2, "padding of stat")
{
	static struct stat st;

	memset(&st, 0xff, sizeof(st));
	sys(SYS_stat, ".", &st);
	say("%s", all(st.__unused, sizeof(st.__unused), 0) && st.__pad0 == 0 ? "zero" : "not zero");
}

static bool
look_at_siginfo(void *context)
{
	/* the kernel puts them beside each other: the frame is context, then siginfo */
	const ucontext_t *uc = context;

	say("%s", leaks(uc->uc_mcontext.__reserved1, sizeof(uc->uc_mcontext.__reserved1)) ?
	    "some" : "none");
	on_trap = NULL;
	return false;
}

BEHAVIOUR(N17_3, "words of a signal's context that could be kernel addresses")
{
	on_trap = look_at_siginfo;
	say("%.4s", load(window(1)));
}
