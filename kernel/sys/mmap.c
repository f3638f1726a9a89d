/* SPDX-License-Identifier: MIT */
/*
 * mmap(2) and mremap(2): arguments are checked here, in Linux' order; mm/map.h does it.
 * A flag that is not implemented is refused.
 */
#include "fs/fs.h"
#include "mm/fault.h"
#include "mm/map.h"
#include "mm/pmem.h"
#include "proc.h"
#include "sys/abi.h"
#include "sys/abi_proc.h"
#include "sys/prot.h"
#include "syscall.h"

/* Flags without an effect here: nothing is swapped, every page is a small one. */
#define MAP_HINTS	(MAP_DENYWRITE | MAP_EXECUTABLE | MAP_STACK | MAP_NONBLOCK | MAP_LOCKED)
#define MAP_KNOWN	(MAP_TYPE | MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_ANONYMOUS | MAP_32BIT | \
	    MAP_GROWSDOWN | MAP_NORESERVE | MAP_POPULATE | MAP_HUGETLB | MAP_HINTS)

#define LOW_2GIB	0x80000000ul	/* MAP_32BIT looks between 1 GiB and 2 GiB, as Linux */
#define LOW_1GIB	0x40000000ul

struct mmap_args {
	vaddr_t addr;
	size_t len;			/* whole pages */
	int prot, flags, fd;
	offset_t ofs;
};

/* What to map, and at whose cost: LIKE is a pattern, OWNED an inode to give up afterwards. */
struct mmap_what {
	struct region_like like;
	struct inode *owned;
};

static inline void
put_owned(const struct mmap_what *what)
{
	if (what->owned != NULL)
		inode_put(what->owned);
}

/* Let WHAT be the file of A.  => EACCES, ENODEV, EPERM, EINVAL */
static err_t
map_file(const struct mmap_args *a, struct mmap_what *what)
{
	struct file *f = fd_lookup(proc_current(), a->fd);
	bool shared = (a->flags & MAP_TYPE) != MAP_PRIVATE;
	bool may_write = file_may_write(f) == ERR_OK;
	err_t err;

	if (shared && (a->prot & PROT_WRITE) && !may_write)
		return ERR_ACCESS;
	if (file_may_read(f) == ERR_BADF)
		return ERR_ACCESS;
	err = inode_map(file_inode(f), a->ofs, a->len, &what->like.store);
	if (err != ERR_OK)
		return err;
	if (a->flags & MAP_GROWSDOWN)
		return ERR_INVAL;
	what->like.ofs = a->ofs;
	if (shared && !may_write)
		what->like.max_perm = MEMPERM_URX;
	return ERR_OK;
}

/* Let WHAT be zeros.  => EINVAL, ENOMEM */
static err_t
map_anonymous(const struct mmap_args *a, struct mmap_what *what)
{
	if ((a->flags & MAP_TYPE) == MAP_PRIVATE) {
		what->like.flags |= REGION_ANYWHERE;
		return ERR_OK;
	}
	if (a->flags & MAP_GROWSDOWN)
		return ERR_INVAL;
	if (a->len > FILE_SIZE_MAX)
		return ERR_NOMEM;
	what->owned = inode_anonymous(a->len);
	if (what->owned == NULL)
		return ERR_NOMEM;
	what->like.store = inode_store(what->owned);
	return ERR_OK;
}

/*
 * The policy on promises: what must be had as memory of its own may not be more than there
 * is altogether, unless MAP_NORESERVE says that it is not meant.
 */
static bool
promises_too_much(const struct mmap_args *a)
{
	bool own = (a->flags & MAP_TYPE) == MAP_PRIVATE ? (a->prot & PROT_WRITE) != 0 :
	    (a->flags & MAP_ANONYMOUS) != 0;

	return own && !(a->flags & MAP_NORESERVE) && a->len / PG_SIZE > pmem_total_count();
}

static err_t
find_what(const struct mmap_args *a, struct mmap_what *what)
{
	*what = (struct mmap_what){ .like = {
		.perm = prot_to_perm(a->prot), .max_perm = MEMPERM_URWX,
		.shared = (a->flags & MAP_TYPE) != MAP_PRIVATE,
	} };
	if (a->flags & MAP_GROWSDOWN)
		what->like.flags |= REGION_GROWSDOWN;
	if (a->flags & MAP_NORESERVE)
		what->like.flags |= REGION_NORESERVE;
	return a->flags & MAP_ANONYMOUS ? map_anonymous(a, what) : map_file(a, what);
}

/* May a mapping go just where A says, and nowhere else?  => EINVAL, EPERM, ENOMEM, EEXIST */
static err_t
check_fixed(const struct mmap_args *a, struct addrspace *as)
{
	if (!pg_aligned(a->addr))
		return ERR_INVAL;
	if (a->addr > USER_END - a->len)
		return ERR_NOMEM;
	if (a->addr < USER_START)
		return ERR_PERM;
	if ((a->flags & MAP_FIXED_NOREPLACE) && !as_is_empty(as, a->addr, a->addr + a->len))
		return ERR_EXIST;
	return ERR_OK;
}

