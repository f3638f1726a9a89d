/* SPDX-License-Identifier: MIT */
/*
 * Sets and queues of pending signals.
 * host-test: kernel/signal.c kernel/mm/pmem.c kernel/mm/kmalloc.c kernel/lock.c
 * host-test: tests/host/fakes.c
 */
#include "host.h"

#include "mm/pmem.h"
#include "proc.h"
#include "sys/abi_signal.h"

#define MIB	0x100000ul
#define RT	40		/* some real-time signal */

static struct proc p, child;
static unsigned interrupted, continued;

struct spinlock proc_lock = SPINLOCK_INIT("proc");

void
sched_interrupt(struct proc *q)
{
	ck_assert_ptr_eq(q, &p);
	interrupted++;
}

void
sched_continue(struct proc *q)
{
	ck_assert_ptr_eq(q, &p);
	p.state = PROC_RUNNABLE;
	continued++;
}

void
proc_continue_locked(struct proc *q)
{
	sched_continue(q);
}

static void
handle(int sig)
{
	p.sig.action[sig - 1].handler = 0x400000;
}

static void
setup(void)
{
	host_memory_init(4 * MIB);
	p.state = PROC_SLEEPING;
	for (int i = 0; i < PROC_LIMITS; i++)
		p.rlim[i].cur = 128;
	signal_init(&p);
	p.sig.unkillable = false;
	handle(SIGUSR1);
	handle(SIGUSR2);
	handle(RT);
	handle(RT + 1);
}

/* Send SIG as CODE does, with a value. */
static err_t
send_as(int code, int sig, uint64_t value)
{
	struct signal_info info = { .sig = sig, .code = code, .pid = 9, .value = value };
	err_t err;

	spin_lock(&proc_lock);
	err = signal_send_locked(&p, &info);
	spin_unlock(&proc_lock);
	return err;
}

static err_t
send(int sig, uint64_t value)
{
	return send_as(SI_QUEUE, sig, value);
}

/* What comes next of SET must be SIG with a value; 0: nothing. */
static void
expect_next(sigmask_t set, int sig, uint64_t value)
{
	struct signal_info info = { .sig = 0 };
	bool taken;

	spin_lock(&proc_lock);
	taken = signal_take_locked(&p, set, &info);
	spin_unlock(&proc_lock);
	ck_assert_int_eq(taken, sig != 0);
	ck_assert_int_eq(info.sig, sig);
	ck_assert_uint_eq(info.value, value);
}

START_TEST(test_standard_signals_are_pending_once)
{
	setup();
	ck_assert_int_eq(send(SIGUSR1, 1), ERR_OK);
	ck_assert_int_eq(send(SIGUSR1, 2), ERR_OK);
	ck_assert(signal_pending(&p));
	ck_assert_uint_eq(interrupted, 1);
	expect_next(~0ul, SIGUSR1, 1);
	expect_next(~0ul, 0, 0);
	ck_assert(!signal_pending(&p));
}
END_TEST

