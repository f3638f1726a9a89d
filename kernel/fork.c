/* SPDX-License-Identifier: MIT */
/*
 * Copies of a process: fork, and vfork, whose child borrows its parent's memory.
 *
 * An address space has one owner.  A vfork child runs on its parent's (proc.lender) while
 * the parent sleeps, until the child has another program or ends (proc.borrower is NULL
 * again).  A parent that is killed meanwhile leaves the space to the child.  So nobody
 * counts who uses a space.
 */
#include "fs/fs.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "trap.h"
#include "x86/cpu.h"
#include "x86/x86.h"

/* The first steps of a child that is to write its pid somewhere in its memory. */
static void
child_start(void)
{
	struct proc *p = proc_current();

	if (copy_to_user(p->set_tid, &p->pid, sizeof(p->pid)) != ERR_OK)
		p->set_tid = 0;		/* nobody is told, as on Linux */
}

/* What CHILD has from PARENT besides memory. */
static void
copy_state(struct proc *child, struct proc *parent, const struct clone_args *args)
{
	*child->tf = *parent->tf;
	child->tf->rax = 0;
	if (args->stack != 0)
		child->tf->rsp = args->stack;
	child->set_tid = args->set_tid;
	child->no_tty = parent->no_tty;
	fpu_save(child->fpu);
	child->fs_base = parent->fs_base;
	child->gs_base = parent->gs_base;
	child->faulttrace = parent->faulttrace;
	memcpy(child->rlim, parent->rlim, sizeof(child->rlim));
	child->nice = parent->nice;
	child->personality = parent->personality;
	child->undumpable = parent->undumpable;
	child->no_new_privs = parent->no_new_privs;
	child->thp_disable = parent->thp_disable;
	child->program = inode_get(parent->program);
	signal_fork(child, parent);
}

ssize_t
proc_clone(const struct clone_args *args)
{
	struct proc *parent = proc_current();
	struct proc *child;
	int sig = 0;
	pid_t pid;
	err_t err;

	err = proc_create(parent->name, args->set_tid != 0 ? child_start : NULL,
	    args->vfork ? parent->as : NULL, &child);
	if (err != ERR_OK)
		return err;
	if (args->vfork) {
		child->lender = parent;
		parent->borrower = child;
	} else {
		err = as_copy(child->as, parent->as);
	}
	if (err == ERR_OK)
		err = files_copy(child, parent);
	if (err != ERR_OK) {
		parent->borrower = NULL;
		proc_free(child);
		return err;
	}
	copy_state(child, parent, args);
	proc_start(child, parent);
	pid = child->pid;

	spin_lock(&proc_lock);
	while (parent->borrower != NULL && (sig = signal_fatal_pending(parent)) == 0)
		waitq_wait_blocked(&parent->child_exit, &proc_lock);
	spin_unlock(&proc_lock);
	if (parent->borrower != NULL)
		proc_exit_signal(sig);		/* no handler may run: its stack is in use */
	return pid;
}

/* P runs on its own memory now: its lender may go on. */
static void
return_space(struct proc *p)
{
	spin_lock(&proc_lock);
	p->lender->borrower = NULL;
	waitq_wake(&p->lender->child_exit);
	p->lender = NULL;
	spin_unlock(&proc_lock);
}

/*
 * P, a lender, has been killed: what it had to lend is its borrower's own now, or the
 * borrower has it from P's lender.  => false: P lends nothing
 */
static bool
hand_over_space(struct proc *p)
{
	struct proc *heir;

	spin_lock(&proc_lock);
	heir = p->borrower;
	if (heir != NULL) {
		p->borrower = NULL;
		heir->lender = p->lender;
		if (p->lender != NULL)
			p->lender->borrower = heir;
		p->lender = NULL;
	}
	spin_unlock(&proc_lock);
	return heir != NULL;
}

void
proc_leave_space(struct proc *p)
{
	struct addrspace *as = p->as;

	exec_end(p);			/* of which user memory may have been the end */
	inode_put(p->program);
	p->program = NULL;
	vpmap_load(&kernel_vpmap);
	p->as = NULL;
	if (hand_over_space(p))
		return;
	if (p->lender != NULL) {
		return_space(p);
		return;
	}
	as_destroy(as);
	kfree(as);
}

/*
 * exec_file destroys the space it runs on, and a borrowed one must not be.  So P moves to
 * an empty one first, and back when the exec fails.
 */
static err_t
exec_on_borrowed(struct proc *p, struct inode *ip)
{
	struct addrspace *borrowed = p->as, *empty = kmalloc(sizeof(*empty));
	err_t err;

	if (empty == NULL)
		return ERR_NOMEM;
	err = as_init(empty);
	if (err != ERR_OK)
		goto free_empty;
	p->as = empty;
	vpmap_load(&empty->vpmap);
	err = exec_file(ip);
	if (err == ERR_OK) {
		return_space(p);
		return ERR_OK;
	}
	p->as = borrowed;
	vpmap_load(&borrowed->vpmap);
	as_destroy(empty);
free_empty:
	kfree(empty);
	return err;
}

err_t
proc_exec_clean(struct inode *ip)
{
	struct proc *p = proc_current();
	err_t err;

	if (p->lender != NULL)
		err = exec_on_borrowed(p, ip);
	else
		err = exec_file(ip);
	if (err != ERR_OK)
		return err;
	signal_exec(p);
	p->undumpable = false;
	p->gs_base = 0;
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	p->has_execed = true;
	p->attention |= ATT_FRAME;
	return ERR_OK;
}
