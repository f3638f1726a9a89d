/* SPDX-License-Identifier: MIT */
/*
 * Linux' calls about the system: names, memory, random bytes, futex, reboot.
 */
#include "lib/string.h"
#include "mm/pmem.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "random.h"
#include "syscall.h"
#include "sys/abi.h"
#include "version.h"
#include "sys/abi_proc.h"
#include "x86/cpu.h"
#include "x86/x86.h"

#define RANDOM_CHUNK	64		/* bytes copied at a time */

static struct linux_utsname names = {
	.sysname = KERNEL_NAME,
	.nodename = "faultline",
	.release = KERNEL_RELEASE,
	.version = "demand-paging",
	.machine = "x86_64",
	.domainname = "(none)",
};

sysret_t
sys_uname(void *arg)
{
	return copy_to_user(arg_u64(arg, 0), &names, sizeof(names));
}

/* Let NAME, of names, be the string at ADDR of LEN bytes, which has no end of its own. */
static err_t
set_system_name(char name[sizeof(names.nodename)], vaddr_t addr, int len)
{
	char copy[sizeof(names.nodename)] = { 0 };

	if (len < 0 || len >= (int)sizeof(copy))
		return ERR_INVAL;
	if (copy_from_user(copy, addr, len) != ERR_OK)
		return ERR_FAULT;
	memcpy(name, copy, sizeof(copy));
	return ERR_OK;
}

sysret_t
sys_sethostname(void *arg)
{
	return set_system_name(names.nodename, arg_u64(arg, 0), arg_int(arg, 1));
}

sysret_t
sys_setdomainname(void *arg)
{
	return set_system_name(names.domainname, arg_u64(arg, 0), arg_int(arg, 1));
}

static void
count_proc(struct proc *p, void *count)
{
	(void)p;
	++*(uint16_t *)count;
}

sysret_t
sys_sysinfo(void *arg)
{
	struct linux_sysinfo info;

	memset(&info, 0, sizeof(info));
	info.uptime = timer_uptime();
	info.totalram = pmem_total_count() * PG_SIZE;
	info.freeram = pmem_free_count() * PG_SIZE;
	info.mem_unit = 1;
	proc_for_each(count_proc, &info.procs);
	return copy_to_user(arg_u64(arg, 0), &info, sizeof(info));
}

/* reboot(magic, magic2, command): power off, halt, restart. */
sysret_t
sys_reboot(void *arg)
{
	if ((uint32_t)arg_u64(arg, 0) != LINUX_REBOOT_MAGIC1 ||
	    (uint32_t)arg_u64(arg, 1) != LINUX_REBOOT_MAGIC2)
		return ERR_INVAL;
	switch ((uint32_t)arg_u64(arg, 2)) {
	case LINUX_REBOOT_CMD_POWER_OFF:
	case LINUX_REBOOT_CMD_HALT:
		machine_exit(KEXIT_OK);
	case LINUX_REBOOT_CMD_RESTART:
		machine_restart();
	default:
		return ERR_INVAL;
	}
}

/* getrandom(buffer, size, flags): see random.h for how good it is. */
sysret_t
sys_getrandom(void *arg)
{
	const int flags = arg_int(arg, 2);
	vaddr_t addr = arg_u64(arg, 0);
	size_t left = min(arg_u64(arg, 1), 0x7ffff000ul), done = 0;
	char bytes[RANDOM_CHUNK];

	if ((flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) != 0 ||
	    (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
		return ERR_INVAL;
	while (done < left) {
		size_t n = min(left - done, sizeof(bytes));

		random_bytes(bytes, n);
		if (copy_to_user(addr + done, bytes, n) != ERR_OK)
			return done > 0 ? done : (sysret_t)ERR_FAULT;
		done += n;
	}
	return done;
}

/*
 * futex(address, operation, value): a process is one thread, so nobody ever waits.  A wait
 * for a value that is there may come back for no reason, futex(2); others run meanwhile.
 */
sysret_t
sys_futex(void *arg)
{
	vaddr_t addr = arg_u64(arg, 0);
	uint32_t value;

	if (addr % sizeof(value) != 0)
		return ERR_INVAL;
	switch (arg_int(arg, 1) & ~FUTEX_PRIVATE_FLAG) {
	case FUTEX_WAKE:
		return user_range_ok(addr, sizeof(value)) ? ERR_OK : ERR_FAULT;
	case FUTEX_WAIT:
		if (copy_from_user(&value, addr, sizeof(value)) != ERR_OK)
			return ERR_FAULT;
		if (value != (uint32_t)arg_u64(arg, 2))
			return ERR_AGAIN;
		sched_yield();
		return ERR_OK;
	default:
		return ERR_NOSYS;
	}
}
