/* SPDX-License-Identifier: MIT */
/*
 * flock(2): locks that open files have on their inode.  They only keep each other away.
 * All that there are lie in one list: they are few.
 */
#include "fs/file.h"

#include "sched.h"

static struct list locked = LIST_INIT(locked);		/* fs_lock: file.lock_node */
static struct waitq waiters = { LIST_INIT(waiters.waiters) };	/* fs_lock: for any of them to go */

/* Is there a lock of another file that one of KIND for F has to wait for? */
static bool
is_taken(const struct file *f, int kind) REQUIRES(fs_lock)
{
	list_for_each(node, &locked) {
		const struct file *g = list_entry(node, struct file, lock_node);

		if (g != f && g->inode == f->inode && (kind == LOCK_EX || g->lock == LOCK_EX))
			return true;
	}
	return false;
}

void
flock_release(struct file *f)
{
	if (f->lock == 0)
		return;
	f->lock = 0;
	list_remove(&f->lock_node);
	waitq_wake(&waiters);
}

/* As Linux, give up what F has first: changing a lock is not one step. */
static err_t
take(struct file *f, int kind, bool nowait) REQUIRES(fs_lock)
{
	err_t err = ERR_OK;

	if (f->lock == kind)
		return ERR_OK;
	flock_release(f);
	while (is_taken(f, kind) && err == ERR_OK)
		err = nowait ? ERR_AGAIN : waitq_wait(&waiters, &fs_lock);
	if (err != ERR_OK)
		return err;
	f->lock = kind;
	list_push_back(&locked, &f->lock_node);
	return ERR_OK;
}

err_t
file_flock(struct file *f, int operation)
{
	int kind = operation & ~LOCK_NB;
	err_t err = ERR_OK;

	if (kind != LOCK_SH && kind != LOCK_EX && kind != LOCK_UN)
		return ERR_INVAL;
	spin_lock(&fs_lock);
	if (kind == LOCK_UN)
		flock_release(f);
	else
		err = take(f, kind, (operation & LOCK_NB) != 0);
	spin_unlock(&fs_lock);
	return err;
}
