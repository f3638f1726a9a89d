/* SPDX-License-Identifier: MIT */
/*
 * System calls that copy from one open file to another: sendfile, copy_file_range.
 */
#include "fs/fs.h"
#include "mm/layout.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"

#define RW_MAX		0x7ffff000ul	/* bytes in one call */

/* One side of a copy. */
struct side {
	struct file *file;
	vaddr_t ofs_at;			/* user address of the offset; 0: the file's own */
	int64_t ofs;
};

/* => ERR_FAULT, ERR_INVAL */
static err_t
fetch_offset(struct side *s)
{
	ssize_t own;

	if (s->ofs_at != 0) {
		if (copy_from_user(&s->ofs, s->ofs_at, sizeof(s->ofs)) != ERR_OK)
			return ERR_FAULT;
		return s->ofs >= 0 ? ERR_OK : ERR_INVAL;
	}
	own = file_seek(s->file, 0, SEEK_CUR);
	s->ofs = max(own, 0l);
	return own < 0 && own != ERR_SPIPE ? (err_t)own : ERR_OK;
}

/* N bytes were copied. */
static err_t
store_offset(const struct side *s, size_t n)
{
	int64_t ofs = s->ofs + (int64_t)n;
	ssize_t moved;

	if (s->ofs_at != 0)
		return copy_to_user(s->ofs_at, &ofs, sizeof(ofs));
	moved = file_seek(s->file, ofs, SEEK_SET);
	return moved < 0 ? (err_t)moved : ERR_OK;
}

/* Copy N bytes at most; OUT's own offset moves by itself unless AT_OFFSET.  => the count */
static ssize_t
copy(const struct side *in, const struct side *out, size_t n, bool at_offset)
{
	char page[PG_SIZE];
	size_t done = 0;
	ssize_t got = 1, put = 0;

	while (done < n) {
		got = file_pread(in->file, page, min(n - done, sizeof(page)), in->ofs + done);
		if (got <= 0)
			break;
		put = at_offset ? file_pwrite(out->file, page, got, out->ofs + done) :
		    file_write(out->file, page, got, false);
		if (put < 0)
			break;
		done += put;
		if (put < got)
			break;
	}
	if (done > 0)
		return done;
	return got < 0 ? got : put;
}

/* May sendfile take bytes from IN?  => ERR_BADF, ERR_SPIPE, ERR_FAULT, ERR_INVAL */
static err_t
check_source(struct side *in)
{
	if (in->file == NULL || file_may_read(in->file) == ERR_BADF)
		return ERR_BADF;
	if (in->ofs_at != 0 && file_is_stream(in->file))
		return ERR_SPIPE;
	return fetch_offset(in);
}

/* sendfile(out, in, offset, count): from a file to whatever can be written. */
sysret_t
sys_sendfile(void *arg)
{
	struct proc *p = proc_current();
	struct side out = { .file = fd_lookup(p, arg_int(arg, 0)) };
	struct side in = { .file = fd_lookup(p, arg_int(arg, 1)), .ofs_at = arg_u64(arg, 2) };
	err_t err = check_source(&in);
	ssize_t n;

	if (err != ERR_OK)
		return err;
	if (out.file == NULL || file_may_write(out.file) != ERR_OK)
		return ERR_BADF;
	if (inode_store(file_inode(in.file)) == NULL || (file_flags(out.file) & O_APPEND))
		return ERR_INVAL;
	n = copy(&in, &out, min(arg_u64(arg, 3), RW_MAX), false);
	if (n < 0)
		return n;
	err = store_offset(&in, n);
	return err == ERR_OK ? n : err;
}

/* May bytes go from IN to OUT without leaving the kernel? */
static err_t
check_files(const struct side *in, const struct side *out)
{
	if (inode_is_dir(file_inode(in->file)) || inode_is_dir(file_inode(out->file)))
		return ERR_ISDIR;
	if (inode_store(file_inode(in->file)) == NULL || inode_store(file_inode(out->file)) == NULL)
		return ERR_INVAL;
	if (file_may_read(in->file) != ERR_OK || file_may_write(out->file) != ERR_OK ||
	    (file_flags(out->file) & O_APPEND))
		return ERR_BADF;
	return ERR_OK;
}

/* Is any byte of the N to be copied also one of those written? */
static bool
overlaps(const struct side *in, const struct side *out, size_t n)
{
	return file_inode(in->file) == file_inode(out->file) &&
	    in->ofs < out->ofs + (int64_t)n && out->ofs < in->ofs + (int64_t)n;
}

/* => as copy_file_range(2) of N bytes with FLAGS, before anything is copied */
static err_t
check_copy(struct side *in, struct side *out, size_t n, unsigned flags)
{
	err_t err;

	if (in->file == NULL || out->file == NULL)
		return ERR_BADF;
	err = fetch_offset(in);
	if (err == ERR_OK)
		err = fetch_offset(out);
	if (err == ERR_OK && flags != 0)
		err = ERR_INVAL;
	if (err == ERR_OK)
		err = check_files(in, out);
	return err == ERR_OK && overlaps(in, out, n) ? ERR_INVAL : err;
}

/* copy_file_range(in, offset, out, offset, count, flags) */
sysret_t
sys_copy_file_range(void *arg)
{
	struct proc *p = proc_current();
	struct side in = { .file = fd_lookup(p, arg_int(arg, 0)), .ofs_at = arg_u64(arg, 1) };
	struct side out = { .file = fd_lookup(p, arg_int(arg, 2)), .ofs_at = arg_u64(arg, 3) };
	size_t n = min(arg_u64(arg, 4), RW_MAX);
	err_t err = check_copy(&in, &out, n, (unsigned)arg_u64(arg, 5));
	ssize_t done;

	if (err != ERR_OK)
		return err;
	done = copy(&in, &out, n, true);
	if (done < 0)
		return done;
	err = store_offset(&in, done);
	if (err == ERR_OK)
		err = store_offset(&out, done);
	return err == ERR_OK ? done : err;
}
