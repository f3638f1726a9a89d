/* SPDX-License-Identifier: MIT */
/*
 * How processes end, and what wait says about it: exceptions, signals from others, exit
 * codes; waiting for nobody, for somebody else, and without waiting.
 */
#include "test.h"

/* --- exceptions: each function is run by a child that it kills --- */

static volatile uintptr_t zero;	/* the compiler must not see that it is */

static void
divide(void *arg unused_arg)
{
	int a = 1, d = 0;

	__asm__ volatile("idivl %2" : "+a"(a), "+d"(d) : "r"((int)zero));
}

static void
undefined(void *arg unused_arg)
{
	__asm__ volatile("ud2");
}

static void
breakpoint(void *arg unused_arg)
{
	__asm__ volatile("int3");
}

static void
clear_interrupts(void *arg unused_arg)
{
	__asm__ volatile("cli");
}

static void
halt(void *arg unused_arg)
{
	__asm__ volatile("hlt");
}

static void
port(void *arg unused_arg)
{
	__asm__ volatile("outb %%al, %%dx" : : "a"(0), "d"(0xf4));	/* QEMU's exit port */
}

static void
read_cr3(void *arg unused_arg)
{
	uint64_t value;

	__asm__ volatile("mov %%cr3, %0" : "=r"(value));
}

static void
write_msr(void *arg unused_arg)
{
	__asm__ volatile("wrmsr" : : "a"(0), "d"(0), "c"(0xc0000082));	/* LSTAR */
}

/* Vectors that the processor may raise but user code may not call. */
static void
call_page_fault_vector(void *arg unused_arg)
{
	__asm__ volatile("int $14");
}

static void
call_timer_vector(void *arg unused_arg)
{
	__asm__ volatile("int $32");
}

static void
old_system_call(void *arg unused_arg)
{
	__asm__ volatile("int $0x80" : : "a"(20));
}

static void
write_null(void *arg unused_arg)
{
	*(volatile char *)zero = 1;
}

static void
read_non_canonical(void *arg unused_arg)
{
	(void)*(volatile char *)0x800000000000;
}

static void
read_kernel(void *arg unused_arg)
{
	(void)*(volatile char *)0xffffffff80100000;
}

static void
write_text(void *arg unused_arg)
{
	*(volatile char *)(uintptr_t)write_null = 0;
}

static void
execute_data(void *arg unused_arg)
{
	static char code[] = { (char)0xc3 };	/* ret */

	((void (*)(void))(uintptr_t)code)();
}

static const struct {
	const char *step;
	void (*run)(void *);
	int signal;
} exceptions[] = {
	{ "divide", divide, SIGFPE },
	{ "ud2", undefined, SIGILL },
	{ "int3", breakpoint, SIGTRAP },
	{ "cli", clear_interrupts, SIGSEGV },
	{ "hlt", halt, SIGSEGV },
	{ "out", port, SIGSEGV },
	{ "read-cr3", read_cr3, SIGSEGV },
	{ "wrmsr", write_msr, SIGSEGV },
	{ "int-14", call_page_fault_vector, SIGSEGV },
	{ "int-32", call_timer_vector, SIGSEGV },
	{ "write-null", write_null, SIGSEGV },
	{ "read-non-canonical", read_non_canonical, SIGSEGV },
	{ "read-kernel", read_kernel, SIGSEGV },
	{ "write-text", write_text, SIGSEGV },
	{ "execute-data", execute_data, SIGSEGV },
};

/* C11, C15, N1, N3 */
static void
test_exceptions(void)
{
	for (size_t i = 0; i < array_len(exceptions); i++) {
		test_step(exceptions[i].step);
		check_killed(test_child(exceptions[i].run, NULL), exceptions[i].signal);
	}
	test_step("int-80");	/* Linux has that gate, for old programs */
	check(test_on_linux() || WTERMSIG(test_child(old_system_call, NULL)) == SIGSEGV);
}

/* --- children that wait to be killed --- */

static int hold[2];	/* a pipe that nobody writes */

static pid_t
start_sleeper(void)
{
	static char c;
	pid_t pid = fork();

	if (pid == 0) {
		close(hold[1]);
		read(hold[0], &c, 1);
		_exit(7);
	}
	check(pid > 0);
	return pid;
}

