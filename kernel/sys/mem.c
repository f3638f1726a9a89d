/* SPDX-License-Identifier: MIT */
/*
 * Linux' memory calls on ranges that are mapped already: munmap(2), mprotect(2),
 * madvise(2), msync(2), mincore(2), brk(2).  kernel/sys/mmap.c has mmap and mremap.
 */
#include "mm/map.h"
#include "mm/memstore.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "sys/abi.h"
#include "sys/abi_proc.h"
#include "sys/prot.h"
#include "syscall.h"

/*
 * The range of the first two arguments, its end rounded up to a page.
 * => ERR_INVAL when the start is not page-aligned; ERR_NOMEM when the sum wraps
 */
static err_t
fetch_range(void *arg, vaddr_t *start, vaddr_t *end)
{
	*start = arg_u64(arg, 0);
	*end = *start + pg_round_up(arg_u64(arg, 1));
	if (!pg_aligned(*start))
		return ERR_INVAL;
	if (*end < *start || (*end == *start && arg_u64(arg, 1) != 0))
		return ERR_NOMEM;
	return ERR_OK;
}

/* brk(addr): move the heap's end to ADDR.  => the end afterwards, moved or not; never an error */
sysret_t
sys_brk(void *arg)
{
	const struct proc *p = proc_current();

	return as_brk(p->as, arg_u64(arg, 0), p->rlim[RLIMIT_DATA].cur);
}

/* munmap(addr, length).  => EINVAL for a range that cannot be; ENOMEM */
sysret_t
sys_munmap(void *arg)
{
	vaddr_t addr = arg_u64(arg, 0);
	size_t len = arg_u64(arg, 1);

	if (!pg_aligned(addr) || len == 0 || addr > USER_END || len > USER_END - addr)
		return ERR_INVAL;
	return as_munmap(proc_current()->as, addr, addr + pg_round_up(len));
}

const uint8_t perm_of_prot[8] = {
	[PROT_NONE] = MEMPERM_NONE,
	[PROT_READ] = MEMPERM_UR,
	[PROT_WRITE] = MEMPERM_URW | MEMPERM_UNREAD,
	[PROT_READ | PROT_WRITE] = MEMPERM_URW,
	[PROT_EXEC] = MEMPERM_URX | MEMPERM_UNREAD,
	[PROT_READ | PROT_EXEC] = MEMPERM_URX,
	[PROT_WRITE | PROT_EXEC] = MEMPERM_URWX | MEMPERM_UNREAD,
	[PROT_READ | PROT_WRITE | PROT_EXEC] = MEMPERM_URWX,
};

/* mprotect(addr, length, prot).  => EINVAL; ENOMEM at a hole; EACCES */
sysret_t
sys_mprotect(void *arg)
{
	int prot = arg_int(arg, 2);
	vaddr_t start, end;
	err_t err;

	if ((err = fetch_range(arg, &start, &end)) != ERR_OK)
		return err;
	if (start == end)
		return ERR_OK;
	if (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC))
		return ERR_INVAL;
	return as_mprotect(proc_current()->as, start, end, prot_to_perm(prot));
}

/* madvise(addr, length, advice).  => EINVAL, also for advice that is not implemented; ENOMEM */
sysret_t
sys_madvise(void *arg)
{
	struct addrspace *as = proc_current()->as;
	int advice = arg_int(arg, 2);
	vaddr_t start, end;

	switch (advice) {
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
	case MADV_DONTNEED:
	case MADV_FREE:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
		break;
	default:
		return ERR_INVAL;
	}
	if (fetch_range(arg, &start, &end) != ERR_OK)
		return ERR_INVAL;
	if (start == end)
		return ERR_OK;
	if (advice == MADV_DONTNEED || advice == MADV_FREE)
		return as_discard(as, start, end, advice == MADV_FREE);
	return as_covers(as, start, end) ? ERR_OK : ERR_NOMEM;
}

/*
 * msync(addr, length, flags): nothing to do, files are in memory, and the pages of a shared
 * mapping are the file's own.  => EINVAL; ENOMEM at a hole
 */
sysret_t
sys_msync(void *arg)
{
	int flags = arg_int(arg, 2);
	vaddr_t start, end;
	err_t err;

	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) != 0 ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return ERR_INVAL;
	if ((err = fetch_range(arg, &start, &end)) != ERR_OK)
		return err;
	return as_covers(proc_current()->as, start, end) ? ERR_OK : ERR_NOMEM;
}

/* Is PAGE of region R there, or, of a file, in the page cache? */
static bool
is_resident(const struct memregion *r, vaddr_t page)
{
	uint64_t idx = (r->ofs + (page - r->start)) / PG_SIZE;	/* in the store */
	paddr_t frame = 0;

	if (vpmap_lookup_vaddr(&r->as->vpmap, page, NULL, NULL) == ERR_OK)
		return true;
	if (r->store != NULL)
		r->store->ops->find_pages(r->store, idx, 1, &frame);
	return frame != 0;
}

/*
 * mincore(addr, length, vec): one byte a page, bit 0 set when it is present.
 * => EINVAL when ADDR is not page-aligned; ENOMEM when a page is in no region
 */
sysret_t
sys_mincore(void *arg)
{
	struct addrspace *as = proc_current()->as;
	vaddr_t addr = arg_u64(arg, 0);
	size_t len = arg_u64(arg, 1);
	size_t n = pg_round_up(len) / PG_SIZE;
	vaddr_t vec = arg_u64(arg, 2);

	if (!pg_aligned(addr))
		return ERR_INVAL;
	if (len > USER_END || !user_range_ok(addr, n * PG_SIZE))
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		vaddr_t page = addr + i * PG_SIZE;
		const struct memregion *r = as_find_memregion(as, page, 1);
		uint8_t present;

		if (r == NULL)
			return ERR_NOMEM;
		present = is_resident(r, page);
		if (copy_to_user(vec + i, &present, 1) != ERR_OK)
			return ERR_FAULT;
	}
	return ERR_OK;
}
