/* SPDX-License-Identifier: MIT */
/*
 * The life of a process: made by fork (or as init), ended by exit, a fault or a
 * signal, a zombie until its parent waits.
 *
 * proc_lock guards the tree, the list of all processes and the wait statuses.
 * What a process alone may touch (its space, files, registers) has no lock.
 */
#include "proc.h"

#include "fs/fs.h"
#include "kstack.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "mm/pmem.h"
#include "panic.h"
#include "sys/abi.h"
#include "trap.h"
#include "x86/cpu.h"

static struct spinlock proc_lock = SPINLOCK_INIT("proc");
static struct list all_procs = LIST_INIT(all_procs);	/* proc_lock: proc.all_node */
static struct proc *init_proc;		/* set once */
static pid_t last_pid;			/* proc_lock */

/* What the first process runs; constant once it has been started. */
static struct {
	const char *path;
	char **argv, **envp;
} boot_program;

struct proc *
proc_current(void)
{
	return this_cpu()->current;
}

/*
 * A process with an empty address space and a kernel stack on which it will call
 * START (or nothing, when NULL) and then return to user mode.  In no list yet.
 */
static err_t
proc_create(const char *name, void (*start)(void), struct proc **out)
{
	extern char proc_begin[];
	struct proc *p = kzalloc(sizeof(*p));
	err_t err = ERR_NOMEM;

	if (p == NULL)
		return ERR_NOMEM;
	p->as = kmalloc(sizeof(*p->as));
	if (p->as == NULL)
		goto free_proc;
	if ((err = as_init(p->as)) != ERR_OK)
		goto free_as;
	if ((err = kstack_alloc(&p->kstack)) != ERR_OK)
		goto destroy_as;

	list_init(&p->children);
	waitq_init(&p->child_exit);
	strlcpy(p->name, name, sizeof(p->name));
	fpu_init_area(p->fpu);
	p->tf = (struct trapframe *)(p->kstack + KSTACK_PAGES * PG_SIZE) - 1;
	memset(p->tf, 0, sizeof(*p->tf));
	/* What swtch will pop: r15 r14 r13 r12 rbp rbx, return address. */
	p->kernel_sp = (uint64_t *)p->tf - 7;
	memset(p->kernel_sp, 0, 5 * sizeof(uint64_t));
	p->kernel_sp[5] = (uint64_t)start;
	p->kernel_sp[6] = (uint64_t)proc_begin;
	*out = p;
	return ERR_OK;

destroy_as:
	as_destroy(p->as);
free_as:
	kfree(p->as);
free_proc:
	kfree(p);
	return err;
}

/* Undo proc_create for a process that is in no list and never ran, or has ended. */
static void
proc_free(struct proc *p)
{
	if (p->as != NULL) {
		as_destroy(p->as);
		kfree(p->as);
	}
	kstack_free(p->kstack);
	kfree(p);
}

/* Give P a pid and a parent, and let it run. */
static void
proc_start(struct proc *p, struct proc *parent)
{
	spin_lock(&proc_lock);
	p->pid = ++last_pid;
	p->parent = parent;
	if (parent != NULL)
		list_push_back(&parent->children, &p->sibling);
	p->pgid = parent != NULL ? parent->pgid : p->pid;
	list_push_back(&all_procs, &p->all_node);
	spin_unlock(&proc_lock);
	sched_add(p);
}

/* The first process' first steps, on its own kernel stack. */
static void
init_start(void)
{
	err_t err = proc_exec(boot_program.path, boot_program.argv, boot_program.envp);

	if (err == ERR_OK)
		return;
	kprintf("init: cannot run %s: error %d\n", boot_program.path, err_to_errno(err));
	machine_exit(KEXIT_NOINIT);
}

