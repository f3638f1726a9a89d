/* SPDX-License-Identifier: MIT */
/*
 * Processes: one thread each, a tree by parent, reaped by wait; in process groups, which
 * are in sessions.
 */
#ifndef FAULTLINE_PROC_H
#define FAULTLINE_PROC_H

#include "error.h"
#include "execargs.h"
#include "lib/list.h"
#include "lock.h"
#include "mm/vm.h"
#include "sched.h"
#include "signal.h"
#include "timer.h"
#include "types.h"
#include "x86/cpu.h"

#define PROC_NAME_LEN	32
#define PROC_MAX_ARG	256		/* of the first program: arguments, environment strings */
#define PROC_MAX_FILES	1024		/* descriptors are below this */
#define PROC_FIRST_FILES	8	/* so many have room in the process itself */
#define PROC_LIMITS	16		/* RLIM_COUNT */

struct file;
struct inode;
struct trapframe;

enum proc_state {
	PROC_RUNNABLE, PROC_RUNNING,
	PROC_SLEEPING,			/* until woken, or until a signal comes */
	PROC_BLOCKED,			/* until woken, or killed */
	PROC_STOPPED,			/* until SIGCONT or SIGKILL */
	PROC_ZOMBIE,
};

/* An exec that is going on: what the program is given, and what is found out about it. */
struct exec_info {
	const char *path;		/* as the caller gave it; in ARGS */
	struct exec_args args;
	char **argv, **envp;		/* copies, as far as args_view makes them */
	bool one_page;			/* a stack of the lab: ARGS must fit in its top page */
	vaddr_t start;			/* where it begins: entry, or its interpreter's */
	vaddr_t entry;			/* the program's e_entry */
	vaddr_t base;			/* where its interpreter lies; 0: it has none */
	vaddr_t phdr;			/* the program headers in user memory; 0: not loaded */
	uint16_t phnum;
	bool exec_stack;		/* PT_GNU_STACK asks for a stack that can be executed */
};

/* A limit, as struct linux_rlimit has it. */
struct limit {
	uint64_t cur;			/* what is kept */
	uint64_t max;			/* what CUR may be set to */
};

/* One descriptor. */
struct fd {
	struct file *file;		/* NULL: closed */
	bool cloexec;
};

/* What a process has used; what its children have that were waited for. */
struct usage {
	uint64_t tsc;			/* ticks of the time-stamp counter on the CPU */
	uint32_t faults;
	uint32_t sleeps;		/* how often it left the CPU by itself, */
	uint32_t yields;		/* and to let others run */
};

struct proc {
	uint32_t attention;		/* ATT_*: for user_return.  First: trapasm.S looks here */
	/* constant after creation */
	pid_t pid;
	vaddr_t kstack;			/* lowest usable byte of the kernel stack */
	/* proc_lock */
	struct proc *parent;		/* NULL: init */
	struct list children;		/* proc.sibling */
	struct list sibling;
	struct list all_node;		/* link in the list of all processes */
	struct waitq child_exit;	/* wait sleeps here, and the parent of a vfork */
	int status;			/* wait status once a zombie, as Linux lays it out */
	int event;			/* status of a stop or continuation to wait for, or 0 */
	pid_t pgid;			/* process group, for ^C */
	pid_t sid;			/* session, */
	bool no_tty;			/* whose terminal it has given up (TIOCNOTTY) */
	struct proc *borrower;		/* the child that runs on our address space (vfork) */
	struct proc *lender;		/* whose address space we run on; NULL: our own */
	struct usage children_usage;
	/* interrupts off (sched.c) */
	enum proc_state state;
	struct list run_node;		/* run queue, or a waitq */
	uint64_t *kernel_sp;		/* saved stack pointer while switched out */
	uint64_t since;			/* rdtsc when it was last given the CPU */
	struct usage usage;
	struct timer alarm;		/* SIGALRM; setitimer(2) */
	uint64_t alarm_interval;	/* 0: once */
	/* fs_lock */
	struct inode *proc_dir;		/* its directory in /proc; NULL: nobody has looked */
	/* the process itself */
	char name[PROC_NAME_LEN];
	struct addrspace *as;
	struct trapframe *tf;		/* its user registers, at the top of the kernel stack */
	struct fd *fds;			/* the table: first_fds, or owned */
	int n_fds;			/* its length */
	struct fd first_fds[PROC_FIRST_FILES];
	bool has_execed;		/* its parent may not change its group any more */
	struct inode *cwd;		/* owned reference */
	struct inode *root;		/* where its paths begin, owned; NULL: the tree's root */
	uint32_t umask;			/* permissions that new files do not get */
	vaddr_t fs_base;		/* the TLS pointer */
	vaddr_t gs_base;
	vaddr_t set_tid;		/* a new process writes its pid there; 0: nowhere */
	struct inode *program;		/* the file it runs; owned reference, NULL: none yet */
	struct exec_info *exec;		/* during exec only; owned */
	int faulttrace;			/* FAULTTRACE_: does the kernel print its page faults? */
	unsigned fault_count;		/* how many it has printed since exec */
	struct limit rlim[PROC_LIMITS];	/* RLIMIT_*: inherited, kept by exec */
	int nice;			/* getpriority(2); inherited, as the next four */
	uint32_t personality;		/* personality(2) */
	bool undumpable;		/* prctl(2): until exec */
	bool no_new_privs;
	bool thp_disable;
	int parent_end_signal;		/* PR_SET_PDEATHSIG; 0: none.  proc_lock */
	struct {			/* an interrupted sleep or poll: restart_syscall */
		sysret_t (*go_on)(struct proc *p);
		uint64_t deadline;
		vaddr_t addr;		/* user memory that the rest is about */
		unsigned count;
	} again;
	struct signals sig;		/* has its own rules: signal.h */
	uint8_t fpu[512] __attribute__((aligned(16)));	/* FXSAVE area while switched out; last */
};

