/* SPDX-License-Identifier: MIT */
/*
 * As test_filesweep.c, for the calls about time, limits, ids, signals, memory and programs, and
 * the frames of signal handlers (O4, M6).
 * host-test: kernel/sys/time.c kernel/sys/usage.c kernel/sys/system.c kernel/sys/sched.c
 * host-test: kernel/sys/ids.c kernel/sys/prctl.c kernel/sys/signal.c kernel/sys/mem.c
 * host-test: kernel/sys/exec.c kernel/sys/wait.c
 * host-test: kernel/sys/file.c kernel/sys/fd.c kernel/sys/path.c kernel/sys/name.c
 * host-test: kernel/sys/attr.c
 * host-test: kernel/signal.c kernel/sigframe.c kernel/timer.c kernel/exec.c kernel/execargs.c
 * host-test: kernel/initstack.c kernel/script.c kernel/elf.c kernel/segment.c
 * host-test: kernel/lib/printf.c kernel/mm/usercopy.c FS MM
 * host-test: tests/host/callsweep.c tests/host/sweep.c tests/host/space.c
 * host-test: tests/host/usermem.c tests/host/fakes.c tests/host/fakes_fs.c
 * host-test: tests/host/fakes_proc.c
 */
#include "callsweep.h"

#include "faulttrace.h"
#include "sys/abi_misc.h"
#include "sys/abi_proc.h"

#define OUT		A(callsweep_out)
#define OUT2		(OUT + PG_SIZE)
#define QUEUED		40			/* a real-time signal */

static const struct linux_timespec no_time, moment = { 0, 1000 };
static const struct linux_itimerval no_timer;
static const struct limit limit = { PROC_MAX_FILES, PROC_MAX_FILES };
static const uint64_t none, one = 1, signals = 1ul << (QUEUED - 1);
static const struct linux_sigaction ignore = { .handler = SIGNAL_IGNORE };
static const struct linux_stack alternate = { .ss_sp = REGION, .ss_size = 4 * PG_SIZE };
static struct linux_cap_header caps = { .version = CAPABILITY_V3 };
static struct linux_cap_data all_caps[2];
static const struct linux_siginfo value = { .si_code = SI_QUEUE };

