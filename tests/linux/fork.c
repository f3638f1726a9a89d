/* SPDX-License-Identifier: MIT */
/* K: fork and copy-on-write. */
#include "harness.h"

#include <sys/resource.h>
#include <unistd.h>

#define CLONE_VM	0x100
#define CLONE_FS	0x200
#define CLONE_VFORK	0x4000

static int data = 1, bss;

/* Five places of different kinds, each holding one byte. */
static char *places[5];

static void
set_places(char *on_stack)
{
	char *heap = (char *)sys(SYS_brk, 0);

	sys(SYS_brk, heap + P);
	places[0] = (char *)&data;
	places[1] = (char *)&bss;
	places[2] = heap;
	places[3] = pages(1, RW);
	places[4] = on_stack;
	for (size_t i = 0; i < 5; i++)
		*places[i] = 1;
}

/* Sum of what is there; each becomes VALUE. */
static int
exchange(int value)
{
	int sum = 0;

	for (size_t i = 0; i < 5; i++) {
		sum += *places[i];
		*places[i] = (char)value;
	}
	return sum;
}

static int
exchange_in_child(void *arg)
{
	return exchange(*(int *)arg);
}

BEHAVIOUR(K1_1, "data, bss, heap, memory, stack, in the child, in the parent after it wrote")
{
	char local;
	int two = 2;

	set_places(&local);
	say("%s", ended(in_child(exchange_in_child, &two)));
	say("%d", exchange(0));
}

static int
wait_and_exchange(void *arg)
{
	int *fds = arg;
	char byte;

	sys(SYS_read, fds[0], &byte, 1);
	return exchange(0);
}

BEHAVIOUR(K1_2, "the same in the child after the parent wrote")
{
	char local;
	int fds[2];
	long pid;

	set_places(&local);
	sys(SYS_pipe, fds);
	pid = start(wait_and_exchange, fds);
	exchange(3);
	sys(SYS_write, fds[1], "", 1);
	say("%s", ended(wait_for(pid)));
}

BEHAVIOUR(K1_3, "fork's result in the child, getppid there, its own pid")
{
	long parent = sys(SYS_getpid), pid = sys(SYS_fork);

	if (pid == 0)
		_exit(sys(SYS_getppid) == parent && sys(SYS_getpid) != parent ? 3 : 4);
	say("%s", ended(wait_for(pid)));
	say("%s", yes(pid > 0 && pid != parent));
}

static int
count_in_child(void *arg)
{
	return all(arg, 16 * MIB, 5) ? 3 : 4;
}

BEHAVIOUR(K2_1, "16 MiB in a child, and what stays of it")
{
	char *at = pages(16 * MIB / P, RW);
	const char *frames;
	long before;
	int status;

	memset(at, 5, 16 * MIB);
	in_child(count_in_child, at);
	before = free_frames();
	status = in_child(count_in_child, at);
	frames = lost(before);
	say("%s, %s", ended(status), frames);
	say("%s", all(at, 16 * MIB, 5) ? "kept" : "lost");
}

static int
third(void *at)
{
	*(char *)at += 1;
	return *(char *)at;
}

static int
second(void *at)
{
	int grandchild;

	*(char *)at += 1;
	grandchild = in_child(third, at) >> 8;
	return 10 * *(char *)at + grandchild;
}

BEHAVIOUR(K3_1, "three generations add one to a byte")
{
	char *at = pages(1, RW);

	*at = 1;
	say("%s", ended(in_child(second, at)));
	say("%d", *at);
}

static int
second_untouched(void *at)
{
	return 10 * *(char *)at + (in_child(third, at) >> 8);
}

BEHAVIOUR(K3_2, "only the third generation writes")
{
	char *at = pages(1, RW);

	*at = 1;
	say("%s", ended(in_child(second_untouched, at)));
	say("%d", *at);
}

static int
try_store(void *at)
{
	const char *seen = store(at);

	return seen[0] == 'o' ? 0 : trap.code * 10 + (int)trap.error;
}

BEHAVIOUR(K5_1, "a child writes to R, to R that it has read, to RW")
{
	char *at = pages(3, RW);

	memset(at, 1, 3 * P);
	protect(at, 2 * P, R);
	load(at + P);
	say("%s", ended(in_child(try_store, at)));
	say("%s", ended(in_child(try_store, at + P)));
	say("%s", ended(in_child(try_store, at + 2 * P)));
}

struct cells {
	char *shared, *private;
};

static int
write_cells(void *arg)
{
	struct cells *cells = arg;

	*cells->shared = 2;
	*cells->private = 2;
	return *cells->private;
}

BEHAVIOUR(K6_1, "a shared and a private cell after the child has written 2 to both")
{
	struct cells cells = { (char *)map(NULL, P, RW, SHARED), pages(1, RW) };

	*cells.shared = *cells.private = 1;
	say("%s", ended(in_child(write_cells, &cells)));
	say("shared %d, private %d", *cells.shared, *cells.private);
}

