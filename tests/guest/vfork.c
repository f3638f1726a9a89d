/* SPDX-License-Identifier: MIT */
/*
 * vfork and clone: the child of a vfork runs on its parent's memory while the parent
 * waits; shapes of clone that C libraries use work, others are refused.
 */
#include "test.h"

static volatile int shared;
static char *self;

/*
 * System call NR with two arguments, then in the child FN(arg), which must not return.  On
 * shared memory the child must not return from the function that made the call.
 */
static pid_t
call_in_child(long nr, long a, long b, long d, void (*fn)(void *), void *arg)
{
	register long r10 __asm__("r10") = d;
	pid_t pid;

	__asm__ volatile(
	"	syscall\n"
	"	test	%%eax, %%eax\n"
	"	jnz	1f\n"
	"	mov	%[arg], %%rdi\n"
	"	and	$-16, %%rsp\n"
	"	call	*%[fn]\n"
	"	ud2\n"
	"1:\n"
	    : "=a"(pid) : "a"(nr), "D"(a), "S"(b), "r"(r10), [fn] "b"(fn), [arg] "r"(arg)
	    : "rcx", "rdx", "r8", "r9", "r11", "memory");
	return pid;
}

static pid_t
vfork_run(void (*fn)(void *), void *arg)
{
	return call_in_child(SYS_vfork, 0, 0, 0, fn, arg);
}

static void
set_and_exit(void *arg)
{
	shared = (int)(intptr_t)arg;
	raw_syscall(SYS_sched_yield);
	_exit(6);
}

static void
exec_self(void *arg)
{
	static char *argv[] = { "vfork", NULL, NULL };
	static char *envp[] = { NULL };

	shared = 2;
	argv[1] = arg;
	raw_syscall(SYS_execve, self, argv, envp);
	_exit(100);
}

static void
exec_nothing(void *arg unused_arg)
{
	static char *argv[] = { "nothing", NULL };

	/* The parent's memory is in place again after a failed exec. */
	shared = (int)raw_syscall(SYS_execve, "/tmp/no-such-file", argv, argv);
	_exit(0);
}

static void
fault(void *arg unused_arg)
{
	shared = 3;
	*(volatile char *)0x200000 = 1;
}

static void
nest(void *arg unused_arg)
{
	int status = 0;
	pid_t pid = vfork_run(set_and_exit, (void *)44);

	if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 6 || shared != 44)
		_exit(1);
	shared = 45;
	_exit(0);
}

/* K10 */
static void
test_vfork(void)
{
	size_t frames;
	int status = 0;
	pid_t pid;

	test_step("shares-memory");
	frames = free_frames();
	pid = vfork_run(set_and_exit, (void *)1);
	check_eq(shared, 1);			/* we went on after it had ended */
	check_eq(waitpid(pid, &status, 0), pid);
	check_exited(status, 6);
	check_frames(frames);

	test_step("until-exec");
	pid = vfork_run(exec_self, "exit-11");
	check_eq(shared, 2);
	check_eq(waitpid(pid, &status, 0), pid);
	check_exited(status, 11);
	check_frames(frames);

	test_step("exec-fails");
	pid = vfork_run(exec_nothing, NULL);
	check_eq(shared, -ENOENT);
	check_eq(waitpid(pid, &status, 0), pid);
	check_exited(status, 0);
	check_frames(frames);

	test_step("until-death");
	pid = vfork_run(fault, NULL);
	check_eq(shared, 3);
	check_eq(waitpid(pid, &status, 0), pid);
	check_killed(status, SIGSEGV);
	check_frames(frames);

	test_step("vfork-in-vfork");
	pid = vfork_run(nest, NULL);
	check_eq(shared, 45);
	check_eq(waitpid(pid, &status, 0), pid);
	check_exited(status, 0);
	check_frames(frames);
}

/* What the child does to its own state is not ours: descriptors, handlers, limits. */
static void
change_state(void *arg unused_arg)
{
	close(STDIN);
	signal_ignore(SIGUSR1);
	chdir("/tmp");
	_exit(0);
}

static void
test_state(void)
{
	static char before[64], after[64];
	struct linux_sigaction action;
	int flags = fcntl(STDIN, F_GETFL, 0), status;
	pid_t pid;

	test_step("own-state");
	getcwd(before, sizeof(before));
	pid = vfork_run(change_state, NULL);
	check_eq(waitpid(pid, &status, 0), pid);
	check_eq(fcntl(STDIN, F_GETFL, 0), flags);
	sigaction(SIGUSR1, NULL, &action);
	check_addr(action.handler, SIGNAL_DEFAULT);
	getcwd(after, sizeof(after));
	check_str(after, before);
}

/* --- clone --- */

static char child_stack[8192] __attribute__((aligned(16)));
static volatile uintptr_t child_sp;
static volatile pid_t child_tid;

static void
note_stack(void *arg unused_arg)
{
	child_sp = (uintptr_t)__builtin_frame_address(0);
	_exit(0);
}

static void
check_tid(void *arg unused_arg)
{
	_exit(child_tid == getpid() ? 0 : 1);
}

/* K10 */
static void
test_clone(void)
{
	const long top = (long)(uintptr_t)(child_stack + sizeof(child_stack));
	const long tid = (long)(uintptr_t)&child_tid;
	int status;
	pid_t pid;

	test_step("clone-fork");
	child_tid = 5;
	pid = call_in_child(SYS_clone, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, 0, tid,
	    check_tid, NULL);
	check_eq(waitpid(pid, &status, 0), pid);
	check_exited(status, 0);
	check_eq(child_tid, 5);			/* that was its own memory */

	test_step("clone-spawn");
	pid = call_in_child(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, top, 0, note_stack, NULL);
	check(child_sp > (uintptr_t)child_stack && child_sp < (uintptr_t)top);
	check_eq(waitpid(pid, &status, 0), pid);
	check_exited(status, 0);

	test_step("clone-refused");
	check_eq(raw_syscall(SYS_clone, 0x10000 | SIGCHLD, 0, 0, 0, 0), -EINVAL);
	if (!test_on_linux()) {
		check_eq(raw_syscall(SYS_clone, CLONE_VM | SIGCHLD, top), -EINVAL);
		check_eq(raw_syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0), -EINVAL);
		check_eq(raw_syscall(SYS_clone, 0x3d0f00, top), -EINVAL);	/* a thread */
		check_eq(raw_syscall(SYS_clone, 0, 0), -EINVAL);
		check_eq(raw_syscall(SYS_clone, 0x20000000 | SIGCHLD, 0), -EINVAL);
	}
}

/* A signal for the parent waits until the child has ended; one for the child does not. */
static volatile int handled_after;

static void
handle(int sig unused_arg, struct linux_siginfo *info unused_arg,
    struct linux_ucontext *c unused_arg)
{
	handled_after = shared;
}

static void
signal_parent(void *arg unused_arg)
{
	shared = 60;
	kill(getppid(), SIGUSR2);
	for (int i = 0; i < 5; i++)
		raw_syscall(SYS_sched_yield);
	shared = 61;
	_exit(0);
}

static void
test_signals(void)
{
	int status;
	pid_t pid;

	test_step("signal-waits");
	signal_handle(SIGUSR2, handle, 0);
	pid = vfork_run(signal_parent, NULL);
	check_eq(handled_after, 61);
	check_eq(waitpid(pid, &status, 0), pid);
}

int
main(int argc, char **argv)
{
	self = argv[0];
	if (argc > 1)
		return 11;
	test_begin("vfork");
	test_vfork();
	test_state();
	test_clone();
	test_signals();
	test_end();
}
