/* SPDX-License-Identifier: MIT */
/*
 * Replacing a process' program, and the memory a program finds at its start.
 *
 * The new address space is complete before anything of the old one is touched:
 * whatever fails, the old program goes on as it was.
 */
#include "elf.h"
#include "faulttrace.h"
#include "fs/fs.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "mm/map.h"
#include "mm/pmem.h"
#include "proc.h"
#include "script.h"
#include "sys/abi.h"
#include "sys/abi_proc.h"
#include "trap.h"
#include "x86/cpu.h"
#include "x86/x86.h"

#define SCRIPT_DEPTH	5	/* so many scripts may be interpreters of one another */
#define ARGS_LEAST	(128ul << 10)	/* bytes of arguments that are allowed with any limit */
#define ARGS_MOST	(6ul << 20)	/* and with none; else a quarter of RLIMIT_STACK */

err_t
stack_setup_minimal(struct proc *p, char **argv, vaddr_t *ret_stackptr)
{
	const vaddr_t top = USTACK_UPPERBOUND - PG_SIZE;
	paddr_t page;
	err_t err;

	if (as_map_memregion(p->as, top, PG_SIZE, MEMPERM_URW, NULL, 0, 0) == NULL ||
	    pmem_alloc(&page) != ERR_OK)
		return ERR_NOMEM;	/* exec_binary throws the whole space away */
	memset((void *)kmap_p2v(page), 0, PG_SIZE);
	err = stack_push_args(p, argv, page, ret_stackptr);
	if (err == ERR_OK)
		err = vpmap_map(&p->as->vpmap, top, page, 1, MEMPERM_URW);
	if (err != ERR_OK)
		pmem_free(page);
	return err;
}

/* Does a stack limit of LIMIT bytes mean the lab's stack?  That one is the student's to provide. */
static bool
is_lab_stack(uint64_t limit)
{
	return limit <= USTACK_PAGES * PG_SIZE;
}

/* Keep mappings out of what the stack may grow to, LIMIT bytes. */
static void
keep_stack_room(struct addrspace *as, uint64_t limit)
{
	uint64_t most = MMAP_TOP - STACK_ROOM;	/* room is left for mappings */

	as->stack_limit = limit;
	if (is_lab_stack(limit))
		return;
	limit = pg_round_up(min(limit, most)) + STACK_GAP;
	as->map_top = USTACK_UPPERBOUND - max(limit, (uint64_t)STACK_ROOM);
}

/* What stack_setup has made may grow to AS' limit, and hold code if EXECUTABLE. */
static void
let_stack_grow(struct addrspace *as, bool executable)
{
	struct memregion *stack = as_find_memregion(as, USTACK_UPPERBOUND - 1, 1);

	if (is_lab_stack(as->stack_limit) || stack == NULL) {
		as->heap->flags |= REGION_NORESERVE;	/* as far as that stack, if it likes */
		return;
	}
	stack->flags |= REGION_GROWSDOWN;
	if (executable) {
		stack->perm |= MEMPERM_X;
		vpmap_set_perm(&as->vpmap, USTACK_UPPERBOUND - PG_SIZE, 1, stack->perm);
	}
}

/*
 * Have the arguments that did not fit into the stack's top page below it.  The frames in A
 * become the space's.
 */
static err_t
map_arguments(struct addrspace *as, struct exec_args *a)
{
	struct memregion *stack = as_find_memregion(as, USTACK_UPPERBOUND - 1, 1);
	vaddr_t bottom = USTACK_UPPERBOUND - a->n_frames * PG_SIZE;
	err_t err = ERR_OK;

	if (a->n_frames <= 1)
		return ERR_OK;
	if (stack == NULL)
		return ERR_NOMEM;
	if (stack->start > bottom) {
		if (!as_is_empty(as, bottom - STACK_GAP, stack->start))
			return ERR_NOMEM;
		spin_lock(&as->as_lock);
		stack->start = bottom;
		spin_unlock(&as->as_lock);
	}
	vpmap_unmap(&as->vpmap, bottom, a->n_frames - 1, true);
	for (vaddr_t page = bottom; a->n_frames > 1 && err == ERR_OK; page += PG_SIZE) {
		err = vpmap_map(&as->vpmap, page, a->lowest, 1, stack->perm);
		if (err == ERR_OK)
			args_take_lowest(a);
	}
	return err;
}