static int
fork_at_limit(void *arg)
{
	static const struct rlimit none = { 0, 0 };

	long pid;

	(void)arg;
	sys(SYS_prlimit64, 0, RLIMIT_NPROC, &none, NULL);
	pid = sys(SYS_fork);
	return failed(pid) ? (int)-pid : 0;
}

BEHAVIOUR(K7_1, "fork with RLIMIT_NPROC 0")
{
	say("%s", outcome(-(in_child(fork_at_limit, NULL) >> 8)));
}

static int
read_into(void *at)
{
	int fds[2];

	sys(SYS_pipe, fds);
	sys(SYS_write, fds[1], "\7", 1);
	return sys(SYS_read, fds[0], at, 1) == 1 ? *(char *)at : 100;
}

BEHAVIOUR(K8_1, "a child's read() into a page, and the parent's byte")
{
	char *at = pages(1, RW);

	*at = 1;
	say("%s", ended(in_child(read_into, at)));
	say("%d", *at);
}

BEHAVIOUR(K8_2, "the parent's read() into a page that a child has")
{
	char *at = pages(1, RW);
	int fds[2];
	long pid;

	*at = 1;
	sys(SYS_pipe, fds);
	pid = sys(SYS_fork);
	if (pid == 0) {
		char byte;

		sys(SYS_read, fds[0], &byte, 1);
		_exit(*at);
	}
	say("%d", read_into(at));
	sys(SYS_write, fds[1], "", 1);
	say("%s", ended(wait_for(pid)));
}

static int
map_unmap(void *arg)
{
	unmap(arg, P);
	return failed(map(arg, 2 * P, R, FIXED)) ? 4 : 3;
}

BEHAVIOUR(K9_1, "a child unmaps and maps, the parent's listing")
{
	char *at = window(2);

	map(at, P, RW, FIXED);
	say("%s", ended(in_child(map_unmap, at)));
	say("%s", listing(at, 2));
}

static int
use_inherited(void *arg)
{
	struct sigaction action;
	stack_t stack;
	char cwd[256];

	sigaction(SIGSEGV, NULL, &action);
	sigaltstack(NULL, &stack);
	sys(SYS_getcwd, cwd, sizeof(cwd));
	return (action.sa_flags & SA_SIGINFO ? 1 : 0) + (stack.ss_size == 65536 ? 2 : 0) +
	    (strcmp(cwd, arg) == 0 ? 4 : 0) + (sys(SYS_write, result_fd, "", 0) == 0 ? 8 : 0);
}

BEHAVIOUR(K9_2, "handler, alternate stack, directory, descriptor in a child")
{
	char cwd[256];

	sys(SYS_getcwd, cwd, sizeof(cwd));
	say("%s", ended(in_child(use_inherited, cwd)));
}

BEHAVIOUR(K9_3, "a file offset that a child moves")
{
	int fd = file("k9", 100);
	long pid = sys(SYS_fork);

	if (pid == 0)
		_exit((int)sys(SYS_lseek, fd, 42, SEEK_SET));
	say("%s", ended(wait_for(pid)));
	say("%s", number(sys(SYS_lseek, fd, 0, SEEK_CUR)));
}

BEHAVIOUR(K10_1, "clone(SIGCHLD), a child's store")
{
	volatile char *at = pages(1, RW);
	long pid;

	*at = 1;
	pid = sys(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		*at = 2;
		_exit(3);
	}
	say("%s", ended(wait_for(pid)));
	say("%d", *at);
}

/* vfork and the same by clone: the child shares our memory and runs first. */
static void
vfork_by(long nr, long flags)
{
	volatile char *at = pages(1, RW);
	long pid;

	*at = 1;
	__asm__ volatile(
	"	syscall\n"
	"	test	%%rax, %%rax\n"
	"	jnz	1f\n"
	"	movb	$2, (%1)\n"
	"	mov	$231, %%eax\n"
	"	mov	$3, %%edi\n"
	"	syscall\n"
	"1:\n"
	    : "=a"(pid) : "r"(at), "a"(nr), "D"(flags), "S"(0L), "d"(0L)
	    : "rcx", "r11", "memory");
	say("%d", *at);
	say("%s", ended(wait_for(pid)));
}

BEHAVIOUR(K10_2, "vfork, the child's store, its exit code")
{
	vfork_by(SYS_vfork, 0);
}

BEHAVIOUR(K10_3, "clone(CLONE_VM|CLONE_VFORK|SIGCHLD), the same")
{
	vfork_by(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD);
}

BEHAVIOUR(K10_4, "clone with flags that contradict each other")
{
	say("%s", outcome(sys(SYS_clone, 0x10000 /* THREAD without SIGHAND */, 0, 0, 0, 0)));
	say("%s", outcome(sys(SYS_clone, 0x800 /* SIGHAND without VM */, 0, 0, 0, 0)));
}