static const struct call calls[] = {
	{ "clock_gettime", sys_clock_gettime, 1, OUT, 0, 0, 0, 0, 0 },
	{ "clock_getres", sys_clock_getres, 1, OUT, 0, 0, 0, 0, 0 },
	{ "gettimeofday", sys_gettimeofday, OUT, OUT2, 0, 0, 0, 0, 0 },
	{ "time", sys_time, OUT, 0, 0, 0, 0, 0, 0 },
	{ "times", sys_times, OUT, 0, 0, 0, 0, 0, 0 },
	{ "nanosleep", sys_nanosleep, A(&no_time), 0, 0, 0, 0, 0, 0 },
	{ "clock_nanosleep", sys_clock_nanosleep, 1, 1, A(&no_time), 0, 0, 0, 0 },
	{ "setitimer", sys_setitimer, 0, A(&no_timer), OUT, 0, 0, 0, KEEPS },
	{ "getitimer", sys_getitimer, 0, OUT, 0, 0, 0, 0, 0 },
	{ "getrusage", sys_getrusage, 0, OUT, 0, 0, 0, 0, 0 },
	{ "getrlimit", sys_getrlimit, RLIMIT_NOFILE, OUT, 0, 0, 0, 0, 0 },
	{ "setrlimit", sys_setrlimit, RLIMIT_NOFILE, A(&limit), 0, 0, 0, 0, 0 },
	{ "prlimit64", sys_prlimit64, 0, RLIMIT_NOFILE, A(&limit), OUT, 0, 0, 0 },
	{ "uname", sys_uname, OUT, 0, 0, 0, 0, 0, 0 },
	{ "sysinfo", sys_sysinfo, OUT, 0, 0, 0, 0, 0, 0 },
	{ "getrandom", sys_getrandom, OUT, 200, 0, 0, 0, 0, MAY_WORK },
	{ "sethostname", sys_sethostname, A("faultline"), 9, 0, 0, 0, 0, 0 },
	{ "setdomainname", sys_setdomainname, A("(none)"), 6, 0, 0, 0, 0, 0 },
	{ "futex", sys_futex, A(&one), FUTEX_WAIT, 1, 0, 0, 0, 0 },
	{ "sched_getaffinity", sys_sched_getaffinity, 0, 8, OUT, 0, 0, 0, 0 },
	{ "sched_setaffinity", sys_sched_setaffinity, 0, 8, A(&one), 0, 0, 0, 0 },
	{ "getcpu", sys_getcpu, OUT, OUT2, 0, 0, 0, 0, 0 },
	{ "sched_setparam", sys_sched_setparam, 0, A(&none), 0, 0, 0, 0, 0 },
	{ "sched_getparam", sys_sched_getparam, 0, OUT, 0, 0, 0, 0, 0 },
	{ "sched_rr_get_interval", sys_sched_rr_get_interval, 0, OUT, 0, 0, 0, 0, 0 },
	{ "getresuid", sys_getresid, OUT, OUT + 8, OUT + 16, 0, 0, 0, 0 },
	{ "capget", sys_capget, A(&caps), A(all_caps), 0, 0, 0, 0, 0 },
	{ "capset", sys_capset, A(&caps), A(all_caps), 0, 0, 0, 0, 0 },
	{ "PR_SET_NAME", sys_prctl, PR_SET_NAME, A("name"), 0, 0, 0, 0, KEEPS },
	{ "PR_GET_NAME", sys_prctl, PR_GET_NAME, OUT, 0, 0, 0, 0, 0 },
	{ "rt_sigaction", sys_rt_sigaction, SIGUSR1, A(&ignore), OUT, 8, 0, 0,
	    MAY_CHANGE | KEEPS },
	{ "rt_sigprocmask", sys_rt_sigprocmask, SIG_SETMASK, A(&one), OUT, 8, 0, 0,
	    MAY_CHANGE | KEEPS },
	{ "rt_sigpending", sys_rt_sigpending, OUT, 8, 0, 0, 0, 0, 0 },
	{ "sigaltstack", sys_sigaltstack, A(&alternate), OUT, 0, 0, 0, 0, MAY_CHANGE | KEEPS },
	{ "mincore", sys_mincore, REGION, 3 * PG_SIZE, OUT, 0, 0, 0, 0 },
	{ "wait4", sys_wait4, -1, OUT, 0, OUT2, 0, 0, 0 },
	{ "waitid", sys_waitid, 0, 0, OUT, WEXITED, OUT2, 0, 0 },
};

/* --- sleeping, which a signal ends at once, and signals --- */

static int64_t
sleep_interrupted(void)
{
	int64_t ret = syscall6(sys_nanosleep, &moment, OUT, 0, 0);

	return ret == ERR_INTR_SLEEP ? 0 : ret;
}

static int64_t
suspend(void)
{
	int64_t ret = syscall6(sys_rt_sigsuspend, &none, sizeof(none), 0, 0);

	return ret == ERR_INTR_ONCE ? 0 : ret;
}

static int64_t queue(void) { return syscall6(sys_rt_sigqueueinfo, 7, QUEUED, &value, 0); }

static int64_t
take(void)
{
	return syscall6(sys_rt_sigtimedwait, &signals, OUT, &moment, sizeof(signals));
}

static void
block(void)
{
	signal_set_mask(&host_proc, signals);
}

/* Two, because one is gone when it cannot be told; as on Linux. */
static void
block_and_queue(void)
{
	block();
	must_eq(queue(), ERR_OK);
	must_eq(queue(), ERR_OK);
}

static void
forget(int64_t ret unused_arg)
{
	signal_end(&host_proc);
}

/* --- the frame of a handler --- */

static char stack[4 * PG_SIZE];
static const struct trapframe registers = {
	.rip = 0x401000, .rsp = A(stack + sizeof(stack)), .rbx = 1, .rax = 2, .r15 = 3,
	.cs = SEL_UCODE, .ss = SEL_UDATA,
};
static struct trapframe tf, in_handler;

