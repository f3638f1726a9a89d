/* SPDX-License-Identifier: MIT */
/*
 * System calls on open files.  Data go through a page of kernel stack, a chunk at
 * a time: no lock is held while user memory is touched, and a copy that fails in
 * the middle (a bad address, no memory for a lazy page) leaves nothing behind.
 *
 * A struct file that fd_lookup gives is borrowed: only this process could close
 * it, and it is busy here.
 */
#include "fs/fs.h"
#include "lib/string.h"
#include "mm/layout.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"

#define RW_MAX		0x7ffff000ul	/* bytes in one call, read(2) */
#define IOV_MAX		1024		/* buffers in one call, readv(2) */

/* User memory that is left to be read or written: one buffer, and an array of more. */
struct ubuf {
	vaddr_t base;
	size_t len;
	vaddr_t more;			/* user address of the next struct linux_iovec */
	unsigned n_more;
	size_t total;			/* bytes left in all, at most RW_MAX */
	int64_t at;			/* offset in the file; OWN_OFFSET: its own, which moves */
};

#define OWN_OFFSET	(-1)

/*
 * May there be user memory at all at [ADDR, ADDR + N)?  What is not mapped is only
 * found out when it is touched, as on Linux: a read at the end of a file is 0.
 */
static bool
in_user_half(vaddr_t addr, size_t n)
{
	return n <= USER_END && addr <= USER_END - n;
}

/* Copy N bytes between user memory at ADDR and BUF. */
static err_t
user_copy(vaddr_t addr, char *buf, size_t n, bool to_user)
{
	return to_user ? copy_to_user(addr, buf, n) : copy_from_user(buf, addr, n);
}

/* The same, and when that fails as much as lies in the first page.  => the count */
static size_t
user_copy_most(vaddr_t addr, char *buf, size_t n, bool to_user)
{
	size_t first = min(n, PG_SIZE - pg_ofs(addr));

	if (user_copy(addr, buf, n, to_user) == ERR_OK)
		return n;
	if (first == n || user_copy(addr, buf, first, to_user) != ERR_OK)
		return 0;
	return first;
}

/* Fetch the next buffer of the array. */
static err_t
ubuf_next(struct ubuf *u)
{
	struct linux_iovec iov;
	err_t err = copy_from_user(&iov, u->more, sizeof(iov));

	if (err != ERR_OK)
		return err;
	if ((int64_t)iov.iov_len < 0)
		return ERR_INVAL;
	if (!in_user_half(iov.iov_base, iov.iov_len))
		return ERR_FAULT;
	u->base = iov.iov_base;
	u->len = iov.iov_len;
	u->more += sizeof(iov);
	u->n_more--;
	return ERR_OK;
}

/* Move at most N bytes to or from BUF.  => the count; short when an address is bad */
static size_t
ubuf_copy(struct ubuf *u, char *buf, size_t n, bool to_user)
{
	size_t done = 0;

	while (done < n) {
		size_t piece = min(n - done, u->len), copied;

		if (piece == 0) {
			if (u->n_more == 0 || ubuf_next(u) != ERR_OK)
				break;
			continue;
		}
		copied = user_copy_most(u->base, buf + done, piece, to_user);
		u->base += copied;
		u->len -= copied;
		u->total -= copied;
		done += copied;
		if (copied < piece)
			break;
	}
	return done;
}

/* The one buffer of read(2) and write(2). */
static err_t
ubuf_single(struct ubuf *u, vaddr_t addr, size_t n)
{
	if (!in_user_half(addr, n))
		return ERR_FAULT;
	*u = (struct ubuf){ .base = addr, .len = n, .total = min(n, RW_MAX) };
	return ERR_OK;
}

/* The N buffers of readv(2) and writev(2): all are looked at before anything is done. */
static err_t
ubuf_vector(struct ubuf *u, vaddr_t addr, size_t n)
{
	struct ubuf all = { .more = addr, .n_more = n };

	if (n > IOV_MAX)
		return ERR_INVAL;
	while (all.n_more > 0) {
		err_t err = ubuf_next(&all);

		if (err != ERR_OK)
			return err;
		all.total += min(all.len, RW_MAX - all.total);
	}
	*u = (struct ubuf){ .more = addr, .n_more = n, .total = all.total };
	return ERR_OK;
}

/* Look at the next N bytes of F for U, of which DONE have been read. */
static ssize_t
peek_for(struct file *f, const struct ubuf *u, char *buf, size_t n, size_t done)
{
	if (u->at != OWN_OFFSET)
		return file_pread(f, buf, n, u->at + done);
	return file_peek(f, buf, n, done > 0);
}

/* Fill U from F: waits for the first byte only. */
static ssize_t
read_into(struct file *f, struct ubuf *u)
{
	char page[PG_SIZE];
	ssize_t done = 0;

	while (u->total > 0) {
		size_t want = min(u->total, sizeof(page)), copied;
		ssize_t got = peek_for(f, u, page, want, done);

		if (got < 0)
			return done > 0 ? done : got;
		copied = ubuf_copy(u, page, got, true);
		if (copied < (size_t)got && (copied == 0 || file_is_stream(f)))
			return done > 0 ? done : ERR_FAULT;
		if (u->at == OWN_OFFSET)
			file_skip(f, copied);
		done += copied;
		if (copied < want)	/* there is no more, or no room for it */
			break;
	}
	return done;
}

