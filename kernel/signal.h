/* SPDX-License-Identifier: MIT */
/*
 * Signals: what a process has pending, and what it wants done about them.
 *
 *   kill, a tty, a timer          a fault
 *          |                         |
 *   signal_send_locked          signal_fault          signal.c, sigdeliver.c
 *          |                         |
 *   pending and queued               |
 *          |                         |
 *   signal_deliver, before user mode |                sigdeliver.c
 *          |                         |
 *   default action, or   sigframe_push: the handler   sigframe.c
 *                                    |
 *                  rt_sigreturn, signal_deliver, sigframe_restore
 *
 * A process is one thread, so there is one set of pending signals.  A standard signal
 * is pending once, with the information of the first that was sent; real-time signals
 * are all kept, in order.
 */
#ifndef FAULTLINE_SIGNAL_H
#define FAULTLINE_SIGNAL_H

#include "error.h"
#include "lib/list.h"
#include "lock.h"
#include "types.h"

struct linux_siginfo;
struct linux_stack;
struct proc;
struct trapframe;

typedef uint64_t sigmask_t;		/* bit N - 1 is signal N */

#define SIGNALS		64		/* they are 1 to 64 */
#define SIGNALS_STANDARD	31	/* of them; the rest is real-time */

static inline sigmask_t signal_bit(int sig) { return 1ul << (sig - 1); }

/* Why a process must look around before it goes back to user mode (proc.attention). */
enum {
	ATT_SIGNAL = 1,		/* a signal is pending that is not blocked */
	ATT_SIGRETURN = 2,	/* rt_sigreturn was called */
	ATT_RESTART = 4,	/* the system call was interrupted: signals.restart says how */
	ATT_MASK = 8,		/* signal_swap_mask: saved_mask is to be in force again */
	ATT_FRAME = 16,		/* exec has put another program into the trap frame */
};

/* One pending signal: signal number and what siginfo_t says about it. */
struct signal_info {
	uint8_t sig;
	int16_t code;			/* SI_*, SEGV_*, ...: sys/abi_signal.h */
	pid_t pid;			/* sender, or child */
	uint64_t value;			/* address of a fault, status of a child, or sigqueue's */
};

struct signal_action {			/* as struct linux_sigaction */
	uint64_t handler;		/* or SIGNAL_DEFAULT, SIGNAL_IGNORE */
	uint64_t flags;
	uint64_t restorer;
	sigmask_t mask;			/* blocked while the handler runs */
};

struct signals {
	/* proc_lock */
	sigmask_t pending;
	sigmask_t blocked;		/* never SIGKILL, SIGSTOP */
	sigmask_t awaited;		/* blocked before rt_sigtimedwait(2): kept if ignored */
	bool unkillable;		/* process 1: what it has no handler for is dropped */
	struct list realtime;		/* struct queued_signal, in order */
	unsigned queued;		/* how many that are: at most RLIMIT_SIGPENDING */
	/* the process itself */
	sigmask_t saved_mask;		/* with ATT_MASK */
	err_t restart;			/* with ATT_RESTART: ERR_INTR or another of its kind */
	uint32_t restart_nr;		/* and the number of the call */
	vaddr_t stack_base;		/* sigaltstack: size 0 when there is none */
	uint64_t stack_size;
	uint32_t stack_flags;		/* as they were given */
	struct {
		uint64_t trapno, err, cr2;
	} fault;			/* the last one that became a signal: sigcontext shows it */
	/* proc_lock, again.  Large, and so last: a new process need not have them cleared. */
	struct signal_info standard[SIGNALS_STANDARD];	/* of signals that are pending */
	struct signal_action action[SIGNALS];
};

/* Guards these, and what proc.h says: the tree, groups, wait statuses. */
extern struct spinlock proc_lock;

/* --- sending (signal.c) --- */