_Static_assert(sizeof(struct proc) <= PG_SIZE, "a process has one frame, not two in a row");

/* The running process; NULL before the first one runs and in the idle loop. */
static inline struct proc *
proc_current(void)
{
	return cpu_current();
}

/* --- beginning (proc.c, fork.c) --- */

/*
 * Start the first process: the program PATH with the given arguments and
 * environment (NULL-terminated).  => panics or reports when it cannot
 */
void proc_spawn_init(const char *path, char **argv, char **envp);

/*
 * A process with a kernel stack on which it will call START (or nothing, when NULL) and
 * then return to user mode.  In no list yet; its actions for signals are for the caller
 * to fill in.
 * => AS is its address space; NULL: an empty one of its own
 * => ERR_NOMEM, ERR_AGAIN
 */
must_check err_t proc_create(const char *name, void (*start)(void), struct addrspace *as,
    struct proc **out);

/* Undo proc_create for a process that is in no list and never ran, or has ended. */
void proc_free(struct proc *p);

/* Give P a pid and a parent, and let it run. */
void proc_start(struct proc *p, struct proc *parent);

/* How the child of a fork differs from a copy of its parent. */
struct clone_args {
	bool vfork;			/* it runs on our memory; we wait until it execs or ends */
	vaddr_t stack;			/* its stack pointer; 0: ours */
	vaddr_t set_tid;		/* it writes its pid there; 0: nowhere */
};

/* A copy of the current process.  => its pid, or ERR_NOMEM, ERR_AGAIN; then nothing has changed */
must_check ssize_t proc_clone(const struct clone_args *args);

/*
 * --- exec (exec.c; fork.c, where borrowed memory matters) ---
 * What a program is given is gathered in P->exec: the path and the strings.  A process that
 * ends meanwhile, as one may that copies from user memory, gives it back by itself.
 */

/* Begin: P, the current process, has nothing gathered.  => ERR_NOMEM */
must_check err_t exec_begin(struct proc *p);

/* End, whatever came of it. */
void exec_end(struct proc *p);

/* Push PATH behind PREFIX, the first of all.  => INFO->path is both; ERR_NAMETOOLONG, ERR_NOMEM */
must_check err_t exec_push_path(struct exec_info *info, const char *prefix, const char *path);

/*
 * The file PATH, seen from the current directory, if it may be executed.
 * => on success *OUT holds a reference; as inode_lookup, ERR_ACCESS
 */
must_check err_t exec_open(const char *path, struct inode **out);

/* May IP be executed?  => ERR_ACCESS, and the reference is given up */
must_check err_t exec_check(struct inode *ip);

/*
 * Replace the current process' program by the one in IP, or by the one that is to run the
 * script in IP.
 * => on success returns ERR_OK and the trap frame starts the new program
 * => on an error the old program is as it was: ERR_NOEXEC, ERR_LIBBAD, ERR_2BIG, ERR_LOOP,
 *    ERR_IO, ERR_NOMEM, and as exec_open for the interpreter of a script or program
 */