/* Write U to F.  A pipe gets a chunk whole or not at all. */
static ssize_t
write_from(struct file *f, struct ubuf *u)
{
	char page[PG_SIZE];
	ssize_t done = 0;

	while (u->total > 0) {
		size_t want = min(u->total, sizeof(page));
		size_t copied = ubuf_copy(u, page, want, false);
		ssize_t put;

		if (copied < want && (copied == 0 || file_is_stream(f)))
			return done > 0 ? done : ERR_FAULT;
		put = u->at == OWN_OFFSET ? file_write(f, page, copied, false) :
		    file_pwrite(f, page, copied, u->at + done);
		if (put < 0)
			return done > 0 ? done : put;
		done += put;
		if ((size_t)put < want)
			break;
	}
	return done;
}

typedef ssize_t transfer_fn(struct file *f, struct ubuf *u);
typedef err_t ubuf_fn(struct ubuf *u, vaddr_t addr, size_t n);

/* The shape of all: descriptor, then memory, then the data. */
static sysret_t
transfer_at(void *arg, err_t (*may)(const struct file *f), ubuf_fn *ubuf_init, transfer_fn *move,
    int64_t at)
{
	struct file *f = fd_lookup(proc_current(), arg_int(arg, 0));
	err_t allowed, err;
	struct ubuf u;

	if (f == NULL)
		return ERR_BADF;
	if (at != OWN_OFFSET && file_is_stream(f))
		return ERR_SPIPE;
	allowed = may(f);
	if (allowed == ERR_BADF)
		return ERR_BADF;
	err = ubuf_init(&u, arg_u64(arg, 1), arg_u64(arg, 2));
	if (err != ERR_OK)
		return err;
	u.at = at;
	return allowed == ERR_OK ? (sysret_t)move(f, &u) : (sysret_t)allowed;
}

static sysret_t
transfer(void *arg, err_t (*may)(const struct file *f), ubuf_fn *ubuf_init, transfer_fn *move)
{
	return transfer_at(arg, may, ubuf_init, move, OWN_OFFSET);
}

sysret_t
sys_read(void *arg)
{
	return transfer(arg, file_may_read, ubuf_single, read_into);
}

sysret_t
sys_write(void *arg)
{
	return transfer(arg, file_may_write, ubuf_single, write_from);
}

sysret_t
sys_readv(void *arg)
{
	return transfer(arg, file_may_read, ubuf_vector, read_into);
}

sysret_t
sys_writev(void *arg)
{
	return transfer(arg, file_may_write, ubuf_vector, write_from);
}

/* pread64, pwrite64, preadv, pwritev: the offset is the fourth argument. */
static sysret_t
transfer_there(void *arg, err_t (*may)(const struct file *f), ubuf_fn *ubuf_init,
    transfer_fn *move)
{
	int64_t at = (int64_t)arg_u64(arg, 3);

	return at < 0 ? (sysret_t)ERR_INVAL : transfer_at(arg, may, ubuf_init, move, at);
}

sysret_t
sys_pread64(void *arg)
{
	return transfer_there(arg, file_may_read, ubuf_single, read_into);
}

sysret_t
sys_pwrite64(void *arg)
{
	return transfer_there(arg, file_may_write, ubuf_single, write_from);
}

sysret_t
sys_preadv(void *arg)
{
	return transfer_there(arg, file_may_read, ubuf_vector, read_into);
}

sysret_t
sys_pwritev(void *arg)
{
	return transfer_there(arg, file_may_write, ubuf_vector, write_from);
}

/* The same with flags, and an offset of -1 is the file's own. */
static sysret_t
transfer_flags(void *arg, err_t (*may)(const struct file *f), transfer_fn *move)
{
	if (((int)arg_u64(arg, 5) & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC)) != 0)
		return ERR_OPNOTSUPP;
	if ((int64_t)arg_u64(arg, 3) == -1)
		return transfer(arg, may, ubuf_vector, move);
	return transfer_there(arg, may, ubuf_vector, move);
}

sysret_t
sys_preadv2(void *arg)
{
	return transfer_flags(arg, file_may_read, read_into);
}

sysret_t
sys_pwritev2(void *arg)
{
	return transfer_flags(arg, file_may_write, write_from);
}

sysret_t
sys_lseek(void *arg)
{
	struct file *f = fd_lookup(proc_current(), arg_int(arg, 0));

	if (f == NULL)
		return ERR_BADF;
	return file_seek(f, (int64_t)arg_u64(arg, 1), arg_int(arg, 2));
}

sysret_t
sys_ftruncate(void *arg)
{
	struct file *f = fd_lookup(proc_current(), arg_int(arg, 0));
	int64_t size = (int64_t)arg_u64(arg, 1);

	if (size < 0)
		return ERR_INVAL;
	if (f == NULL)
		return ERR_BADF;
	return file_truncate(f, size);
}