/*
 * Make INFO's signal pending for P, unless P ignores it; wake P if it is to act on it.
 * SIGCONT lets a stopped process go on whatever P thinks of it.
 * => ERR_AGAIN when a real-time signal cannot be queued; but that of kill(2) is pending then
 */
err_t signal_send_locked(struct proc *p, const struct signal_info *info) REQUIRES(proc_lock);

/* Have P die of SIGKILL on its way to user mode, even if it is process 1. */
void signal_force_kill(struct proc *p);

/* A signal that will kill P, and ends a wait that others do not (PROC_BLOCKED); or 0. */
int signal_fatal_pending(const struct proc *p);

/* Has SIGKILL been sent to P? */
bool signal_kill_pending(const struct proc *p);

/* Take the first pending signal of FROM.  => false when there is none */
bool signal_take_locked(struct proc *p, sigmask_t from, struct signal_info *info)
    REQUIRES(proc_lock);

/* Block MASK, less what cannot be blocked.  => for the current process */
void signal_set_mask(struct proc *p, sigmask_t mask);

/*
 * Block MASK during a system call of P, the current process, and what was blocked before
 * from the end of the handler of the signal that interrupts it; or at once, by the second.
 */
void signal_swap_mask(struct proc *p, sigmask_t mask);
void signal_unswap_mask(struct proc *p);

/* Is there a signal that P must act on, so that sleeping makes no sense? */
bool signal_pending(const struct proc *p);

/* Bring ATT_SIGNAL up to date after a change of the sets. */
void signal_update_locked(struct proc *p) REQUIRES(proc_lock);

/* What is P's action for SIG when it is pending? */
bool signal_ignored(const struct proc *p, int sig);
bool signal_stops(int sig);		/* by default */
bool signal_ignored_by_default(int sig);

/* Process 1: nothing is pending, all actions are the default ones. */
void signal_init(struct proc *p);

/* P is about to end: forget what is pending. */
void signal_end(struct proc *p);

/* fork and exec, as signal(7) has them: CHILD is new; exec keeps what is ignored. */
void signal_fork(struct proc *child, const struct proc *parent);
void signal_exec(struct proc *p);

/* --- delivery (sigdeliver.c) --- */

/*
 * Act on all that proc.attention says: default actions, frames for handlers, restarts.
 * => returns when the current process, whose frame is TF, may go to user mode; or never
 */
void signal_deliver(struct trapframe *tf);

/*
 * A fault of the current process: let its handler for INFO's signal run.
 * => false when there is none, or it is blocked: the process is to be killed by the signal;
 *    also when it is SIGSEGV, and the frame cannot be written
 * => the frame of another signal cannot be written: SIGSEGV instead, as fault_no_frame has it
 */
must_check bool signal_fault(struct trapframe *tf, const struct signal_info *info);

/* System call NR was interrupted by a signal: ERR is one of the three kinds (error.h). */
void signal_interrupted(uint32_t nr, err_t err);

/* --- frames (sigframe.c) --- */

/*
 * Put a frame for INFO's signal on the current process' stack and let TF enter ACTION's
 * handler; MASK is what rt_sigreturn will block.
 * => ERR_FAULT; TF is then as it was
 */
must_check err_t sigframe_push(struct trapframe *tf, const struct signal_info *info,
    const struct signal_action *action, sigmask_t mask);

/* rt_sigreturn: the frame above TF's stack pointer becomes TF.  => ERR_FAULT: it is no good */
must_check err_t sigframe_restore(struct trapframe *tf);

/* INFO as programs see it. */
void sigframe_siginfo(struct linux_siginfo *si, const struct signal_info *info);

/* Does SP lie on P's alternate stack? */
bool sigframe_on_altstack(const struct proc *p, vaddr_t sp);

/* sigaltstack(2), asked for with stack pointer SP.  => ERR_PERM, ERR_INVAL, ERR_NOMEM */
err_t altstack_set(struct proc *p, const struct linux_stack *st, vaddr_t sp);

#endif
