/* SPDX-License-Identifier: MIT */
/* Looking at memory, at faults and at children. */
#include "harness.h"

#include <setjmp.h>
#include <sys/sysinfo.h>
#include <sys/ucontext.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* --- memory --- */

char *
pages(size_t n, int prot)
{
	long at = map(NULL, n * P, prot, PRIV);

	if (failed(at))
		give_up("mmap of %zu pages: %s", n, outcome(at));
	return (char *)at;
}

char *
window(size_t n)
{
	char *guard = pages(n + 2, NONE);

	unmap(guard + P, n * P);
	return guard + P;
}

int
file(const char *name, size_t bytes)
{
	unsigned char page[P];
	long fd = sys(SYS_open, name, O_RDWR | O_CREAT | O_TRUNC, 0666);

	if (failed(fd))
		give_up("open %s: %s", name, outcome(fd));
	for (size_t at = 0; at < bytes; at += P) {
		size_t n = bytes - at < P ? bytes - at : P;

		for (size_t i = 0; i < n; i++)
			page[i] = file_byte(at + i);
		if (sys(SYS_write, fd, page, n) != (long)n)
			give_up("write to %s", name);
	}
	return (int)fd;
}

long
resident(const void *at, size_t n)
{
	static unsigned char present[32768];
	long result = sys(SYS_mincore, at, n * P, present), count = 0;

	if (failed(result))
		return result;
	for (size_t i = 0; i < n; i++)
		count += present[i] & 1;
	return count;
}

bool
all(const void *at, size_t n, int value)
{
	const volatile unsigned char *byte = at;

	for (size_t i = 0; i < n; i++)
		if (byte[i] != (unsigned char)value)
			return false;
	return true;
}

bool
on_linux(void)
{
	struct utsname name;

	return sys(SYS_uname, &name) == 0 && strcmp(name.sysname, "Linux") == 0;
}

long
free_frames(void)
{
	static struct sysinfo info;

	/* the first call may have to bring in the page of the structure */
	if (sys(SYS_sysinfo, &info) != 0 || sys(SYS_sysinfo, &info) != 0)
		return -1;
	return (long)(info.freeram * info.mem_unit / P);
}

const char *
lost(long before)
{
	long now = free_frames();

	return on_linux() || now == before ? "none" : text("%ld", before - now);
}

/* --- faults --- */

struct trap trap;
bool (*volatile on_trap)(void *context);

static jmp_buf back;
static volatile bool armed;
static char alternate[65536];
static const int fault_signals[] = { SIGSEGV, SIGBUS, SIGTRAP, SIGILL, SIGFPE };

static void
handler(int number, siginfo_t *info, void *context)
{
	const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	trap = (struct trap){ number, info->si_code, regs[REG_TRAPNO], regs[REG_ERR],
		(uintptr_t)info->si_addr, (uintptr_t)regs[REG_CR2], (uintptr_t)regs[REG_RIP] };
	if (on_trap != NULL && on_trap(context))
		return;
	if (!armed) {
		default_faults();
		return;
	}
	armed = false;
	longjmp(back, 1);
}

void
catch_faults(void)
{
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	action.sa_sigaction = handler;
	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < array_len(fault_signals); i++)
		sigaction(fault_signals[i], &action, NULL);
}

void
default_faults(void)
{
	for (size_t i = 0; i < array_len(fault_signals); i++)
		signal(fault_signals[i], SIG_DFL);
}

static const char *
signal_name(int number)
{
	switch (number) {
	case SIGSEGV: return "SEGV";
	case SIGBUS: return "BUS";
	case SIGTRAP: return "TRAP";
	case SIGILL: return "ILL";
	case SIGFPE: return "FPE";
	default: return "other";
	}
}

static const char *
trap_text(uintptr_t at)
{
	const char *code = trap.number == 14 ? text(" [%ld]", trap.error) : "";
	const char *address = "";

	if (trap.signal == SIGSEGV || trap.signal == SIGBUS) {
		if (trap.address == 0 && at != 0)
			address = " at 0";
		else if (trap.address != at)
			address = text(" at %s", place((long)trap.address, (void *)at));
		if (trap.number == 14 && trap.cr2 != trap.address)
			address = text("%s, another cr2", address);
	}
	return text("%s/%d%s%s", signal_name(trap.signal), trap.code, code, address);
}

const char *
attempt(void (*fn)(void *), void *arg, uintptr_t at)
{
	if (setjmp(back) != 0)
		return trap_text(at);
	armed = true;
	fn(arg);
	armed = false;
	return "ok";
}

static void
load_byte(void *at)
{
	__asm__ volatile("movb (%0), %%al" : : "r"(at) : "rax", "memory");
}

static void
store_byte(void *at)
{
	__asm__ volatile("movb $1, (%0)" : : "r"(at) : "memory");
}

static void
call_code(void *at)
{
	((void (*)(void))at)();
}

const char *
load(const void *at)
{
	return attempt(load_byte, (void *)at, (uintptr_t)at);
}

const char *
store(void *at)
{
	return attempt(store_byte, at, (uintptr_t)at);
}

const char *
call(const void *at)
{
	return attempt(call_code, (void *)at, (uintptr_t)at);
}

/* --- children --- */

long
start(int (*fn)(void *), void *arg)
{
	long pid = sys(SYS_fork);

	if (pid == 0)
		_exit(fn(arg));
	return pid;
}

int
wait_for(long pid)
{
	int status = -1;

	if (failed(pid))
		give_up("fork: %s", outcome(pid));
	while (sys(SYS_wait4, pid, &status, 0, NULL) == -EINTR)
		continue;
	return status;
}

int
in_child(int (*fn)(void *), void *arg)
{
	return wait_for(start(fn, arg));
}
