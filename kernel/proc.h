/* SPDX-License-Identifier: MIT */
/*
 * Processes: one thread each, a tree by parent, reaped by wait.
 */
#ifndef FAULTLINE_PROC_H
#define FAULTLINE_PROC_H

#include "error.h"
#include "lib/list.h"
#include "lock.h"
#include "mm/vm.h"
#include "sched.h"
#include "types.h"

#define PROC_NAME_LEN	32
#define PROC_MAX_ARG	256		/* arguments to a program, and environment strings */
#define PROC_MAX_FILES	32

struct file;
struct inode;
struct trapframe;

enum proc_state { PROC_RUNNABLE, PROC_RUNNING, PROC_SLEEPING, PROC_ZOMBIE };

/* What exec found out about a program, for the auxiliary vector. */
struct exec_info {
	vaddr_t entry;			/* e_entry */
	vaddr_t phdr;			/* the program headers in user memory; 0: not loaded */
	uint16_t phnum;
	char **envp;			/* kernel copy, NULL-terminated */
	const char *path;		/* kernel copy */
};

struct proc {
	/* constant after creation */
	pid_t pid;
	vaddr_t kstack;			/* lowest usable byte of the kernel stack */
	/* proc_lock */
	struct proc *parent;		/* NULL: init */
	struct list children;		/* proc.sibling */
	struct list sibling;
	struct list all_node;		/* link in the list of all processes */
	struct waitq child_exit;	/* wait sleeps here */
	int status;			/* wait status once a zombie, as Linux lays it out */
	/* interrupts off (sched.c) */
	enum proc_state state;
	struct list run_node;		/* run queue, or a waitq */
	uint64_t *kernel_sp;		/* saved stack pointer while switched out */
	int pending;			/* a signal that will kill it, or 0 */
	/* the process itself */
	char name[PROC_NAME_LEN];
	struct addrspace *as;
	struct trapframe *tf;		/* its user registers, at the top of the kernel stack */
	struct file *files[PROC_MAX_FILES];	/* NULL: closed */
	uint32_t cloexec;		/* bit N: close files[N] on exec */
	struct inode *cwd;		/* owned reference */
	pid_t pgid;			/* process group, for ^C */
	vaddr_t fs_base;		/* the TLS pointer */
	struct exec_info *exec;		/* during exec only */
	uint8_t fpu[512] __attribute__((aligned(16)));	/* FXSAVE area while switched out */
};

/* The running process; NULL before the first one runs and in the idle loop. */
struct proc *proc_current(void);

/*
 * Start the first process: the program PATH with the given arguments and
 * environment (NULL-terminated).  => panics or reports when it cannot
 */
void proc_spawn_init(const char *path, char **argv, char **envp);

/* A copy of the current process.  => its pid, or ERR_NOMEM, ERR_AGAIN; then nothing has changed */
must_check ssize_t proc_fork(void);

/*
 * Replace the current process' program.  The arrays are the kernel's copies.
 * => on success returns ERR_OK and the trap frame starts the new program
 * => on an error the old program is as it was
 */
must_check err_t proc_exec(const char *path, char **argv, char **envp);

/*
 * End the current process with exit code STATUS (its low 8 bits).
 * => never returns; call with no spin lock held
 */
noreturn void proc_exit(int status);

/* The same, as killed by signal SIG. */
noreturn void proc_exit_signal(int sig);

/*
 * Wait for a child (PID > 0: this one; -1: any) to end, and reap it.
 * => its pid; 0 when NOHANG and none has ended; ERR_CHILD when there is none; ERR_INTR
 * => *STATUS is its wait status
 */
must_check ssize_t proc_wait(pid_t pid, bool nohang, int *status);

/* Have process PID killed by signal SIG (0: only ask).  => ERR_SRCH when there is none */
must_check err_t proc_kill(pid_t pid, int sig);

/* The same for each process of group PGID.  => ERR_SRCH when there is none */
must_check err_t proc_kill_group(pid_t pgid, int sig);

/*
 * As setpgid(2), for the caller (PID 0) and its children, and getpgid(2).
 * => ERR_SRCH when there is no such process
 */
must_check err_t proc_set_group(pid_t pid, pid_t pgid);
must_check ssize_t proc_get_group(pid_t pid);

/* Call FN for each process, with proc_lock held: FN must not sleep or copy to user memory. */
void proc_for_each(void (*fn)(struct proc *p, void *arg), void *arg);

/* On the way back to user mode: die if a signal is pending. */
void proc_check_signal(void);

/*
 * Set up P's user stack and put ARGV on it.
 * => the region [USTACK_LOWERBOUND, USTACK_UPPERBOUND) exists; only its top page
 *    is present, zeroed but for what stack_push_args wrote
 * => *RET_STACKPTR is the stack pointer at the first instruction
 * => ERR_NOMEM, ERR_2BIG; then P's space is as it was, no frame is lost
 * => P's tables are not loaded: write through kmap_p2v
 */
must_check err_t stack_setup(struct proc *p, char **argv, vaddr_t *ret_stackptr);

/*
 * Given: the same with a stack of one page only, so that simple programs run
 * before stack_setup is written.
 */
must_check err_t stack_setup_minimal(struct proc *p, char **argv, vaddr_t *ret_stackptr);

/*
 * Lay argc, argv, envp and auxv out in the frame TOP, which is or will be mapped as
 * the last page below USTACK_UPPERBOUND (System V ABI AMD64, 3.4.1).  Given to students.
 * => *RET_STACKPTR is the user address of argc, 16-byte aligned
 * => ERR_2BIG when it does not fit in the page; the frame's bytes are then undefined
 */
must_check err_t stack_push_args(struct proc *p, char **argv, paddr_t top, vaddr_t *ret_stackptr);

#endif