void
proc_spawn_init(const char *path, char **argv, char **envp)
{
	boot_program.path = path;
	boot_program.argv = argv;
	boot_program.envp = envp;
	if (proc_create("init", init_start, &init_proc) != ERR_OK ||
	    files_open_console(init_proc) != ERR_OK)
		panic("proc_spawn_init: no memory for the first process");
	proc_start(init_proc, NULL);
}

ssize_t
proc_fork(void)
{
	struct proc *parent = proc_current();
	struct proc *child;
	err_t err;

	if ((err = proc_create(parent->name, NULL, &child)) != ERR_OK)
		return err;
	if ((err = as_copy(child->as, parent->as)) != ERR_OK) {
		proc_free(child);
		return err;
	}
	*child->tf = *parent->tf;
	child->tf->rax = 0;
	fpu_save(child->fpu);
	child->fs_base = parent->fs_base;
	files_copy(child, parent);
	proc_start(child, parent);
	return child->pid;
}

/* Give PARENT's children to init, which will wait for them. */
static void
reparent_locked(struct proc *parent) REQUIRES(proc_lock)
{
	list_for_each_safe(node, &parent->children) {
		struct proc *child = list_entry(node, struct proc, sibling);

		list_remove(node);
		child->parent = init_proc;
		list_push_back(&init_proc->children, node);
	}
	waitq_wake(&init_proc->child_exit);
}

/* End the current process with wait status STATUS. */
static noreturn void
proc_end(int status)
{
	struct proc *p = proc_current();
	struct addrspace *as = p->as;

	if (p == init_proc) {
		kprintf("init: ended with wait status 0x%04x: nothing is left to run\n", status);
		machine_exit(KEXIT_NOINIT);
	}
	files_close_all(p);
	vpmap_load(&kernel_vpmap);
	p->as = NULL;
	as_destroy(as);
	kfree(as);

	spin_lock(&proc_lock);
	reparent_locked(p);
	p->status = status;
	p->state = PROC_ZOMBIE;
	waitq_wake(&p->parent->child_exit);
	spin_unlock(&proc_lock);
	sched_exit();
}

noreturn void
proc_exit(int status)
{
	proc_end((status & 0xff) << 8);
}

noreturn void
proc_exit_signal(int sig)
{
	proc_end(sig & 0x7f);
}

/* Does wait(PID) mean CHILD?  As waitpid(2) has it. */
static bool
wait_matches(pid_t pid, const struct proc *child, const struct proc *parent)
{
	if (pid == -1)
		return true;
	if (pid > 0)
		return child->pid == pid;
	return child->pgid == (pid == 0 ? parent->pgid : -pid);
}

/* Find a child that PID means: a zombie if there is one.  NULL when there is no such child. */
static struct proc *
find_child_locked(pid_t pid, struct proc *parent) REQUIRES(proc_lock)
{
	struct proc *found = NULL;

	list_for_each(node, &parent->children) {
		struct proc *child = list_entry(node, struct proc, sibling);

		if (!wait_matches(pid, child, parent))
			continue;
		found = child;
		if (child->state == PROC_ZOMBIE)
			break;
	}
	return found;
}

ssize_t
proc_wait(pid_t pid, bool nohang, int *status)
{
	struct proc *self = proc_current();
	struct proc *child;
	err_t err = ERR_OK;

	spin_lock(&proc_lock);
	for (;;) {
		child = find_child_locked(pid, self);
		if (child == NULL || child->state == PROC_ZOMBIE || nohang)
			break;
		if ((err = waitq_wait(&self->child_exit, &proc_lock)) != ERR_OK)
			break;
	}
	if (child == NULL || child->state != PROC_ZOMBIE) {
		spin_unlock(&proc_lock);
		return child == NULL ? ERR_CHILD : err;
	}
	list_remove(&child->sibling);
	list_remove(&child->all_node);
	spin_unlock(&proc_lock);

	pid = child->pid;
	*status = child->status;
	proc_free(child);
	return pid;
}

