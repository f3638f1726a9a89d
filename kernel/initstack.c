/* SPDX-License-Identifier: MIT */
/*
 * The words below the strings on a program's first stack, System V ABI AMD64, 3.4.1:
 *
 *   top    the strings (execargs.h), 16 random bytes, the platform's name
 *          (padding)
 *          auxv: pairs, the last of them AT_NULL
 *          envp: pointers, NULL
 *          argv: pointers, NULL
 *   rsp -> argc
 */
#include "lib/string.h"
#include "mm/pmem.h"
#include "proc.h"
#include "random.h"
#include "segment.h"
#include "sys/abi.h"
#include "sys/abi_signal.h"
#include "x86/x86.h"

#define AT_RANDOM_BYTES	16
#define CLOCK_TICKS	100	/* AT_CLKTCK, as Linux */
#define PLATFORM	"x86_64"

/* What a signal takes of a stack at most, with the gap that a function may leave (sigframe.c). */
#define SIGNAL_STACK_MAX	(128 + 64 + 16 + sizeof(struct linux_sigframe) + \
	sizeof(struct linux_fpstate))

struct auxv {
	uint64_t type, value;
};

/* What the CPU can do, as CPUID leaf 1 has it in edx. */
static uint64_t
hardware_capabilities(void)
{
	uint32_t r[4];

	cpuid(1, 0, r);
	return r[3];
}

/* Write NULL-terminated pointers to the COUNT strings from AT on. */
static void
write_pointers(struct args_cursor *to, const struct exec_args *a, vaddr_t at, size_t count)
{
	struct args_cursor string = args_at(a, at);
	const uint64_t null = 0;

	for (; count > 0; count--) {
		args_write(to, &string.at, sizeof(string.at));
		args_skip_string(&string);
	}
	args_write(to, &null, sizeof(null));
}

/* Push all words; RANDOM and PLATFORM are there already. */
static err_t
push_words(const struct exec_info *info, struct exec_args *a, vaddr_t random, vaddr_t platform)
{
	const struct auxv auxv[] = {
		{ AT_MINSIGSTKSZ, SIGNAL_STACK_MAX },
		{ AT_HWCAP, hardware_capabilities() },
		{ AT_PAGESZ, PG_SIZE },
		{ AT_CLKTCK, CLOCK_TICKS },
		{ AT_PHDR, info->phdr },
		{ AT_PHENT, sizeof(struct elf_phdr) },
		{ AT_PHNUM, info->phnum },
		{ AT_BASE, info->base },
		{ AT_FLAGS, 0 },
		{ AT_ENTRY, info->entry },
		{ AT_UID, 0 },
		{ AT_EUID, 0 },
		{ AT_GID, 0 },
		{ AT_EGID, 0 },
		{ AT_SECURE, 0 },
		{ AT_RANDOM, random },
		{ AT_HWCAP2, 0 },
		{ AT_EXECFN, a->path },
		{ AT_PLATFORM, platform },
		{ AT_NULL, 0 },
	};
	size_t size = (1 + a->argc + 1 + a->envc + 1) * sizeof(uint64_t) + sizeof(auxv);
	struct args_cursor c;
	err_t err = args_lower(a, (a->sp - size) & ~15ul);

	if (err != ERR_OK)
		return err;
	c = args_at(a, a->sp);
	args_write(&c, &a->argc, sizeof(a->argc));
	write_pointers(&c, a, a->argv, a->argc);
	write_pointers(&c, a, a->env, a->envc);
	args_write(&c, auxv, sizeof(auxv));
	return ERR_OK;
}

err_t
stack_push_args(struct proc *p, char **argv, paddr_t top, vaddr_t *ret_stackptr)
{
	const struct exec_info *info = p->exec;
	struct exec_args *a = &p->exec->args;
	char bytes[AT_RANDOM_BYTES];
	vaddr_t random, platform, from;
	err_t err;

	if (argv != info->argv)
		return ERR_INVAL;
	a->sp = a->argv;		/* whatever an earlier call has pushed */
	a->limit = 0;			/* which was for the strings */
	random_bytes(bytes, sizeof(bytes));
	err = args_push_bytes(a, bytes, sizeof(bytes), &random);
	if (err == ERR_OK)
		err = args_push_bytes(a, PLATFORM, sizeof(PLATFORM), &platform);
	if (err == ERR_OK)
		err = push_words(info, a, random, platform);
	if (err != ERR_OK)
		return err;
	if (info->one_page && a->n_frames > 1)
		return ERR_2BIG;
	from = max(a->sp, USTACK_UPPERBOUND - PG_SIZE);
	memcpy((char *)kmap_p2v(top) + pg_ofs(from), (char *)kmap_p2v(a->top) + pg_ofs(from),
	    USTACK_UPPERBOUND - from);
	p->as->arg_start = a->argv;
	p->as->arg_end = a->env;
	*ret_stackptr = a->sp;
	return ERR_OK;
}