/*
 * Build the program in IP into AS, with its stack.
 * => P's own space is in place again on return, whatever happened
 */
static err_t
build_image(struct proc *p, struct addrspace *as, struct inode *ip, vaddr_t *sp)
{
	struct addrspace *old = p->as;
	err_t err;

	keep_stack_room(as, p->rlim[RLIMIT_STACK].cur);
	as->size_limit = p->rlim[RLIMIT_AS].cur;
	err = elf_load(as, ip, p->exec);
	if (err != ERR_OK)
		return err;
	p->as = as;			/* stack_setup works on P's space; it is not loaded */
	err = stack_setup(p, p->exec->argv, sp);
	p->as = old;
	if (err != ERR_OK)
		return err;
	let_stack_grow(as, p->exec->exec_stack);
	return map_arguments(as, &p->exec->args);
}

/* From here on nothing fails: P becomes the program in AS, of the file IP. */
static void
commit_image(struct proc *p, struct addrspace *as, struct inode *ip, vaddr_t sp)
{
	struct addrspace *old = p->as;
	const char *slash = strrchr(p->exec->path, '/');

	strlcpy(p->name, slash != NULL ? slash + 1 : p->exec->path, sizeof(p->name));
	files_close_on_exec(p);
	memset(p->tf, 0, sizeof(*p->tf));
	p->tf->rip = p->exec->start;
	p->tf->rsp = sp;
	p->tf->cs = SEL_UCODE;
	p->tf->ss = SEL_UDATA;
	p->tf->rflags = RFLAGS_FIXED | RFLAGS_IF;
	fpu_init_area(p->fpu);
	fpu_restore(p->fpu);
	p->fs_base = 0;
	wrmsr(MSR_FS_BASE, 0);
	inode_put(p->program);
	p->program = inode_get(ip);
	faulttrace_exec(p);
	p->as = as;
	vpmap_load(&as->vpmap);
	as_destroy(old);
	kfree(old);
}

/* Make the copies of the arrays for stack_setup.  => ERR_2BIG: a lab's stack needs whole ones */
static err_t
view_strings(struct exec_info *info)
{
	const struct exec_args *a = &info->args;
	size_t argc, envc;

	info->argv = args_view(a, a->argv, a->env, &argc);
	info->envp = args_view(a, a->env, a->path, &envc);
	if (info->argv == NULL || info->envp == NULL)
		return ERR_NOMEM;
	return info->one_page && (argc < a->argc || envc < a->envc) ? ERR_2BIG : ERR_OK;
}

/* Replace P's program by the one in IP, which is no script. */
static err_t
exec_binary(struct proc *p, struct inode *ip)
{
	struct exec_info *info = p->exec;
	struct addrspace *as;
	vaddr_t sp;
	err_t err;

	if ((err = view_strings(info)) != ERR_OK)
		return err;
	as = kmalloc(sizeof(*as));
	if (as == NULL)
		return ERR_NOMEM;
	if ((err = as_init(as)) != ERR_OK)
		goto free_as;
	err = build_image(p, as, ip, &sp);
	if (err == ERR_OK) {
		commit_image(p, as, ip, sp);
		return ERR_OK;
	}
	as_destroy(as);
free_as:
	kfree(as);
	return err;
}

/*
 * NAME is a script, S its beginning: have its interpreter run it, whose file is *IP then.
 * The first argument gives way to the interpreter's name, its argument, and NAME.
 */
static err_t
use_interpreter(struct exec_args *a, const char *name, struct script *s, struct inode **ip)
{
	err_t err;

	if (!script_parse(s))
		return ERR_NOEXEC;
	if (a->argc > 0) {
		args_pop(a);
		a->argc--;
	}
	err = args_push(a, name);
	if (err == ERR_OK && s->argument != NULL)
		err = args_push(a, s->argument);
	if (err == ERR_OK)
		err = args_push(a, s->interpreter);
	if (err != ERR_OK)
		return err;
	a->argc += s->argument != NULL ? 3 : 2;
	a->argv = a->sp;
	inode_put(*ip);
	*ip = NULL;
	return exec_open(s->interpreter, ip);
}

