/* SPDX-License-Identifier: MIT */
/*
 * User and group ids, groups, capabilities.
 *
 * Everybody is root, as in a Linux user namespace in which id 0 alone is mapped: to become
 * somebody else is EINVAL, and nobody ever loses a capability.
 */
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"
#include "sys/abi_misc.h"

#define CAPS_ALL	((1ul << (CAP_LAST + 1)) - 1)

sysret_t
sys_getid(void *arg)
{
	(void)arg;
	return 0;
}

/* Are the first N arguments ids that there are?  -1: leave it as it is, if KEEP allows that. */
static err_t
check_ids(void *arg, int n, bool keep)
{
	for (int i = 0; i < n; i++) {
		uint32_t id = (uint32_t)arg_u64(arg, i);

		if (id != 0 && !(keep && id == UINT32_MAX))
			return ERR_INVAL;
	}
	return ERR_OK;
}

/* setuid(2), setgid(2) */
sysret_t
sys_setid(void *arg)
{
	return check_ids(arg, 1, false);
}

/* setreuid(2), setregid(2) */
sysret_t
sys_setreid(void *arg)
{
	return check_ids(arg, 2, true);
}

/* setresuid(2), setresgid(2) */
sysret_t
sys_setresid(void *arg)
{
	return check_ids(arg, 3, true);
}

/* getresuid(2), getresgid(2) */
sysret_t
sys_getresid(void *arg)
{
	const uint32_t root = 0;

	for (int i = 0; i < 3; i++) {
		if (copy_to_user(arg_u64(arg, i), &root, sizeof(root)) != ERR_OK)
			return ERR_FAULT;
	}
	return ERR_OK;
}

/* setfsuid(2), setfsgid(2): there is no error.  => the id before, and after */
sysret_t
sys_setfsid(void *arg)
{
	(void)arg;
	return 0;
}

/* getgroups(size, list): there are none besides the first. */
sysret_t
sys_getgroups(void *arg)
{
	return arg_int(arg, 0) < 0 ? (sysret_t)ERR_INVAL : 0;
}

/* setgroups(size, list) */
sysret_t
sys_setgroups(void *arg)
{
	int size = arg_int(arg, 0);
	uint32_t group;

	if (size == 0)
		return ERR_OK;
	if (size < 0)
		return ERR_INVAL;
	return copy_from_user(&group, arg_u64(arg, 1), sizeof(group)) != ERR_OK ? ERR_FAULT :
	    ERR_INVAL;
}

/*
 * The header of capget and capset, and how many struct linux_cap_data follow it.
 * => ERR_INVAL for another version; the header then tells which one is spoken here
 */
static err_t
fetch_header(vaddr_t addr, struct linux_cap_header *header, unsigned *n)
{
	const uint32_t version = CAPABILITY_V3;

	if (copy_from_user(header, addr, sizeof(*header)) != ERR_OK)
		return ERR_FAULT;
	*n = header->version == CAPABILITY_V1 ? 1 : 2;
	if (header->version == CAPABILITY_V1 || header->version == CAPABILITY_V2 ||
	    header->version == CAPABILITY_V3)
		return ERR_OK;
	return copy_to_user(addr, &version, sizeof(version)) != ERR_OK ? ERR_FAULT : ERR_INVAL;
}

/* All that everybody has. */
static void
all_capabilities(struct linux_cap_data data[2])
{
	for (unsigned i = 0; i < 2; i++)
		data[i] = (struct linux_cap_data){
			.effective = (uint32_t)(CAPS_ALL >> 32 * i),
			.permitted = (uint32_t)(CAPS_ALL >> 32 * i),
		};
}

/* capget(header, data): DATA of 0 only asks for the version. */
sysret_t
sys_capget(void *arg)
{
	vaddr_t addr = arg_u64(arg, 1);
	struct linux_cap_header header;
	struct linux_cap_data data[2];
	unsigned n;
	err_t err = fetch_header(arg_u64(arg, 0), &header, &n);

	if (addr == 0 && err == ERR_INVAL)
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	if (header.pid < 0)
		return ERR_INVAL;
	if (!proc_exists(header.pid))
		return ERR_SRCH;
	all_capabilities(data);
	return addr != 0 ? copy_to_user(addr, data, n * sizeof(data[0])) : ERR_OK;
}

/* capset(header, data): nothing can be given up, so only what is there already can be set. */
sysret_t
sys_capset(void *arg)
{
	struct linux_cap_data data[2] = { 0 }, all[2];
	struct linux_cap_header header;
	unsigned n;
	err_t err = fetch_header(arg_u64(arg, 0), &header, &n);

	if (err != ERR_OK)
		return err;
	if (header.pid != 0 && header.pid != proc_current()->pid)
		return ERR_PERM;
	if (copy_from_user(data, arg_u64(arg, 1), n * sizeof(data[0])) != ERR_OK)
		return ERR_FAULT;
	all_capabilities(all);
	for (unsigned i = 0; i < n; i++) {
		if (data[i].effective != all[i].effective || data[i].inheritable != 0 ||
		    data[i].permitted != all[i].permitted)
			return ERR_PERM;
	}
	return ERR_OK;
}