START_TEST(test_realtime_signals_are_all_kept)
{
	size_t free;

	setup();
	free = pmem_free_count();
	for (uint64_t i = 0; i < 100; i++) {
		ck_assert_int_eq(send(RT, i), ERR_OK);
		ck_assert_int_eq(send(RT + 1, 1000 + i), ERR_OK);
		if (p.sig.queued == 128)
			break;
	}
	ck_assert_int_eq(send(RT, 7), ERR_AGAIN);	/* RLIMIT_SIGPENDING */
	for (uint64_t i = 0; i < 64; i++)
		expect_next(~0ul, RT, i);
	for (uint64_t i = 0; i < 64; i++)
		expect_next(~0ul, RT + 1, 1000 + i);
	expect_next(~0ul, 0, 0);
	ck_assert_uint_eq(p.sig.queued, 0);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

/* Without memory a real-time signal with a value is not sent; that of kill has nothing to lose. */
START_TEST(test_no_memory)
{
	paddr_t frame;

	setup();
	while (pmem_alloc(&frame) == ERR_OK)
		continue;
	ck_assert_int_eq(send(RT, 5), ERR_AGAIN);
	ck_assert(!signal_pending(&p));
	ck_assert_int_eq(send(SIGUSR1, 6), ERR_OK);
	ck_assert_int_eq(send_as(SI_USER, RT, 5), ERR_OK);
	expect_next(~0ul, SIGUSR1, 6);
	expect_next(~0ul, RT, 0);
	expect_next(~0ul, 0, 0);
}
END_TEST

START_TEST(test_order)
{
	setup();
	for (int sig = 1; sig <= SIGNALS; sig++)
		handle(sig);
	send(RT, 0);
	send(SIGUSR1, 0);
	send(SIGHUP, 0);
	send(SIGSEGV, 0);
	send(SIGBUS, 0);
	p.sig.action[SIGKILL - 1].handler = SIGNAL_DEFAULT;
	send(SIGKILL, 0);
	expect_next(~0ul, SIGKILL, 0);
	expect_next(~0ul, SIGBUS, 0);		/* what the program did itself comes first */
	expect_next(~0ul, SIGSEGV, 0);
	expect_next(~0ul, SIGHUP, 0);
	expect_next(signal_bit(RT), RT, 0);
	expect_next(~0ul, SIGUSR1, 0);
	expect_next(~0ul, 0, 0);
}
END_TEST

START_TEST(test_ignored)
{
	setup();
	send(SIGCHLD, 0);		/* by default */
	send(SIGWINCH, 0);
	p.sig.action[SIGUSR1 - 1].handler = SIGNAL_IGNORE;
	send(SIGUSR1, 0);
	ck_assert_uint_eq(p.sig.pending, 0);
	ck_assert_uint_eq(interrupted, 0);
	p.sig.blocked = signal_bit(SIGUSR1);
	send(SIGUSR1, 0);		/* kept: there may be a handler when it is unblocked */
	ck_assert_uint_eq(p.sig.pending, signal_bit(SIGUSR1));
	ck_assert(!signal_pending(&p));
	ck_assert_uint_eq(interrupted, 0);
	p.state = PROC_ZOMBIE;
	send(SIGUSR2, 0);
	ck_assert_uint_eq(p.sig.pending, signal_bit(SIGUSR1));
}
END_TEST

START_TEST(test_process_one)
{
	setup();
	p.sig.unkillable = true;
	send(SIGTERM, 0);
	send(SIGKILL, 0);
	send(SIGSTOP, 0);
	ck_assert_uint_eq(p.sig.pending, 0);
	send(SIGUSR1, 0);
	ck_assert_uint_eq(p.sig.pending, signal_bit(SIGUSR1));
	signal_force_kill(&p);
	ck_assert(signal_kill_pending(&p));
	ck_assert(signal_pending(&p));
}
END_TEST

START_TEST(test_stop_and_continue)
{
	setup();
	send(SIGTSTP, 0);
	send(SIGSTOP, 0);
	send(SIGCONT, 0);		/* takes both back; itself it is ignored */
	ck_assert_uint_eq(p.sig.pending, 0);
	handle(SIGCONT);
	send(SIGCONT, 0);
	send(SIGTTIN, 0);		/* and the other way round */
	ck_assert_uint_eq(p.sig.pending, signal_bit(SIGTTIN));

	p.state = PROC_STOPPED;
	send(SIGTERM, 0);
	ck_assert_uint_eq(continued, 0);
	send(SIGCONT, 0);
	ck_assert_uint_eq(continued, 1);
	p.state = PROC_STOPPED;
	send(SIGKILL, 0);
	ck_assert_uint_eq(continued, 2);
}
END_TEST

START_TEST(test_mask)
{
	setup();
	signal_set_mask(&p, ~0ul);
	ck_assert_uint_eq(p.sig.blocked, ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP)));
	send(SIGUSR1, 3);
	ck_assert(!signal_pending(&p));
	signal_set_mask(&p, 0);
	ck_assert(signal_pending(&p));
	expect_next(~p.sig.blocked, SIGUSR1, 3);
}
END_TEST

START_TEST(test_fork_and_exec)
{
	size_t free;

	setup();
	free = pmem_free_count();
	p.sig.action[SIGUSR2 - 1].handler = SIGNAL_IGNORE;
	p.sig.action[SIGUSR1 - 1].mask = p.sig.blocked = signal_bit(SIGTERM);
	p.sig.stack_size = 8192;
	send(SIGUSR1, 0);
	send(RT, 1);
	signal_fork(&child, &p);
	ck_assert_uint_eq(child.sig.pending, 0);
	ck_assert_uint_eq(child.sig.blocked, signal_bit(SIGTERM));
	ck_assert_uint_eq(child.sig.action[SIGUSR1 - 1].handler, 0x400000);
	ck_assert_uint_eq(child.sig.stack_size, 8192);

	signal_exec(&p);
	ck_assert_uint_eq(p.sig.action[SIGUSR1 - 1].handler, SIGNAL_DEFAULT);
	ck_assert_uint_eq(p.sig.action[SIGUSR1 - 1].mask, 0);
	ck_assert_uint_eq(p.sig.action[SIGUSR2 - 1].handler, SIGNAL_IGNORE);
	ck_assert_uint_eq(p.sig.stack_size, 0);
	ck_assert_uint_eq(p.sig.pending, signal_bit(SIGUSR1) | signal_bit(RT));
	ck_assert_uint_eq(p.sig.blocked, signal_bit(SIGTERM));
	signal_end(&p);
	ck_assert_uint_eq(p.sig.pending, 0);
	ck_assert_uint_eq(pmem_free_count(), free);
}
END_TEST

HOST_MAIN("signal", test_standard_signals_are_pending_once, test_realtime_signals_are_all_kept,
    test_no_memory, test_order, test_ignored, test_process_one, test_stop_and_continue, test_mask,
    test_fork_and_exec)
