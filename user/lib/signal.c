/* SPDX-License-Identifier: MIT */
/*
 * Signals.  The kernel lets a handler return into the restorer, which makes the call
 * rt_sigreturn: that is for a C library to provide, so sigaction adds it.
 */
#include "user.h"

void signal_restorer(void);

__asm__(
"	.text\n"
"	.globl	signal_restorer\n"
"	.type	signal_restorer, @function\n"
"signal_restorer:\n"
"	mov	$15, %eax\n"		/* rt_sigreturn */
"	syscall\n"
"	.size	signal_restorer, . - signal_restorer\n");

/* As syscall.c does it. */
static int
result(long answer)
{
	if (answer >= 0)
		return (int)answer;
	errno = (int)-answer;
	return -1;
}

int
sigaction(int sig, const struct linux_sigaction *action, struct linux_sigaction *old)
{
	struct linux_sigaction with_restorer;

	if (action != NULL) {
		with_restorer = *action;
		with_restorer.flags |= SA_RESTORER;
		with_restorer.restorer = (uintptr_t)signal_restorer;
		action = &with_restorer;
	}
	return result(raw_syscall(SYS_rt_sigaction, sig, action, old, sizeof(sigset_t)));
}

int
signal_handle(int sig, signal_handler *handler, uint64_t flags)
{
	struct linux_sigaction action = {
		.handler = (uintptr_t)handler,
		.flags = flags | SA_SIGINFO,
	};

	return sigaction(sig, &action, NULL);
}

int
signal_default(int sig)
{
	struct linux_sigaction action = { .handler = SIGNAL_DEFAULT };

	return sigaction(sig, &action, NULL);
}

int
signal_ignore(int sig)
{
	struct linux_sigaction action = { .handler = SIGNAL_IGNORE };

	return sigaction(sig, &action, NULL);
}

int
sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	return result(raw_syscall(SYS_rt_sigprocmask, how, set, old, sizeof(sigset_t)));
}

int
sigpending(sigset_t *set)
{
	return result(raw_syscall(SYS_rt_sigpending, set, sizeof(sigset_t)));
}

int
sigsuspend(const sigset_t *mask)
{
	return result(raw_syscall(SYS_rt_sigsuspend, mask, sizeof(sigset_t)));
}

int
sigaltstack(const struct linux_stack *stack, struct linux_stack *old)
{
	return result(raw_syscall(SYS_sigaltstack, stack, old));
}
