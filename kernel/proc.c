/* SPDX-License-Identifier: MIT */
/*
 * How a process begins: its structures, the first process, and a program's first stack.
 * fork.c makes copies, exec.c other programs, exit.c ends them.
 *
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

struct spinlock proc_lock = SPINLOCK_INIT("proc");
struct list all_procs = LIST_INIT(all_procs);
struct proc *init_proc;
static pid_t last_pid;			/* proc_lock */

/* What the first process runs; constant once it has been started. */
static struct {
	const char *path;
	char **argv, **envp;
} boot_program;

/* An empty address space of its own for P. */
static err_t
create_space(struct proc *p)
{
	err_t err;

	p->as = kmalloc(sizeof(*p->as));
	if (p->as == NULL)
		return ERR_NOMEM;
	err = as_init(p->as);
	if (err != ERR_OK) {
		kfree(p->as);
		p->as = NULL;
	}
	return err;
}

err_t
proc_create(const char *name, void (*start)(void), struct addrspace *as, struct proc **out)
{
	extern char proc_begin[];
	struct proc *p = kmalloc(sizeof(*p));
	err_t err = ERR_OK;

	if (p == NULL)
		return ERR_NOMEM;
	memset(p, 0, offsetof(struct proc, sig.standard));	/* the rest is filled in later */
	p->as = as;
	if (as == NULL && (err = create_space(p)) != ERR_OK)
		goto free_proc;
	if ((err = kstack_alloc(&p->kstack)) != ERR_OK)
		goto free_space;

	list_init(&p->children);
	waitq_init(&p->child_exit);
	timer_init(&p->alarm, NULL);	/* setitimer says what it does */
	strlcpy(p->name, name, sizeof(p->name));
	fpu_init_area(p->fpu);		/* fxsave does not write all of it: no old bytes in there */
	p->tf = (struct trapframe *)(p->kstack + KSTACK_PAGES * PG_SIZE) - 1;
	memset(p->tf, 0, sizeof(*p->tf));
	/* What swtch will pop: r15 r14 r13 r12 rbp rbx, return address. */
	p->kernel_sp = (uint64_t *)p->tf - 7;
	memset(p->kernel_sp, 0, 5 * sizeof(uint64_t));
	p->kernel_sp[5] = (uint64_t)start;
	p->kernel_sp[6] = (uint64_t)proc_begin;
	*out = p;
	return ERR_OK;

free_space:
	if (as == NULL) {
		as_destroy(p->as);
		kfree(p->as);
	}
free_proc:
	kfree(p);
	return err;
}

void
proc_free(struct proc *p)
{
	procfs_forget(p);
	if (p->as != NULL && p->lender == NULL) {
		as_destroy(p->as);
		kfree(p->as);
	}
	kstack_free(p->kstack);
	kfree(p);
}

void
proc_start(struct proc *p, struct proc *parent)
{
	spin_lock(&proc_lock);
	p->pid = ++last_pid;
	p->parent = parent;
	if (parent != NULL)
		list_push_back(&parent->children, &p->sibling);
	p->pgid = parent != NULL ? parent->pgid : p->pid;
	p->sid = parent != NULL ? parent->sid : p->pid;
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
	if (proc_create("init", init_start, NULL, &init_proc) != ERR_OK ||
	    files_open_console(init_proc) != ERR_OK)
		panic("proc_spawn_init: no memory for the first process");
	limit_init(init_proc->rlim);
	signal_init(init_proc);
	proc_start(init_proc, NULL);
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
