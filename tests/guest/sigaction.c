/* SPDX-License-Identifier: MIT */
/*
 * Signal handlers: when they run, with which mask, what they are told, and in which order
 * pending signals are delivered.
 */
#include "test.h"

static volatile int runs;		/* how often a handler ran */
static volatile int last_sig;
static struct linux_siginfo last_info;
static sigset_t mask_inside;
static volatile int trace[16];		/* signals, in the order in which handlers began */

static void
note(int sig, struct linux_siginfo *info, struct linux_ucontext *context unused_arg)
{
	trace[runs % (int)array_len(trace)] = sig;
	runs++;
	last_sig = sig;
	last_info = *info;
	sigprocmask(SIG_BLOCK, NULL, &mask_inside);
}

static void
forget(void)
{
	runs = last_sig = 0;
	memset(&last_info, 0, sizeof(last_info));
}

static sigset_t
current_mask(void)
{
	sigset_t mask = 0;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	return mask;
}

static void
block(sigset_t set)
{
	check_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
}

static void
unblock(sigset_t set)
{
	check_eq(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
}

static void
raise_sig(int sig)
{
	check_eq(kill(getpid(), sig), 0);
}

static void
test_handler(void)
{
	test_step("handler");
	forget();
	check_eq(signal_handle(SIGUSR1, note, 0), 0);
	raise_sig(SIGUSR1);
	check_eq(runs, 1);
	check_eq(last_sig, SIGUSR1);
	check_eq(last_info.si_signo, SIGUSR1);
	check_eq(last_info.si_code, SI_USER);
	check_eq(last_info.pid, getpid());
	check_addr(mask_inside, signal_set(SIGUSR1));
	check_addr(current_mask(), 0);

	test_step("tkill");
	check_eq(raw_syscall(SYS_tkill, getpid(), SIGUSR1), 0);
	check_eq(runs, 2);
	check_eq(last_info.si_code, SI_TKILL);
	check_eq(raw_syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1), 0);
	check_eq(runs, 3);
	check_eq(raw_syscall(SYS_tgkill, 1, getpid(), SIGUSR1), -ESRCH);
	check_eq(raw_syscall(SYS_tkill, 0, SIGUSR1), -EINVAL);
	check_eq(raw_syscall(SYS_tkill, getpid(), 65), -EINVAL);
}

static void
test_flags(void)
{
	struct linux_sigaction action = {
		.handler = (uintptr_t)note,
		.flags = SA_SIGINFO | SA_NODEFER,
		.mask = signal_set(SIGUSR2) | signal_set(SIGKILL) | signal_set(SIGSTOP),
	};
	struct linux_sigaction old;

	test_step("mask");
	forget();
	check_eq(sigaction(SIGUSR1, &action, NULL), 0);
	raise_sig(SIGUSR1);
	check_addr(mask_inside, signal_set(SIGUSR2));
	check_eq(sigaction(SIGUSR1, NULL, &old), 0);
	check_addr(old.handler, note);
	check_addr(old.flags, SA_SIGINFO | SA_NODEFER | SA_RESTORER);
	check_addr(old.mask, signal_set(SIGUSR2));

	test_step("reset");
	check_eq(signal_handle(SIGUSR1, note, SA_RESETHAND), 0);
	raise_sig(SIGUSR1);
	check_eq(runs, 2);
	check_eq(sigaction(SIGUSR1, NULL, &old), 0);
	check_addr(old.handler, SIGNAL_DEFAULT);

	test_step("unknown-flags");	/* are taken out, as sigaction(2) says */
	action.flags = SA_SIGINFO | 0x400;
	check_eq(sigaction(SIGUSR1, &action, NULL), 0);
	check_eq(sigaction(SIGUSR1, NULL, &old), 0);
	check_addr(old.flags, SA_SIGINFO | SA_RESTORER);
}

