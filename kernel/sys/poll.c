/* SPDX-License-Identifier: MIT */
/*
 * Linux' poll and ppoll, and the wait that select (select.c) has in common with them.
 *
 * The first look at a file that is not ready leaves a watch with it, which wakes us when a
 * second look makes sense.
 */
#include "sys/poll.h"

#include "clock.h"
#include "fs/fs.h"
#include "mm/kmalloc.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"
#include "sys/abi_poll.h"
#include "sys/abi_proc.h"
#include "sys/time.h"

/* --- the wait --- */

/* Look at all N entries.  => how many are ready */
static unsigned
look(struct proc *p, struct poll_entry *entries, unsigned n, bool watch)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		struct poll_entry *e = &entries[i];
		struct file *f = fd_lookup(p, e->fd);

		if (e->fd < 0)
			continue;
		e->ready = POLLNVAL;
		if (f != NULL)
			e->ready = file_poll(f, watch ? &e->watch : NULL) & e->wanted;
		count += e->ready != 0;
	}
	return count;
}

/* Sleep until a watch of POLLER wakes us.  => ERR_INTR, ERR_AGAIN: DEADLINE is past */
static err_t
sleep_until_woken(struct poller *poller, uint64_t deadline)
{
	struct waitq nothing = WAITQ_INIT(nothing);
	err_t err = ERR_OK;

	spin_lock(&proc_lock);
	while (!poller->woken && err == ERR_OK)
		err = waitq_wait_until(&nothing, &proc_lock, deadline);
	spin_unlock(&proc_lock);
	return err;
}

ssize_t
poll_entries(struct poll_entry *entries, unsigned n, uint64_t deadline)
{
	struct poller poller = { .p = proc_current() };
	unsigned ready;
	err_t err = ERR_OK;

	for (unsigned i = 0; i < n; i++)
		watch_init(&entries[i].watch, &poller);
	ready = look(poller.p, entries, n, true);
	while (ready == 0) {
		err = signal_pending(poller.p) ? ERR_INTR : ERR_OK;
		if (err == ERR_INTR || clock_now() >= deadline)
			break;
		err = sleep_until_woken(&poller, deadline);
		if (err == ERR_INTR)
			break;
		poller.woken = false;
		ready = look(poller.p, entries, n, false);
	}
	for (unsigned i = 0; i < n; i++)
		watch_end(&entries[i].watch);
	return err == ERR_INTR ? err : (ssize_t)ready;
}

/* --- masks and times --- */

err_t
poll_mask_begin(struct proc *p, vaddr_t umask, size_t size)
{
	sigmask_t mask;

	if (umask == 0)
		return ERR_OK;
	if (size != sizeof(mask))
		return ERR_INVAL;
	if (copy_from_user(&mask, umask, sizeof(mask)) != ERR_OK)
		return ERR_FAULT;
	signal_swap_mask(p, mask);
	return ERR_OK;
}

ssize_t
poll_mask_end(struct proc *p, vaddr_t umask, ssize_t ret)
{
	if (ret == ERR_INTR)
		return ERR_INTR_ONCE;
	if (umask != 0)
		signal_unswap_mask(p);
	return ret;
}

void
poll_tell_left(vaddr_t addr, uint64_t deadline)
{
	uint64_t now = clock_now();
	const struct linux_timespec ts = timespec_from(deadline > now ? deadline - now : 0);

	if (addr != 0 && copy_to_user(addr, &ts, sizeof(ts)) != ERR_OK)
		return;
}

/* --- the calls --- */

/* Fetch N descriptors from user address ADDR; *OUT is to be freed. */
static err_t
fetch_entries(struct proc *p, vaddr_t addr, unsigned n, struct poll_entry **out)
{
	struct poll_entry *entries;

	*out = NULL;
	if (n > p->rlim[RLIMIT_NOFILE].cur)
		return ERR_INVAL;
	if (n == 0)
		return ERR_OK;
	entries = kmalloc(n * sizeof(*entries));
	if (entries == NULL)
		return ERR_NOMEM;
	for (unsigned i = 0; i < n; i++) {
		struct linux_pollfd fd;

		if (copy_from_user(&fd, addr + i * sizeof(fd), sizeof(fd)) != ERR_OK) {
			kfree(entries);
			return ERR_FAULT;
		}
		entries[i] = (struct poll_entry){
			.fd = fd.fd,
			.wanted = fd.events | POLLERR | POLLHUP,
		};
	}
	*out = entries;
	return ERR_OK;
}

/* Tell what is ready. */
static err_t
tell_entries(vaddr_t addr, const struct poll_entry *entries, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		vaddr_t at = addr + i * sizeof(struct linux_pollfd);

		at += offsetof(struct linux_pollfd, revents);
		if (copy_to_user(at, &entries[i].ready, sizeof(entries[i].ready)) != ERR_OK)
			return ERR_FAULT;
	}
	return ERR_OK;
}

static ssize_t
poll_until(struct proc *p, vaddr_t addr, unsigned n, uint64_t deadline)
{
	struct poll_entry *entries;
	ssize_t ready;
	err_t err = fetch_entries(p, addr, n, &entries);

	if (err != ERR_OK)
		return err;
	ready = poll_entries(entries, n, deadline);
	err = tell_entries(addr, entries, n);
	kfree(entries);
	return err != ERR_OK ? err : ready;
}

/* The poll that P->again describes, or the rest of it. */
static sysret_t
poll_again(struct proc *p)
{
	ssize_t ready = poll_until(p, p->again.addr, p->again.count, p->again.deadline);

	return ready == ERR_INTR ? (ssize_t)ERR_INTR_SLEEP : ready;
}

/* poll(fds, n, milliseconds) */
sysret_t
sys_poll(void *arg)
{
	struct proc *p = proc_current();
	int ms = arg_int(arg, 2);

	p->again.go_on = poll_again;
	p->again.addr = arg_u64(arg, 0);
	p->again.count = arg_int(arg, 1);
	p->again.deadline = ms < 0 ? UINT64_MAX : clock_now() + ms * NSEC_PER_MSEC;
	return poll_again(p);
}

/* ppoll(fds, n, time, mask, size of it) */
sysret_t
sys_ppoll(void *arg)
{
	struct proc *p = proc_current();
	vaddr_t utime = arg_u64(arg, 2), umask = arg_u64(arg, 3);
	uint64_t deadline = UINT64_MAX;
	ssize_t ready;
	err_t err;

	if (utime != 0 && (err = deadline_from_user(utime, clock_now(), &deadline)) != ERR_OK)
		return err;
	if ((err = poll_mask_begin(p, umask, arg_u64(arg, 4))) != ERR_OK)
		return err;
	ready = poll_until(p, arg_u64(arg, 0), arg_int(arg, 1), deadline);
	poll_tell_left(utime, deadline);
	return poll_mask_end(p, umask, ready);
}
