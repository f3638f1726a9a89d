/* SPDX-License-Identifier: MIT */
/* C13 to C25: what a signal's handler sees and does, and how processes die. */
#include "harness.h"

#include <sys/sysinfo.h>
#include <ucontext.h>
#include <unistd.h>

#define REGISTER(context, name)	(((ucontext_t *)(context))->uc_mcontext.gregs[REG_##name])

BEHAVIOUR(C13_1, "trap number, error code and cr2 in the context")
{
	char *at = window(1);

	load(at + 5);
	say("%ld [%ld] %s", trap.number, trap.error, place((long)trap.cr2, at));
}

static unsigned long long selectors;

static bool
note_selectors(void *context)
{
	selectors = (unsigned long long)REGISTER(context, CSGSFS);
	return false;
}

BEHAVIOUR(C13_3, "the selectors of code and stack in the context")
{
	on_trap = note_selectors;
	load(window(1));
	say("%llx %llx", selectors & 0xffff, selectors >> 48);
}

extern const char skip_from[], skip_to[];

static bool
skip(void *context)
{
	REGISTER(context, RIP) = (greg_t)skip_to;
	REGISTER(context, RBX) = 42;
	return true;
}

BEHAVIOUR(C13_2, "a handler that changes rip and rbx")
{
	char *at = window(1);
	long rbx;

	on_trap = skip;
	__asm__ volatile(
	"	.globl	skip_from, skip_to\n"
	"	xor	%%ebx, %%ebx\n"
	"skip_from: movb	(%1), %%al\n"
	"	ud2\n"
	"skip_to: mov	%%rbx, %0\n"
	    : "=r"(rbx) : "r"(at) : "rax", "rbx", "memory");
	say("rbx %ld, rip %s", rbx, same(trap.rip == (uintptr_t)skip_from));
}

static volatile int served;

static bool
allow(void *context)
{
	(void)context;
	served++;
	return !failed(protect(trap.address & -P, P, RW));
}

BEHAVIOUR(C14_1, "a handler that allows the access")
{
	volatile char *at = pages(1, NONE);

	on_trap = allow;
	at[7] = 3;
	say("%d after %d signals", at[7], served);
}

BEHAVIOUR(C14_2, "paging by a program, 64 pages, each touched twice")
{
	volatile char *at = pages(64, NONE);
	int sum = 0;

	on_trap = allow;
	for (size_t i = 0; i < 128; i++)
		sum += ++at[i % 64 * P];
	say("%d signals, sum %d", served, sum);
}

static bool
provide(void *context)
{
	(void)context;
	served++;
	return !failed(map((void *)(trap.address & -P), P, RW, FIXED));
}

BEHAVIOUR(C14_3, "a handler that maps what is missing")
{
	volatile char *at = window(4);

	on_trap = provide;
	at[2 * P] = 5;
	at[0] = at[2 * P];
	say("%d after %d signals", at[0], served);
}

BEHAVIOUR(C14_4, "registers after a handler has returned")
{
	char *at = pages(1, NONE);
	unsigned long a, b, c, d;

	on_trap = allow;
	__asm__ volatile(
	"	mov	$1, %%ecx; mov $2, %%r8d; mov $3, %%r11d; mov $4, %%esi\n"
	"	movq	%%rcx, %%xmm7\n"
	"	stc\n"
	"	movb	$1, (%4)\n"
	"	mov	%%rcx, %0; mov %%r8, %1; mov %%r11, %2; movq %%xmm7, %3\n"
	"	jc	1f\n"
	"	xor	%0, %0\n"
	"1:\n"
	    : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d) : "r"(at)
	    : "rcx", "r8", "r11", "rsi", "xmm7", "memory");
	say("%lu %lu %lu %lu", a, b, c, d);
}

static int
die(void *how)
{
	default_faults();
	switch (*(char *)how) {
	case 's':
		return load(window(1))[0];
	case 'u':
		__asm__ volatile("ud2");
		return 0;
	case 'd':
		__asm__ volatile("xor %%ecx, %%ecx; div %%ecx" : : : "rax", "rcx", "rdx");
		return 0;
	case 't':
		__asm__ volatile("int3");
		return 0;
	default:
		return *(volatile char *)map_file(NULL, P, R, MAP_PRIVATE, file("c15", 0), 0);
	}
}

BEHAVIOUR(C15_1, "killed by a bad address, by a page past the end of a file")
{
	say("%s", ended(in_child(die, "s")));
	say("%s", ended(in_child(die, "b")));
}

BEHAVIOUR(C15_2, "killed by an invalid instruction, a division, a breakpoint")
{
	say("%s", ended(in_child(die, "u")));
	say("%s", ended(in_child(die, "d")));
	say("%s", ended(in_child(die, "t")));
}

static void
undefined(void *arg)
{
	(void)arg;
	__asm__ volatile("ud2");
}