/* Let SIG take effect on P.  Every signal kills but SIGCHLD; init is spared, as on Linux. */
static void
signal_locked(struct proc *p, int sig) REQUIRES(proc_lock)
{
	if (sig == 0 || sig == SIGCHLD || p == init_proc || p->state == PROC_ZOMBIE)
		return;
	if (p->pending == 0)
		p->pending = sig;
	sched_interrupt(p);
}

/* Signal every process whose pid (or, with GROUP, process group) is ID. */
static err_t
signal_all(bool group, pid_t id, int sig)
{
	err_t err = ERR_SRCH;

	spin_lock(&proc_lock);
	list_for_each(node, &all_procs) {
		struct proc *p = list_entry(node, struct proc, all_node);

		if ((group ? p->pgid : p->pid) == id) {
			signal_locked(p, sig);
			err = ERR_OK;
		}
	}
	spin_unlock(&proc_lock);
	return err;
}

err_t
proc_kill(pid_t pid, int sig)
{
	return signal_all(false, pid, sig);
}

err_t
proc_kill_group(pid_t pgid, int sig)
{
	return signal_all(true, pgid, sig);
}

err_t
proc_set_group(pid_t pid, pid_t pgid)
{
	struct proc *self = proc_current();
	struct proc *p;

	spin_lock(&proc_lock);
	p = pid == 0 || pid == self->pid ? self : find_child_locked(pid, self);
	if (p != NULL)
		p->pgid = pgid == 0 ? p->pid : pgid;
	spin_unlock(&proc_lock);
	return p != NULL ? ERR_OK : ERR_SRCH;
}

ssize_t
proc_get_group(pid_t pid)
{
	ssize_t pgid = pid == 0 ? proc_current()->pgid : ERR_SRCH;

	spin_lock(&proc_lock);
	list_for_each(node, &all_procs) {
		const struct proc *p = list_entry(node, struct proc, all_node);

		if (p->pid == pid)
			pgid = p->pgid;
	}
	spin_unlock(&proc_lock);
	return pgid;
}

void
proc_for_each(void (*fn)(struct proc *p, void *arg), void *arg)
{
	spin_lock(&proc_lock);
	list_for_each(node, &all_procs)
		fn(list_entry(node, struct proc, all_node), arg);
	spin_unlock(&proc_lock);
}

void
proc_check_signal(void)
{
	struct proc *p = proc_current();

	if (p != NULL && p->pending != 0)
		proc_exit_signal(p->pending);
}

err_t
stack_setup(struct proc *p, char **argv, vaddr_t *ret_stackptr)
{
#ifdef SOLUTION
	struct memregion *region;
	paddr_t page;
	err_t err = ERR_NOMEM;

	region = as_map_memregion(p->as, USTACK_LOWERBOUND, USTACK_PAGES * PG_SIZE, MEMPERM_URW,
	    NULL, 0, 0);
	if (region == NULL)
		return ERR_NOMEM;
	if (pmem_alloc(&page) != ERR_OK)
		goto unmap;
	/* P's tables are not loaded: reach the page through the kernel's map. */
	memset((void *)kmap_p2v(page), 0, PG_SIZE);
	if ((err = stack_push_args(p, argv, page, ret_stackptr)) != ERR_OK)
		goto free_page;
	err = vpmap_map(&p->as->vpmap, USTACK_UPPERBOUND - PG_SIZE, page, 1, MEMPERM_URW);
	if (err == ERR_OK)
		return ERR_OK;
free_page:
	pmem_free(page);
unmap:
	as_unmap_memregion(region);
	return err;
#else
	/*
	 * LAB demand-paging, part 2: your code here.
	 *
	 * Make the stack's region, USTACK_PAGES long, and allocate, zero and map its
	 * top page only; the page-fault handler brings the rest.  The contract is in
	 * proc.h.  stack_setup_minimal (exec.c) makes a stack of one page, so that
	 * simple programs run until then.
	 */
	return stack_setup_minimal(p, argv, ret_stackptr);
	/* LAB: end of your code. */
#endif
}
