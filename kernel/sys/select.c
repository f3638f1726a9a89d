/* SPDX-License-Identifier: MIT */
/*
 * Linux' select and pselect6: poll, with the descriptors in sets of bits.
 */
#include "clock.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "syscall.h"
#include "sys/abi_poll.h"
#include "sys/abi_proc.h"
#include "sys/poll.h"
#include "sys/time.h"

#define SETS		3		/* to read from, to write to, exceptions */
#define SET_BITS	1024		/* descriptors from here on are not looked at */
#define WORD_BITS	64

static const uint16_t set_events[SETS] = {
	POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR,
	POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR,
	POLLPRI,
};

struct sets {
	vaddr_t addr[SETS];		/* 0: none */
	unsigned bits;			/* how many count */
	uint64_t words[SETS][SET_BITS / WORD_BITS];
};

static size_t
set_bytes(const struct sets *s)
{
	return (s->bits + WORD_BITS - 1) / WORD_BITS * sizeof(uint64_t);
}

static err_t
fetch_sets(struct sets *s)
{
	const uint64_t last = (1ul << s->bits % WORD_BITS) - 1;	/* of a word that counts in part */

	memset(s->words, 0, sizeof(s->words));
	for (int i = 0; i < SETS; i++) {
		if (s->addr[i] != 0 &&
		    copy_from_user(s->words[i], s->addr[i], set_bytes(s)) != ERR_OK)
			return ERR_FAULT;
		if (last != 0)
			s->words[i][s->bits / WORD_BITS] &= last;
	}
	return ERR_OK;
}

static err_t
tell_sets(const struct sets *s)
{
	for (int i = 0; i < SETS; i++) {
		if (s->addr[i] != 0 &&
		    copy_to_user(s->addr[i], s->words[i], set_bytes(s)) != ERR_OK)
			return ERR_FAULT;
	}
	return ERR_OK;
}

/* What the sets want of descriptor FD. */
static uint16_t
wanted_of(const struct sets *s, unsigned fd)
{
	uint16_t wanted = 0;

	for (int i = 0; i < SETS; i++) {
		if ((s->words[i][fd / WORD_BITS] >> fd % WORD_BITS & 1) != 0)
			wanted |= set_events[i];
	}
	return wanted;
}

/* Make ENTRIES of the sets, or only count them when that is NULL. */
static unsigned
sets_to_entries(const struct sets *s, struct poll_entry *entries)
{
	unsigned n = 0;

	for (unsigned fd = 0; fd < s->bits; fd++) {
		uint16_t wanted = wanted_of(s, fd);

		if (wanted == 0)
			continue;
		if (entries != NULL)
			entries[n] = (struct poll_entry){ .fd = fd, .wanted = wanted };
		n++;
	}
	return n;
}

/* Leave only those bits set that are ready.  => how many; ERR_BADF */
static ssize_t
entries_to_sets(struct sets *s, const struct poll_entry *entries, unsigned n)
{
	ssize_t count = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct poll_entry *e = &entries[i];
		uint64_t bit = 1ul << e->fd % WORD_BITS;

		if (e->ready == POLLNVAL)
			return ERR_BADF;
		for (int k = 0; k < SETS; k++) {
			uint64_t *word = &s->words[k][e->fd / WORD_BITS];

			if ((e->ready & set_events[k]) == 0)
				*word &= ~bit;
			count += (*word & bit) != 0;
		}
	}
	return count;
}

static ssize_t
select_until(struct sets *s, uint64_t deadline)
{
	struct poll_entry *entries = NULL;
	ssize_t ready;
	unsigned n;
	err_t err = fetch_sets(s);

	if (err != ERR_OK)
		return err;
	n = sets_to_entries(s, NULL);
	if (n > 0 && (entries = kmalloc(n * sizeof(*entries))) == NULL)
		return ERR_NOMEM;
	sets_to_entries(s, entries);
	ready = poll_entries(entries, n, deadline);
	if (ready >= 0)
		ready = entries_to_sets(s, entries, n);
	kfree(entries);
	if (ready >= 0 && (err = tell_sets(s)) != ERR_OK)
		return err;
	return ready;
}

/* The first four arguments.  => ERR_INVAL */
static err_t
sets_init(struct sets *s, void *arg)
{
	int n = arg_int(arg, 0);

	if (n < 0)
		return ERR_INVAL;
	s->bits = min(n, SET_BITS);
	for (int i = 0; i < SETS; i++)
		s->addr[i] = arg_u64(arg, 1 + i);
	return ERR_OK;
}

/* Put what is left until DEADLINE into the struct linux_timeval at ADDR, as poll_tell_left. */
static void
tell_left(vaddr_t addr, uint64_t deadline)
{
	uint64_t now = clock_now();
	const struct linux_timeval tv = timeval_from(deadline > now ? deadline - now : 0);

	if (addr != 0 && copy_to_user(addr, &tv, sizeof(tv)) != ERR_OK)
		return;
}

/* select(n, in, out, ex, time): the microseconds may be more than a second. */
sysret_t
sys_select(void *arg)
{
	vaddr_t utime = arg_u64(arg, 4);
	uint64_t deadline = UINT64_MAX;
	struct linux_timeval tv;
	struct sets s;
	ssize_t ready;
	err_t err;

	if (utime != 0) {
		if (copy_from_user(&tv, utime, sizeof(tv)) != ERR_OK)
			return ERR_FAULT;
		err = deadline_after(clock_now(), tv.tv_sec + tv.tv_usec / (int64_t)USEC_PER_SEC,
		    tv.tv_usec % (int64_t)USEC_PER_SEC * (int64_t)NSEC_PER_USEC, &deadline);
		if (err != ERR_OK)
			return err;
	}
	if ((err = sets_init(&s, arg)) != ERR_OK)
		return err;
	ready = select_until(&s, deadline);
	tell_left(utime, deadline);
	return ready == ERR_INTR ? (ssize_t)ERR_INTR_ONCE : ready;
}

/* pselect6(n, in, out, ex, time, mask with its size) */
sysret_t
sys_pselect6(void *arg)
{
	struct proc *p = proc_current();
	vaddr_t utime = arg_u64(arg, 4), uset = arg_u64(arg, 5);
	struct linux_sigset_arg set = { .mask = 0 };
	uint64_t deadline = UINT64_MAX;
	struct sets s;
	ssize_t ready;
	err_t err;

	if (uset != 0 && copy_from_user(&set, uset, sizeof(set)) != ERR_OK)
		return ERR_FAULT;
	if (utime != 0 && (err = deadline_from_user(utime, clock_now(), &deadline)) != ERR_OK)
		return err;
	if ((err = poll_mask_begin(p, set.mask, set.size)) != ERR_OK)
		return err;
	err = sets_init(&s, arg);
	ready = err == ERR_OK ? select_until(&s, deadline) : err;
	poll_tell_left(utime, deadline);
	return poll_mask_end(p, set.mask, ready);
}