static void
test_arguments(void)
{
	static struct linux_sigaction action;
	static sigset_t set;

	test_step("arguments");
	check_eq(raw_syscall(SYS_rt_sigaction, SIGKILL, &action, 0, 8), -EINVAL);
	check_eq(raw_syscall(SYS_rt_sigaction, SIGSTOP, &action, 0, 8), -EINVAL);
	check_eq(raw_syscall(SYS_rt_sigaction, SIGKILL, 0, &action, 8), 0);
	check_eq(raw_syscall(SYS_rt_sigaction, 0, 0, &action, 8), -EINVAL);
	check_eq(raw_syscall(SYS_rt_sigaction, 65, 0, &action, 8), -EINVAL);
	check_eq(raw_syscall(SYS_rt_sigaction, SIGUSR1, 0, &action, 16), -EINVAL);
	check_eq(raw_syscall(SYS_rt_sigaction, SIGUSR1, 8, 0, 8), -EFAULT);
	check_eq(raw_syscall(SYS_rt_sigaction, SIGUSR1, 0, 8, 8), -EFAULT);
	check_eq(raw_syscall(SYS_rt_sigprocmask, 3, &set, 0, 8), -EINVAL);
	check_eq(raw_syscall(SYS_rt_sigprocmask, 3, 0, &set, 8), 0);
	check_eq(raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, 0, 4), -EINVAL);
	check_eq(raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, 8, 0, 8), -EFAULT);
	check_eq(raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, 8, 8), -EFAULT);
	check_eq(raw_syscall(SYS_rt_sigpending, &set, 9), -EINVAL);
	check_eq(raw_syscall(SYS_rt_sigsuspend, &set, 4), -EINVAL);
	check_eq(raw_syscall(SYS_rt_sigsuspend, 8, 8), -EFAULT);
}

static void
test_blocked(void)
{
	sigset_t pending = 0, all = ~0UL;

	test_step("blocked");
	forget();
	signal_handle(SIGUSR1, note, 0);
	signal_handle(SIGUSR2, note, 0);
	block(signal_set(SIGUSR1) | signal_set(SIGUSR2));
	raise_sig(SIGUSR2);
	raise_sig(SIGUSR1);
	raise_sig(SIGUSR1);		/* is pending once */
	check_eq(runs, 0);
	check_eq(sigpending(&pending), 0);
	check_addr(pending, signal_set(SIGUSR1) | signal_set(SIGUSR2));
	unblock(signal_set(SIGUSR1) | signal_set(SIGUSR2));
	check_eq(runs, 2);
	/* Both frames are made at once, lowest number first; so the other one runs first. */
	check_eq(trace[0], SIGUSR2);
	check_eq(trace[1], SIGUSR1);
	check_eq(sigpending(&pending), 0);
	check_addr(pending, 0);

	test_step("unblockable");
	check_eq(sigprocmask(SIG_SETMASK, &all, NULL), 0);
	check_addr(current_mask(), ~(signal_set(SIGKILL) | signal_set(SIGSTOP)));
	all = 0;
	check_eq(sigprocmask(SIG_SETMASK, &all, NULL), 0);

	test_step("ignored-while-blocked");	/* is forgotten when it becomes ignored */
	block(signal_set(SIGUSR1));
	raise_sig(SIGUSR1);
	signal_ignore(SIGUSR1);
	check_eq(sigpending(&pending), 0);
	check_addr(pending, 0);
	raise_sig(SIGUSR1);			/* but a blocked one is kept, ignored or not */
	check_eq(sigpending(&pending), 0);
	check_addr(pending, signal_set(SIGUSR1));
	unblock(signal_set(SIGUSR1));
	check_eq(runs, 2);
}

static void
test_realtime(void)
{
	const int sig = 40;
	struct linux_siginfo info;

	test_step("real-time");		/* each one is kept, in order, with its value */
	forget();
	signal_handle(sig, note, 0);
	block(signal_set(sig));
	for (uint64_t i = 1; i <= 3; i++) {
		memset(&info, 0, sizeof(info));
		info.si_signo = sig;
		info.si_code = SI_QUEUE;
		info.pid = getpid();
		info.value = i * 1111;
		check_eq(raw_syscall(SYS_rt_sigqueueinfo, getpid(), sig, &info), 0);
	}
	unblock(signal_set(sig));
	check_eq(runs, 3);
	check_eq(last_info.si_code, SI_QUEUE);
	check_eq(last_info.value, 3333);	/* each one blocks the next while it is handled */

	test_step("queue-arguments");
	info.si_code = SI_USER;
	check_eq(raw_syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info), -EPERM);
	check_eq(raw_syscall(SYS_rt_sigqueueinfo, getpid(), sig, 8), -EFAULT);
}

