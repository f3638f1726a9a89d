/* SPDX-License-Identifier: MIT */
/*
 * rename(2): everything is looked at first, in Linux' order; then nothing fails but the new
 * entry, which is made before the old one goes.
 */
#include "fs/path.h"
#include "sys/abi_file.h"

struct move {
	struct place from, to;
	struct inode *ip;		/* what is moved; borrowed */
	struct inode *over;		/* what is there; NULL: nothing */
	bool exchange, keep;		/* RENAME_EXCHANGE, RENAME_NOREPLACE */
};

static bool
is_name(const struct place *at)
{
	return at->len > 0 && !place_is(at, ".") && !place_is(at, "..");
}

/* Is DIR or one of the directories above it A? */
static bool
lies_in(struct inode *dir, const struct inode *a) REQUIRES(fs_lock)
{
	while (dir != a && dir != fs_root)
		dir = dir->dir.parent;
	return dir == a;
}

static err_t
find_both(struct move *m) REQUIRES(fs_lock)
{
	err_t err;

	if ((m->from.dir->dynamic != NULL) != (m->to.dir->dynamic != NULL))
		return ERR_XDEV;
	if (!is_name(&m->from))
		return ERR_BUSY;
	if (!is_name(&m->to))
		return m->keep ? ERR_EXIST : ERR_BUSY;
	err = place_find(&m->from, &m->ip);
	if (err != ERR_OK)
		return err;
	err = place_find(&m->to, &m->over);
	if (err == ERR_NOENT && !m->exchange) {
		m->over = NULL;
		return ERR_OK;
	}
	return err == ERR_OK && m->keep ? ERR_EXIST : err;
}

/* Slashes behind a name are for directories. */
static err_t
check_slashes(const struct move *m) REQUIRES(fs_lock)
{
	if (m->exchange && m->to.slash && !inode_is_dir(m->over))
		return ERR_NOTDIR;
	if (!inode_is_dir(m->ip) && (m->from.slash || (m->to.slash && !m->exchange)))
		return ERR_NOTDIR;
	return ERR_OK;
}

/* Nothing is moved into itself, nor over what it lies in. */
static err_t
check_loop(const struct move *m) REQUIRES(fs_lock)
{
	if (inode_is_dir(m->ip) && lies_in(m->to.dir, m->ip))
		return ERR_INVAL;
	if (m->over != NULL && inode_is_dir(m->over) && lies_in(m->from.dir, m->over))
		return m->exchange ? ERR_INVAL : ERR_NOTEMPTY;
	return ERR_OK;
}

/* A directory goes over an empty one only, anything else over anything else. */
static err_t
check_kinds(const struct inode *ip, const struct inode *over) REQUIRES(fs_lock)
{
	if (inode_is_dir(ip) != inode_is_dir(over))
		return inode_is_dir(ip) ? ERR_NOTDIR : ERR_ISDIR;
	return inode_is_dir(over) && !list_empty(&over->dir.entries) ? ERR_NOTEMPTY : ERR_OK;
}

/* May M->ip take the place of M->over? */
static err_t
check_over(const struct move *m) REQUIRES(fs_lock)
{
	if (m->from.dir->dynamic != NULL)
		return ERR_PERM;
	if (m->to.dir->nlink == 0)
		return ERR_NOENT;
	if (m->ip->dynamic != NULL || (m->over != NULL && m->over->dynamic != NULL))
		return ERR_BUSY;
	return m->over == NULL || m->exchange ? ERR_OK : check_kinds(m->ip, m->over);
}

/* M has been found and the two are not the same. */
static err_t
move(const struct move *m) REQUIRES(fs_lock)
{
	struct dirent *e = dir_find_entry(m->from.dir, m->from.name, m->from.len);
	struct dirent *over = dir_find_entry(m->to.dir, m->to.name, m->to.len);

	if (m->exchange) {
		dir_exchange(e, over);
		return ERR_OK;
	}
	return dir_move(e, m->to.dir, m->to.name, m->to.len, over);
}

static err_t
rename_locked(struct move *m) REQUIRES(fs_lock)
{
	err_t err = find_both(m);

	if (err == ERR_OK)
		err = check_slashes(m);
	if (err == ERR_OK)
		err = check_loop(m);
	if (err != ERR_OK || m->ip == m->over)
		return err;
	err = check_over(m);
	return err == ERR_OK ? move(m) : err;
}

err_t
inode_rename(struct inode *from_cwd, const char *from, struct inode *to_cwd, const char *to,
    unsigned flags)
{
	struct move m = {
		.exchange = (flags & RENAME_EXCHANGE) != 0,
		.keep = (flags & RENAME_NOREPLACE) != 0,
	};
	err_t err;

	if ((flags & ~(RENAME_EXCHANGE | RENAME_NOREPLACE)) != 0 || (m.exchange && m.keep))
		return ERR_INVAL;
	spin_lock(&fs_lock);
	err = path_walk(from_cwd, from, FOLLOW_NEVER, &m.from);
	if (err == ERR_OK)
		err = path_walk(to_cwd, to, FOLLOW_NEVER, &m.to);
	if (err == ERR_OK)
		err = rename_locked(&m);
	spin_unlock(&fs_lock);
	return err;
}