/* While *IP is a script let it be its interpreter instead. */
static err_t
resolve_scripts(struct exec_info *info, struct inode **ip)
{
	const char *name = info->path;
	struct script script[2];	/* this one's name is in the other one's line */

	for (int depth = 0; depth <= SCRIPT_DEPTH; depth++) {
		struct script *s = &script[depth % 2];
		ssize_t n;
		err_t err;

		memset(s->line, 0, sizeof(s->line));
		n = inode_read(*ip, s->line, sizeof(s->line), 0);
		if (n < 0)
			return (err_t)n;
		if (!script_is_one(s))
			return ERR_OK;
		err = use_interpreter(&info->args, name, s, ip);
		if (err != ERR_OK)
			return err;
		name = s->interpreter;
	}
	return ERR_LOOP;
}

err_t
exec_file(struct inode *ip)
{
	struct proc *p = proc_current();
	err_t err;

	inode_get(ip);
	err = resolve_scripts(p->exec, &ip);
	if (err == ERR_OK)
		err = exec_binary(p, ip);
	inode_put(ip);
	return err;
}

err_t
exec_check(struct inode *ip)
{
	if (inode_may_exec(ip))
		return ERR_OK;
	inode_put(ip);
	return ERR_ACCESS;
}

err_t
exec_open(const char *path, struct inode **out)
{
	struct inode *ip;
	err_t err = inode_lookup(proc_current()->cwd, path, &ip);

	if (err == ERR_OK)
		err = exec_check(ip);
	if (err == ERR_OK)
		*out = ip;
	return err;
}

err_t
exec_push_path(struct exec_info *info, const char *prefix, const char *path)
{
	struct exec_args *a = &info->args;
	err_t err;

	if (strlen(prefix) + strlen(path) >= PATH_MAX)
		return ERR_NAMETOOLONG;		/* it must lie in one frame */
	err = args_push(a, path);
	if (err == ERR_OK)
		err = args_push_bytes(a, prefix, strlen(prefix), &a->path);
	if (err != ERR_OK)
		return err;
	a->env = a->argv = a->path;
	info->path = (const char *)kmap_p2v(a->top) + pg_ofs(a->path);
	return ERR_OK;
}

err_t
exec_begin(struct proc *p)
{
	uint64_t stack = p->rlim[RLIMIT_STACK].cur;
	size_t limit = max(min(stack / 4, (uint64_t)ARGS_MOST), (uint64_t)ARGS_LEAST);

	p->exec = kzalloc(sizeof(*p->exec));
	if (p->exec == NULL)
		return ERR_NOMEM;
	args_init(&p->exec->args, limit);
	p->exec->one_page = is_lab_stack(stack);
	return ERR_OK;
}

void
exec_end(struct proc *p)
{
	if (p->exec == NULL)
		return;
	args_free(&p->exec->args);
	kfree(p->exec->argv);
	kfree(p->exec->envp);
	kfree(p->exec);
	p->exec = NULL;
}

/* Push the N strings of V.  => where they begin in *AT */
static err_t
push_strings(struct exec_args *a, char **v, size_t n, vaddr_t *at)
{
	err_t err = ERR_OK;

	while (n > 0 && err == ERR_OK)
		err = args_push(a, v[--n]);
	*at = a->sp;
	return err;
}

err_t
proc_exec(const char *path, char **argv, char **envp)
{
	struct proc *p = proc_current();
	struct exec_args *a;
	struct inode *ip;
	err_t err = exec_begin(p);

	if (err != ERR_OK)
		return err;
	a = &p->exec->args;
	while (argv[a->argc] != NULL)
		a->argc++;
	while (envp[a->envc] != NULL)
		a->envc++;
	err = exec_push_path(p->exec, "", path);
	if (err == ERR_OK)
		err = push_strings(a, envp, a->envc, &a->env);
	if (err == ERR_OK)
		err = push_strings(a, argv, a->argc, &a->argv);
	if (err == ERR_OK && (err = exec_open(path, &ip)) == ERR_OK) {
		err = exec_file(ip);
		inode_put(ip);
	}
	exec_end(p);
	return err;
}