static int64_t
push_frame(void)
{
	const struct signal_info info = { .sig = SIGUSR1, .code = SI_USER, .pid = 9 };
	const struct signal_action action = {
		.handler = 0x402000, .flags = SA_RESTORER, .restorer = 0x403000,
	};
	err_t err;

	tf = registers;
	err = sigframe_push(&tf, &info, &action, 0);
	if (err == ERR_OK)
		must(tf.rip == 0x402000 && tf.rdi == SIGUSR1);
	else
		must(memcmp(&tf, &registers, sizeof(tf)) == 0);
	return err;
}

static void
in_a_handler(void)
{
	must_eq(push_frame(), ERR_OK);
	in_handler = tf;
	in_handler.rsp += sizeof(uint64_t);	/* it has returned to the restorer */
}

static int64_t
restore_frame(void)
{
	err_t err;

	tf = in_handler;
	err = sigframe_restore(&tf);
	if (err == ERR_OK)
		must(tf.rip == registers.rip && tf.rsp == registers.rsp && tf.r15 == 3);
	else
		must(memcmp(&tf, &in_handler, sizeof(tf)) == 0);
	return err;
}

/* --- programs: strings of several pages --- */

static char long_string[2 * PG_SIZE + 500];
static char *arguments[] = { "program", long_string, "", "last", NULL };
static char *environment[] = { long_string, "A=B", NULL };

static int64_t
exec(void)
{
	return syscall6(sys_execve, FILE_PATH, arguments, environment, 0);
}

static int64_t
exec_at(void)
{
	return callsweep_call(&(struct call){ "", sys_execveat, DIR_FD, A("f"), A(arguments),
	    A(environment), 0, 0, 0 });
}

static void
may_execute(void)
{
	memset(long_string, 'x', sizeof(long_string) - 1);
	must_eq(syscall6(sys_chmod, FILE_PATH, 0755, 0, 0), ERR_OK);
}

static void
expect_strings(struct args_cursor *c, char **v, size_t n)
{
	static char got[sizeof(long_string)];

	for (size_t i = 0; i < n; i++) {
		args_read(c, got, strlen(v[i]) + 1);
		must(strcmp(got, v[i]) == 0);
	}
}

/* What comes after all is gathered touches no user memory any more. */
err_t
proc_exec_clean(struct inode *ip)
{
	const struct exec_args *a = &host_proc.exec->args;
	struct args_cursor c = args_at(a, a->argv);

	must(ip == file_inode(fd_lookup(&host_proc, FILE_FD)));
	must(a->argc == array_len(arguments) - 1 && a->envc == array_len(environment) - 1);
	expect_strings(&c, arguments, a->argc);
	must_eq(c.at, a->env);
	expect_strings(&c, environment, a->envc);
	must_eq(c.at, a->path);
	return ERR_OK;
}

err_t
stack_setup(struct proc *p, char **argv, vaddr_t *ret_stackptr)
{
	return stack_setup_minimal(p, argv, ret_stackptr);
}

void
faulttrace_exec(struct proc *p unused_arg)
{
	abort();
}

static const struct scenario scenarios[] = {
	{ "nanosleep, interrupted", NULL, sleep_interrupted, NULL, 0 },
	{ "rt_sigsuspend", NULL, suspend, NULL, KEEPS },
	{ "rt_sigqueueinfo", block, queue, forget, 0 },
	{ "rt_sigtimedwait", block_and_queue, take, forget, MAY_CHANGE | KEEPS },
	{ "frame of a handler", NULL, push_frame, NULL, KEEPS },
	{ "rt_sigreturn", in_a_handler, restore_frame, NULL, KEEPS },
	{ "execve", may_execute, exec, NULL, 0 },
	{ "execveat", may_execute, exec_at, NULL, 0 },
};

START_TEST(test_procsweep)
{
	callsweep_begin();
	callsweep_calls(calls, array_len(calls));
	callsweep_all(scenarios, array_len(scenarios));
	must_eq(syscall6(sys_chmod, FILE_PATH, 0644, 0, 0), ERR_OK);
	callsweep_end(60);
}
END_TEST

HOST_MAIN("procsweep", test_procsweep)