static void
divide(void *arg)
{
	(void)arg;
	__asm__ volatile("xor %%ecx, %%ecx; div %%ecx" : : : "rax", "rcx", "rdx");
}

BEHAVIOUR(C15_3, "code and trap number of an invalid instruction, of a division")
{
	say("%s", attempt(undefined, NULL, 0));
	say("%ld", trap.number);
	say("%s", attempt(divide, NULL, 0));
	say("%ld", trap.number);
}

BEHAVIOUR(C16_1, "read and write past the end of a file, private")
{
	char *at = (char *)map_file(NULL, 3 * P, RW, MAP_PRIVATE, file("c16", P + 1), 0);

	say("%s", load(at + P));
	say("%s", load(at + 2 * P + 9));
	say("%s", store(at + 2 * P));
}

BEHAVIOUR(C16_2, "read and write past the end of a file, shared")
{
	char *at = (char *)map_file(NULL, 3 * P, RW, MAP_SHARED, file("c16", P), 0);

	say("%s", load(at));
	say("%s", load(at + P));
	say("%s", store(at + 2 * P));
}

BEHAVIOUR(C16_3, "a page that was there when the file is cut, and grown again")
{
	int fd = file("c16", 2 * P);
	volatile char *at = (char *)map_file(NULL, 2 * P, RW, MAP_SHARED, fd, 0);

	at[P] = 5;
	sys(SYS_ftruncate, fd, P);
	say("%s", load((char *)at + P));
	sys(SYS_ftruncate, fd, 2 * P);
	say("%s", load((char *)at + P));
	say("%d", at[P]);
}

static int
eat_memory(void *arg)
{
	size_t bytes = *(size_t *)arg;
	char *at = (char *)map(NULL, bytes, RW, PRIV | MAP_NORESERVE);

	default_faults();
	for (size_t i = 0; i < bytes; i += P)
		at[i] = 1;
	return 0;
}

/* Only on a machine that is made for it: elsewhere other programs would be hurt. */
BEHAVIOUR(C19_1, "twice the machine's memory is touched, and what the next child does")
{
	static struct sysinfo info;
	size_t bytes;
	int seven = 1;

	if (sys(SYS_sysinfo, &info) != 0 || info.totalram * info.mem_unit > GIB / 2) {
		say("left out: a machine of more than 512 MiB");
		return;
	}
	bytes = 2 * info.totalram * info.mem_unit;
	say("%s", ended(in_child(eat_memory, &bytes)));
	bytes = (size_t)seven * MIB;
	say("%s", ended(in_child(eat_memory, &bytes)));
}

static int
eat_memory_by_calls(void *arg)
{
	size_t bytes = *(size_t *)arg;
	char *at = (char *)map(NULL, bytes, RW, PRIV | MAP_NORESERVE);

	default_faults();
	for (size_t i = 0; i < bytes; i += P)
		sys(SYS_uname, at + i);
	return 0;
}

BEHAVIOUR(C19_2, "the same when it is the kernel that touches the memory")
{
	static struct sysinfo info;
	size_t bytes;

	if (sys(SYS_sysinfo, &info) != 0 || info.totalram * info.mem_unit > GIB / 2) {
		say("left out: a machine of more than 512 MiB");
		return;
	}
	bytes = 2 * info.totalram * info.mem_unit;
	say("%s", ended(in_child(eat_memory_by_calls, &bytes)));
	bytes = MIB;
	say("%s", ended(in_child(eat_memory_by_calls, &bytes)));
}

BEHAVIOUR(C20_1, "first and last page of stack, heap, memory, file, shared memory")
{
	char *heap = (char *)sys(SYS_brk, 0), *memory = pages(3, RW);
	char *mapped = (char *)map_file(NULL, 3 * P, RW, MAP_PRIVATE, file("c20", 3 * P), 0);
	char *shared = (char *)map(NULL, 3 * P, RW, SHARED);
	const struct entry *stack = entry_of(&heap);

	sys(SYS_brk, heap + 3 * P);
	say("%s %s", load((char *)stack->start), load((char *)stack->end - 1));
	say("%s %s", store(heap), store(heap + 3 * P - 1));
	say("%s %s", store(memory), store(memory + 3 * P - 1));
	say("%s %s", store(mapped), store(mapped + 3 * P - 1));
	say("%s %s", store(shared), store(shared + 3 * P - 1));
}

BEHAVIOUR(C23_1, "a fatal fault in a child")
{
	say("%s", ended(in_child(die, "s")));
}

static int
return_from_interrupt(void *at)
{
	default_faults();
	__asm__ volatile("mov %0, %%rsp; iretq" : : "r"(at));
	return 0;
}

/* Emulators take the fault for one of the kernel's, so the signal may be another. */
BEHAVIOUR(C25_1, "iretq with a stack in a hole")
{
	int status = in_child(return_from_interrupt, window(1));

	say("%s", (status & 0x7f) != 0 ? "killed" : ended(status));
}
