/* SPDX-License-Identifier: MIT */
/*
 * Single calls about a process or its memory: prctl, personality, membarrier, mlock; and those
 * of what this kernel does not have at all.
 */
#include "lib/string.h"
#include "mm/fault.h"
#include "mm/map.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"
#include "sys/abi.h"
#include "sys/abi_misc.h"
#include "sys/abi_signal.h"

static err_t
get_name(const struct proc *p, vaddr_t addr)
{
	char name[COMM_LEN] = { 0 };

	strlcpy(name, p->name, sizeof(name));
	return copy_to_user(addr, name, sizeof(name));
}

static err_t
set_name(struct proc *p, vaddr_t addr)
{
	char name[COMM_LEN];
	ssize_t len = copy_string_from_user(name, addr, sizeof(name));

	if (len == ERR_FAULT)
		return ERR_FAULT;
	name[COMM_LEN - 1] = '\0';
	strlcpy(p->name, name, sizeof(p->name));
	return ERR_OK;
}

/* prctl's questions whose answer is a number.  => ERR_NOSYS: it is none of them */
static sysret_t
get_number(const struct proc *p, void *arg)
{
	uint64_t a = arg_u64(arg, 1);

	switch (arg_int(arg, 0)) {
	case PR_GET_DUMPABLE:
		return !p->undumpable;
	case PR_GET_SECCOMP:
		return 0;
	case PR_CAPBSET_READ:
		return a <= CAP_LAST ? 1 : (sysret_t)ERR_INVAL;
	case PR_GET_NO_NEW_PRIVS:
		return (a | arg_u64(arg, 2) | arg_u64(arg, 3) | arg_u64(arg, 4)) == 0 ?
		    p->no_new_privs : (sysret_t)ERR_INVAL;
	case PR_GET_THP_DISABLE:
		return (a | arg_u64(arg, 2) | arg_u64(arg, 3) | arg_u64(arg, 4)) == 0 ?
		    p->thp_disable : (sysret_t)ERR_INVAL;
	default:
		return ERR_NOSYS;
	}
}

/* prctl's orders to remember a flag; what it is about, there is not. */
static err_t
set_flag(struct proc *p, void *arg)
{
	uint64_t a = arg_u64(arg, 1), rest = arg_u64(arg, 2) | arg_u64(arg, 3) | arg_u64(arg, 4);

	switch (arg_int(arg, 0)) {
	case PR_SET_DUMPABLE:
		if (a > 1)
			return ERR_INVAL;
		p->undumpable = a == 0;
		return ERR_OK;
	case PR_SET_NO_NEW_PRIVS:
		if (a != 1 || rest != 0)
			return ERR_INVAL;
		p->no_new_privs = true;
		return ERR_OK;
	case PR_SET_THP_DISABLE:
		if (rest != 0)
			return ERR_INVAL;
		p->thp_disable = a != 0;
		return ERR_OK;
	default:
		return ERR_INVAL;
	}
}

/* prctl(option, ...) */
sysret_t
sys_prctl(void *arg)
{
	struct proc *p = proc_current();
	vaddr_t addr = arg_u64(arg, 1);
	sysret_t number;

	switch (arg_int(arg, 0)) {
	case PR_SET_NAME:
		return set_name(p, addr);
	case PR_GET_NAME:
		return get_name(p, addr);
	case PR_SET_PDEATHSIG:
		if (addr > SIGNAL_MAX)
			return ERR_INVAL;
		p->parent_end_signal = (int)addr;
		return ERR_OK;
	case PR_GET_PDEATHSIG:
		return copy_to_user(addr, &p->parent_end_signal, sizeof(p->parent_end_signal));
	default:
		number = get_number(p, arg);
		return number != (sysret_t)ERR_NOSYS ? number : (sysret_t)set_flag(p, arg);
	}
}

/* personality(persona): addresses are never random; nothing else can be asked for. */
sysret_t
sys_personality(void *arg)
{
	struct proc *p = proc_current();
	uint32_t persona = (uint32_t)arg_u64(arg, 0), old = p->personality;

	if (persona == PERSONALITY_ASK)
		return old;
	if ((persona & ~ADDR_NO_RANDOMIZE) != 0)
		return ERR_INVAL;
	p->personality = persona;
	return old;
}

/* membarrier(command, flags, cpu): on one CPU everybody sees the same memory. */
sysret_t
sys_membarrier(void *arg)
{
	if (arg_int(arg, 1) != 0)
		return ERR_INVAL;
	switch (arg_int(arg, 0)) {
	case MEMBARRIER_CMD_QUERY:
		return MEMBARRIER_CMD_GLOBAL;
	case MEMBARRIER_CMD_GLOBAL:
		return ERR_OK;
	default:
		return ERR_INVAL;
	}
}

/*
 * The pages of the first two arguments; memory is never swapped out, so to lock it is to
 * have it there.
 */
static err_t
lock_range(void *arg, bool populate)
{
	struct addrspace *as = proc_current()->as;
	vaddr_t start = pg_round_down(arg_u64(arg, 0));
	size_t len = pg_round_up(arg_u64(arg, 1) + pg_ofs(arg_u64(arg, 0)));

	if (start + len < start)
		return ERR_INVAL;
	if (len == 0)
		return ERR_OK;
	if (start + len > USER_END || !as_covers(as, start, start + len))
		return ERR_NOMEM;
	if (populate)
		vm_populate(as, start, start + len);
	return ERR_OK;
}

sysret_t
sys_mlock(void *arg)
{
	return lock_range(arg, true);
}

/* mlock2(addr, length, flags) */
sysret_t
sys_mlock2(void *arg)
{
	int flags = arg_int(arg, 2);

	if ((flags & ~MLOCK_ONFAULT) != 0)
		return ERR_INVAL;
	return lock_range(arg, flags == 0);
}

sysret_t
sys_munlock(void *arg)
{
	return lock_range(arg, false);
}

/* socket(2), socketpair(2): there is no network, and no family of addresses. */
sysret_t
sys_socket(void *arg)
{
	(void)arg;
	return ERR_AFNOSUPPORT;
}
