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
#include "mm/pmem.h"
#include "proc.h"
#include "segment.h"
#include "sys/abi.h"
#include "sys/abi_proc.h"
#include "sys/abi_signal.h"
#include "trap.h"
#include "x86/cpu.h"
#include "x86/x86.h"

#define AT_RANDOM_BYTES	16
#define CLOCK_TICKS	100	/* AT_CLKTCK, as Linux */
#define PLATFORM	"x86_64"

/* What a signal takes of a stack at most, with the gap that a function may leave (sigframe.c). */
#define SIGNAL_STACK_MAX	(128 + 64 + 16 + sizeof(struct linux_sigframe) + \
	sizeof(struct linux_fpstate))

/*
 * A page being filled from its top down.  Nothing is written once SP would pass
 * the bottom: the page is then too small, and what was written does not matter.
 */
struct arg_page {
	char *kva;		/* the page, as the kernel sees it */
	vaddr_t base;		/* the same page, as the program will see it */
	size_t sp;		/* offset of the lowest byte used */
	bool full;
};

/* Push N bytes; their user address. */
static vaddr_t
push_bytes(struct arg_page *pg, const void *bytes, size_t n)
{
	if (pg->full || n > pg->sp) {
		pg->full = true;
		return 0;
	}
	pg->sp -= n;
	memcpy(pg->kva + pg->sp, bytes, n);
	return pg->base + pg->sp;
}

static void
push_word(struct arg_page *pg, uint64_t word)
{
	push_bytes(pg, &word, sizeof(word));
}

static void
push_aux(struct arg_page *pg, uint64_t type, uint64_t value)
{
	push_word(pg, value);
	push_word(pg, type);
}

static size_t
count_strings(char **v)
{
	size_t n = 0;

	while (v != NULL && v[n] != NULL)
		n++;
	return n;
}

/* Push the N strings of V, the last one first, so that they lie in order. */
static void
push_strings(struct arg_page *pg, char **v, size_t n)
{
	for (size_t i = n; i-- > 0;)
		push_bytes(pg, v[i], strlen(v[i]) + 1);
}

/* Push NULL and before it the addresses of the N strings of V, which lie from AT on. */
static void
push_pointers(struct arg_page *pg, char **v, size_t n, vaddr_t at)
{
	push_word(pg, 0);
	for (size_t i = 0; i < n; i++)
		at += strlen(v[i]) + 1;
	for (size_t i = n; i-- > 0;) {
		at -= strlen(v[i]) + 1;
		push_word(pg, at);
	}
}

/* Sixteen bytes for AT_RANDOM, from the time-stamp counter by splitmix64. */
static vaddr_t
push_random(struct arg_page *pg)
{
	uint64_t seed = rdtsc(), word[AT_RANDOM_BYTES / 8];

	for (size_t i = 0; i < array_len(word); i++) {
		seed += 0x9e3779b97f4a7c15ul;
		word[i] = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9ul;
		word[i] = (word[i] ^ word[i] >> 27) * 0x94d049bb133111ebul;
		word[i] ^= word[i] >> 31;
	}
	return push_bytes(pg, word, sizeof(word));
}

/* What the CPU can do, as CPUID leaf 1 has it in edx. */
static uint64_t
hardware_capabilities(void)
{
	uint32_t r[4];

	cpuid(1, 0, r);
	return r[3];
}

/* All of the auxiliary vector; PATH, RANDOM and PLATFORM are already there. */
static void
push_auxv(struct arg_page *pg, const struct exec_info *info, vaddr_t path, vaddr_t random,
    vaddr_t platform)
{
	push_aux(pg, AT_NULL, 0);
	push_aux(pg, AT_PLATFORM, platform);
	push_aux(pg, AT_EXECFN, path);
	push_aux(pg, AT_HWCAP2, 0);
	push_aux(pg, AT_RANDOM, random);
	push_aux(pg, AT_SECURE, 0);
	push_aux(pg, AT_EGID, 0);
	push_aux(pg, AT_GID, 0);
	push_aux(pg, AT_EUID, 0);
	push_aux(pg, AT_UID, 0);
	push_aux(pg, AT_ENTRY, info->entry);
	push_aux(pg, AT_FLAGS, 0);
	push_aux(pg, AT_BASE, info->base);
	push_aux(pg, AT_PHNUM, info->phnum);
	push_aux(pg, AT_PHENT, sizeof(struct elf_phdr));
	push_aux(pg, AT_PHDR, info->phdr);
	push_aux(pg, AT_CLKTCK, CLOCK_TICKS);
	push_aux(pg, AT_PAGESZ, PG_SIZE);
	push_aux(pg, AT_HWCAP, hardware_capabilities());
	push_aux(pg, AT_MINSIGSTKSZ, SIGNAL_STACK_MAX);
}