static void
test_suspend(void)
{
	sigset_t none = 0;

	test_step("suspend");
	forget();
	signal_handle(SIGUSR1, note, 0);
	block(signal_set(SIGUSR1));
	raise_sig(SIGUSR1);
	check_eq(raw_syscall(SYS_rt_sigsuspend, &none, 8), -EINTR);
	check_eq(runs, 1);
	check_addr(current_mask(), signal_set(SIGUSR1));
	unblock(signal_set(SIGUSR1));
}

static void
test_timedwait(void)
{
	struct linux_timespec soon = { 0, 1000000 }, bad = { 0, -1 };
	sigset_t set = signal_set(SIGUSR1);
	struct linux_siginfo info;

	test_step("timed-wait");
	forget();
	block(set);
	check_eq(raw_syscall(SYS_rt_sigtimedwait, &set, &info, &soon, 8), -EAGAIN);
	raise_sig(SIGUSR1);
	check_eq(raw_syscall(SYS_rt_sigtimedwait, &set, &info, &soon, 8), SIGUSR1);
	check_eq(info.si_signo, SIGUSR1);
	check_eq(info.si_code, SI_USER);
	check_eq(info.pid, getpid());
	if (fork() == 0) {
		raw_syscall(SYS_sched_yield);
		kill(getppid(), SIGUSR1);
		test_child_exit();
	}
	check_eq(raw_syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 8), SIGUSR1);
	wait(NULL);
	check_eq(runs, 0);
	/* One that would be ignored is kept for who waits for it. */
	set = signal_set(SIGCHLD);
	block(set);
	if (fork() == 0) {
		raw_syscall(SYS_sched_yield);
		test_child_exit();
	}
	check_eq(raw_syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 8), SIGCHLD);
	wait(NULL);
	unblock(set);
	set = signal_set(SIGUSR1);
	check_eq(raw_syscall(SYS_rt_sigtimedwait, &set, NULL, &bad, 8), -EINVAL);
	check_eq(raw_syscall(SYS_rt_sigtimedwait, &set, NULL, &soon, 16), -EINVAL);
	unblock(set);
}

/* --- the other end: fork, exec, no restorer --- */

static void
check_inherited(void *arg unused_arg)
{
	sigset_t pending = 0;

	check_addr(current_mask(), signal_set(SIGUSR2));
	check_eq(sigpending(&pending), 0);
	check_addr(pending, 0);
	raise_sig(SIGUSR1);
	check_eq(runs, 1);
}

static void
test_fork(void)
{
	test_step("fork");
	forget();
	signal_handle(SIGUSR1, note, 0);
	block(signal_set(SIGUSR2));
	raise_sig(SIGUSR2);		/* pending here, not in the child */
	check_exited(test_child(check_inherited, NULL), 0);
	signal_ignore(SIGUSR2);
	unblock(signal_set(SIGUSR2));
}

static void
without_restorer(void *arg unused_arg)
{
	struct linux_sigaction action = { .handler = (uintptr_t)note, .flags = SA_SIGINFO };

	raw_syscall(SYS_rt_sigaction, SIGUSR1, &action, 0, 8);
	kill(getpid(), SIGUSR1);
}

static void
exec_self(void *path)
{
	static char *argv[] = { "sigaction", "-exec", NULL };

	signal_handle(SIGUSR1, note, 0);
	signal_ignore(SIGUSR2);
	block(signal_set(SIGTERM));
	raise_sig(SIGTERM);
	execv(path, argv);
}

/* After exec: handlers are gone, what is ignored stays so, mask and pending signals too. */
static int
after_exec(void)
{
	struct linux_sigaction usr1, usr2;
	sigset_t pending;

	sigaction(SIGUSR1, NULL, &usr1);
	sigaction(SIGUSR2, NULL, &usr2);
	sigpending(&pending);
	if (usr1.handler != SIGNAL_DEFAULT || usr1.flags != 0 || usr1.mask != 0)
		return 1;
	if (usr2.handler != SIGNAL_IGNORE)
		return 2;
	if (pending != signal_set(SIGTERM) || current_mask() != signal_set(SIGTERM))
		return 3;
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "-exec") == 0)
		return after_exec();
	test_begin("sigaction");
	test_handler();
	test_flags();
	test_arguments();
	test_blocked();
	test_realtime();
	test_suspend();
	test_timedwait();
	test_fork();
	test_step("exec");
	check_exited(test_child(exec_self, argv[0]), 0);
	test_step("no-restorer");
	check_killed(test_child(without_restorer, NULL), SIGSEGV);
	test_end();
}