static void
test_kill(void)
{
	static const int sigs[] = { SIGTERM, SIGKILL, SIGINT, SIGHUP, SIGSEGV };

	test_step("kill");
	for (size_t i = 0; i < array_len(sigs); i++) {
		pid_t pid = start_sleeper();
		int status = 0;

		check_eq(kill(pid, 0), 0);
		check_eq(kill(pid, sigs[i]), 0);
		check_eq(waitpid(pid, &status, 0), pid);
		check_killed(status, sigs[i]);
		check_eq(raw_syscall(SYS_kill, pid, 0), -ESRCH);
	}

	test_step("kill-arguments");
	check_eq(raw_syscall(SYS_kill, 0x3fffffff, SIGTERM), -ESRCH);
	check_eq(raw_syscall(SYS_kill, getpid(), 65), -EINVAL);
	check_eq(raw_syscall(SYS_kill, getpid(), -1), -EINVAL);
	check_eq(raw_syscall(SYS_kill, getpid(), SIGCHLD), 0);	/* ignored by default */
}

static void
kill_own_group(void *arg unused_arg)
{
	setpgid(0, 0);
	start_sleeper();
	kill(0, SIGTERM);
}

static void
test_groups(void)
{
	pid_t first, second;
	int status = 0;

	test_step("group");
	first = start_sleeper();
	second = start_sleeper();
	check_eq(setpgid(first, first), 0);
	check_eq(setpgid(second, first), 0);
	check_eq(raw_syscall(SYS_getpgid, second), first);
	check_eq(kill(-first, SIGTERM), 0);
	check_eq(waitpid(first, &status, 0), first);
	check_killed(status, SIGTERM);
	check_eq(waitpid(second, &status, 0), second);
	check_killed(status, SIGTERM);
	check_eq(raw_syscall(SYS_kill, -first, SIGTERM), -ESRCH);

	test_step("own-group");
	check_killed(test_child(kill_own_group, NULL), SIGTERM);
}

static void
kill_self(void *arg unused_arg)
{
	kill(getpid(), SIGABRT);
	check_msg(false, "kill of oneself: expected death, got life");
}

/* --- wait --- */

static void
exit_with(void *arg)
{
	_exit(*(int *)arg);
}

static void
test_status(void)
{
	static int codes[] = { 0, 1, 42, 127, 255, 256, 0x1ff, -1 };

	test_step("exit-codes");
	for (size_t i = 0; i < array_len(codes); i++)
		check_addr(test_child(exit_with, &codes[i]), (codes[i] & 0xff) << 8);

	test_step("signal-status");	/* bit 7 says that Linux has written a core file */
	check_addr(test_child(kill_self, NULL) & ~0x80, SIGABRT);
	check_addr(test_child(undefined, NULL) & ~0x80, SIGILL);
}

static void
test_wait(void)
{
	int status = 0x5555;
	pid_t pid, other;

	test_step("no-children");
	check_eq(raw_syscall(SYS_wait4, -1, &status, 0, 0), -ECHILD);
	check_eq(raw_syscall(SYS_wait4, -1, &status, WNOHANG, 0), -ECHILD);
	check_eq(raw_syscall(SYS_wait4, getppid(), &status, 0, 0), -ECHILD);
	check_eq(raw_syscall(SYS_wait4, getpid(), &status, 0, 0), -ECHILD);
	check_eq(raw_syscall(SYS_wait4, -1, &status, 0x40000, 0), -EINVAL);

	test_step("no-hang");
	pid = start_sleeper();
	other = start_sleeper();
	check_eq(waitpid(pid, &status, WNOHANG), 0);
	check_eq(waitpid(-1, &status, WNOHANG), 0);

	test_step("one-of-two");	/* the other ends first, but is not the one */
	kill(other, SIGKILL);
	check_eq(waitpid(pid, &status, WNOHANG), 0);
	kill(pid, SIGTERM);
	check_eq(waitpid(pid, &status, 0), pid);
	check_killed(status, SIGTERM);
	check_eq(waitpid(pid, &status, 0), -1);
	check_eq(waitpid(-1, NULL, 0), other);
}

/* A child whose parent ends becomes a child of process 1, and does not disturb us. */
static void
leave_orphan(void *arg unused_arg)
{
	start_sleeper();
}

int
main(void)
{
	test_begin("signals");
	check_eq(pipe(hold), 0);
	test_exceptions();
	test_status();
	test_kill();
	test_groups();
	test_wait();

	test_step("orphan");
	check_exited(test_child(leave_orphan, NULL), 0);
	check_eq(waitpid(-1, NULL, WNOHANG), -1);
	close(hold[0]);
	close(hold[1]);		/* now the orphans end */
	test_end();
}