/*
 *   top    path, environment strings, argument strings, 16 random bytes, the platform's name
 *          (padding)
 *          auxv: pairs, the last of them AT_NULL
 *          envp: pointers, NULL
 *          argv: pointers, NULL
 *   rsp -> argc
 */
err_t
stack_push_args(struct proc *p, char **argv, paddr_t top, vaddr_t *ret_stackptr)
{
	const struct exec_info *info = p->exec;
	struct arg_page pg = { (char *)kmap_p2v(top), USTACK_UPPERBOUND - PG_SIZE, PG_SIZE, false };
	size_t argc = count_strings(argv);
	size_t envc = count_strings(info->envp);
	vaddr_t path, env_at, argv_at, random, platform;

	if (argc > PROC_MAX_ARG || envc > PROC_MAX_ARG)
		return ERR_2BIG;
	path = push_bytes(&pg, info->path, strlen(info->path) + 1);
	push_strings(&pg, info->envp, envc);
	env_at = pg.base + pg.sp;
	push_strings(&pg, argv, argc);
	argv_at = pg.base + pg.sp;
	p->as->arg_start = argv_at;
	p->as->arg_end = env_at;
	random = push_random(&pg);
	platform = push_bytes(&pg, PLATFORM, sizeof(PLATFORM));

	/* Aligned now, and after an even number of words: argc, the pointers, two NULLs. */
	pg.sp &= ~(size_t)15;
	if ((argc + envc + 3) % 2 != 0)
		push_word(&pg, 0);

	push_auxv(&pg, info, path, random, platform);
	push_pointers(&pg, info->envp, envc, env_at);
	push_pointers(&pg, argv, argc, argv_at);
	push_word(&pg, argc);
	if (pg.full)
		return ERR_2BIG;
	*ret_stackptr = pg.base + pg.sp;
	return ERR_OK;
}

err_t
stack_setup_minimal(struct proc *p, char **argv, vaddr_t *ret_stackptr)
{
	const vaddr_t top = USTACK_UPPERBOUND - PG_SIZE;
	paddr_t page;
	err_t err;

	if (as_map_memregion(p->as, top, PG_SIZE, MEMPERM_URW, NULL, 0, 0) == NULL ||
	    pmem_alloc(&page) != ERR_OK)
		return ERR_NOMEM;	/* proc_exec throws the whole space away */
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
 * Build the program in IP into AS, with its stack.
 * => P's own space is in place again on return, whatever happened
 */
static err_t
build_image(struct proc *p, struct addrspace *as, struct inode *ip, char **argv, vaddr_t *sp)
{
	struct addrspace *old = p->as;
	err_t err;

	keep_stack_room(as, p->rlim[RLIMIT_STACK].cur);
	err = elf_load(as, ip, p->exec);
	if (err != ERR_OK)
		return err;
	p->as = as;			/* stack_setup works on P's space; it is not loaded */
	err = stack_setup(p, argv, sp);
	p->as = old;
	if (err == ERR_OK)
		let_stack_grow(as, p->exec->exec_stack);
	return err;
}

/* From here on nothing fails: P becomes the program in AS. */
static void
commit_image(struct proc *p, struct addrspace *as, vaddr_t sp)
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
	faulttrace_exec(p);
	p->as = as;
	vpmap_load(&as->vpmap);
	as_destroy(old);
	kfree(old);
}

err_t
exec_open(const char *path, struct inode **out)
{
	struct inode *ip;
	err_t err = inode_lookup(proc_current()->cwd, path, &ip);

	if (err != ERR_OK)
		return err;
	if (!inode_may_exec(ip)) {
		inode_put(ip);
		return ERR_ACCESS;
	}
	*out = ip;
	return ERR_OK;
}

err_t
proc_exec(const char *path, char **argv, char **envp)
{
	struct proc *p = proc_current();
	struct exec_info info = { .envp = envp, .path = path };
	struct addrspace *as;
	struct inode *ip;
	vaddr_t sp;
	err_t err;

	if ((err = exec_open(path, &ip)) != ERR_OK)
		return err;
	err = ERR_NOMEM;
	as = kmalloc(sizeof(*as));
	if (as == NULL)
		goto put_inode;
	if ((err = as_init(as)) != ERR_OK)
		goto free_as;
	p->exec = &info;
	err = build_image(p, as, ip, argv, &sp);
	if (err == ERR_OK) {
		commit_image(p, as, sp);
		p->exec = NULL;
		inode_put(ip);
		return ERR_OK;
	}
	p->exec = NULL;
	as_destroy(as);
free_as:
	kfree(as);
put_inode:
	inode_put(ip);
	return err;
}