must_check err_t exec_file(struct inode *ip);

/* All of this for the first program, with arrays of the kernel. */
must_check err_t proc_exec(const char *path, char **argv, char **envp);

/* As exec_file for any process, also on borrowed memory, with all that exec(2) changes. */
must_check err_t proc_exec_clean(struct inode *ip);

/* The current process' memory: destroy it, or give it back to the lender.  None is loaded then. */
void proc_leave_space(struct proc *p);

/* --- end, and waiting for it (exit.c) --- */

/*
 * End the current process with exit code STATUS (its low 8 bits).
 * => never returns; call with no spin lock held
 */
noreturn void proc_exit(int status);

/* The same, as killed by signal SIG. */
noreturn void proc_exit_signal(int sig);

/* What to wait for, and what came of it.  As waitid(2) has it. */
struct wait_request {
	int which;			/* P_ALL, P_PID, P_PGID */
	pid_t id;
	int options;			/* WEXITED, WSTOPPED, WCONTINUED, WNOHANG, WNOWAIT */
	/* out: */
	pid_t pid;			/* 0: nothing yet (WNOHANG) */
	int status;			/* as wait4 has it */
	struct usage usage;		/* of the child and its children */
};

/* Wait for a change of a child's state; one that has ended is reaped.  => ERR_CHILD, ERR_INTR */
must_check err_t proc_wait(struct wait_request *w);

/* P, the current process, is about to stop by signal SIG: its parent can wait for that. */
void proc_report_stop_locked(struct proc *p, int sig) REQUIRES(proc_lock);

/* Let P, which is stopped, go on. */
void proc_continue_locked(struct proc *p) REQUIRES(proc_lock);

/* --- process ids, groups, sessions (pgrp.c) --- */

/* Process PID, or NULL. */
struct proc *proc_find_locked(pid_t pid) REQUIRES(proc_lock);

/* Is there a process PID?  0 is the current one. */
bool proc_exists(pid_t pid);

/* Send process PID signal SIG (0: only ask), as kill(2) does.  => ERR_SRCH when there is none */
must_check err_t proc_kill(pid_t pid, int sig);

/* Send standard signal SIG to each process of group PGID, as a terminal does. */
void pgrp_signal_locked(pid_t pgid, int sig) REQUIRES(proc_lock);

/* One of the processes in group PGID, or NULL. */
struct proc *pgrp_member_locked(pid_t pgid) REQUIRES(proc_lock);

/* Send INFO's signal to all that PID means to kill(2).  => ERR_SRCH when there is none */
must_check err_t proc_signal(pid_t pid, const struct signal_info *info);

/*
 * As setpgid(2), for the caller (PID 0) and its children; getpgid(2), getsid(2), setsid(2).
 * => ERR_SRCH, ERR_PERM, ERR_ACCESS
 */
must_check err_t proc_set_group(pid_t pid, pid_t pgid);
must_check ssize_t proc_get_group(pid_t pid);
must_check ssize_t proc_get_session(pid_t pid);
must_check ssize_t proc_new_session(void);

/* Is there nobody in P's session, outside of its group, who could continue the group? */
bool pgrp_is_orphaned(const struct proc *p);
bool pgrp_is_orphaned_locked(const struct proc *p) REQUIRES(proc_lock);

/* P is about to end: wake what is stopped in the groups that it leaves orphaned. */
void pgrp_orphan_locked(const struct proc *p) REQUIRES(proc_lock);

/* Call FN for each process, with proc_lock held: FN must not sleep or copy to user memory. */
void proc_for_each(void (*fn)(struct proc *p, void *arg), void *arg);

/* All processes: proc.all_node. */
extern struct list all_procs;
extern struct proc *init_proc;		/* process 1; set once */

/* The limits that process 1 starts with (sys/usage.c). */
void limit_init(struct limit rlim[PROC_LIMITS]);

/* --- the first stack (the student's in proc.c; exec.c, initstack.c) --- */

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
 * ARGV is what stack_setup was given.
 * => *RET_STACKPTR is the user address of argc, 16-byte aligned
 * => ERR_2BIG when it does not fit in the page; the frame's bytes are then undefined.  (On a
 *    stack that may grow beyond USTACK_PAGES exec puts the rest below the page.)
 */
must_check err_t stack_push_args(struct proc *p, char **argv, paddr_t top, vaddr_t *ret_stackptr);

#endif