/* Where?  => EINVAL, EPERM, ENOMEM, EEXIST */
static err_t
find_where(const struct mmap_args *a, struct addrspace *as, struct map_place *place)
{
	*place = (struct map_place){
		.hint = pg_round_down(a->addr), .len = a->len,
		.low = a->flags & MAP_32BIT ? LOW_1GIB : USER_START,
		.high = a->flags & MAP_32BIT ? LOW_2GIB : as->map_top,
		.fixed = (a->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0,
	};
	if (a->len > USER_END)
		return ERR_NOMEM;
	if (place->fixed)
		return check_fixed(a, as);
	if (place->hint != 0 && place->hint < USER_START)
		place->hint = USER_START;
	return ERR_OK;
}

/* A type, and no flag that is unknown?  => EINVAL, EOPNOTSUPP, ENOMEM */
static err_t
check_flags(int flags)
{
	int type = flags & MAP_TYPE;

	if (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE)
		return ERR_INVAL;
	if (flags & ~MAP_KNOWN)
		return type == MAP_SHARED_VALIDATE ? ERR_OPNOTSUPP : ERR_INVAL;
	return flags & MAP_HUGETLB ? ERR_NOMEM : ERR_OK;	/* there are no such pages */
}

/* The checks that need neither file nor place.  => EINVAL, EBADF, ENOMEM, EOVERFLOW, EOPNOTSUPP */
static err_t
check_args(const struct mmap_args *a)
{
	if (!pg_aligned(a->ofs))
		return ERR_INVAL;
	if (!(a->flags & MAP_ANONYMOUS) && fd_lookup(proc_current(), a->fd) == NULL)
		return ERR_BADF;
	if (a->len == 0)
		return ERR_INVAL;
	if (a->len > SIZE_MAX - PG_SIZE)
		return ERR_NOMEM;
	if (a->ofs + pg_round_up(a->len) < a->ofs)
		return ERR_OVERFLOW;
	return check_flags(a->flags);
}

/* mmap, whatever is asked for. */
static __attribute__((noinline)) sysret_t
mmap_any(struct proc *p, void *arg)
{
	struct mmap_args a = {
		.addr = arg_u64(arg, 0), .len = arg_u64(arg, 1), .prot = arg_int(arg, 2),
		.flags = arg_int(arg, 3), .fd = arg_int(arg, 4), .ofs = arg_u64(arg, 5),
	};
	struct map_place place;
	struct mmap_what what;
	vaddr_t addr;
	err_t err;

	if ((err = check_args(&a)) != ERR_OK)
		return err;
	a.len = pg_round_up(a.len);
	if ((err = find_where(&a, p->as, &place)) != ERR_OK)
		return err;
	if (promises_too_much(&a) || as_exceeds(p->as, place.fixed ? a.addr : 0, a.len))
		return ERR_NOMEM;
	if ((err = find_what(&a, &what)) != ERR_OK)
		return err;
	err = as_mmap(p->as, &place, &what.like, &addr);
	put_owned(&what);		/* the region has a reference of its own */
	if (err != ERR_OK)
		return err;
	if ((a.flags & (MAP_POPULATE | MAP_LOCKED)) != 0 && !(a.flags & MAP_NONBLOCK))
		vm_populate(p->as, addr, addr + a.len);
	return addr;
}

/* mmap(addr, length, prot, flags, fd, offset) */
sysret_t
sys_mmap(void *arg)
{
	struct proc *p = proc_current();
	size_t len = arg_u64(arg, 1);

	/* Most often it is memory of P's own, anywhere, and no more than there is. */
	if (arg_int(arg, 3) == (MAP_PRIVATE | MAP_ANONYMOUS) && arg_u64(arg, 0) == 0 &&
	    arg_u64(arg, 5) == 0 && len - 1 < pmem_total_count() * PG_SIZE &&
	    p->as->size_limit == SIZE_MAX)
		return as_map_fresh(p->as, pg_round_up(len), prot_to_perm(arg_int(arg, 2)));
	return mmap_any(p, arg);
}

/* Are FLAGS, which RQ has too, known, and do they go together and with the lengths? */
static bool
remap_flags_fit(const struct remap *rq, int flags)
{
	if (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP))
		return false;
	if (!rq->may_move && (rq->fixed || rq->keep_old))
		return false;
	return !rq->keep_old || rq->old_len == rq->new_len;
}

/* May RQ, whose new length is not too long, move its mapping to RQ->new?  => EINVAL, EPERM */
static err_t
check_target(const struct remap *rq)
{
	vaddr_t new = rq->new;

	if (!pg_aligned(new) || new > USER_END - rq->new_len ||
	    (rq->old < new + rq->new_len && new < rq->old + rq->old_len))
		return ERR_INVAL;
	return new < USER_START ? ERR_PERM : ERR_OK;
}

/* Is RQ, from mremap's FLAGS, what mremap(2) allows?  => EINVAL, ENOMEM, EPERM */
static err_t
check_remap(const struct remap *rq, int flags)
{
	if (!remap_flags_fit(rq, flags) || !pg_aligned(rq->old) || rq->new_len == 0)
		return ERR_INVAL;
	if (rq->new_len > USER_END)
		return rq->fixed ? ERR_INVAL : ERR_NOMEM;
	return rq->fixed ? check_target(rq) : ERR_OK;
}

/* mremap(old_address, old_size, new_size, flags, new_address) */
sysret_t
sys_mremap(void *arg)
{
	int flags = arg_int(arg, 3);
	const struct remap rq = {
		.old = arg_u64(arg, 0),
		.old_len = pg_round_up(arg_u64(arg, 1)), .new_len = pg_round_up(arg_u64(arg, 2)),
		.may_move = (flags & MREMAP_MAYMOVE) != 0, .fixed = (flags & MREMAP_FIXED) != 0,
		.keep_old = (flags & MREMAP_DONTUNMAP) != 0, .new = arg_u64(arg, 4),
	};
	vaddr_t addr;
	err_t err;

	if ((err = check_remap(&rq, flags)) != ERR_OK)
		return err;
	err = as_mremap(proc_current()->as, &rq, &addr);
	return err == ERR_OK ? addr : (sysret_t)err;
}
