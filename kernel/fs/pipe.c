/* SPDX-License-Identifier: MIT */
/*
 * A pipe is a ring of PIPE_SIZE bytes made of PIPE_PAGES slots.  A slot has a
 * frame exactly while some unread byte lies in it, so an empty pipe owns none.
 *
 *   slot     0        1        2              15
 *        +--------+--------+--------+  ...  +--------+
 *        |   xxxxx|xxxxxxxx|xxx     |       |        |
 *        +--------+--------+--------+  ...  +--------+
 *            ^tail            ^head
 */
#include "fs/pipe.h"

#include "lib/string.h"
#include "lock.h"
#include "mm/kmalloc.h"
#include "mm/pmem.h"
#include "panic.h"
#include "proc.h"
#include "sched.h"
#include "sys/abi.h"
#include "sys/abi_poll.h"
#include "sys/abi_signal.h"

#define PIPE_PAGES	16
#define PIPE_SIZE	(PIPE_PAGES * PG_SIZE)	/* 64 KiB, as Linux */
#define PIPE_ATOMIC	PG_SIZE			/* a write of at most so much is never split */

struct pipe {
	struct spinlock lock;
	/* lock */
	struct waitq readers, writers;	/* who waits for bytes, and for room; or for the other, */
	struct pollq pollers;		/* and for any of that */
	unsigned read_open, write_open;	/* ends */
	unsigned reads, writes;		/* how many ends were ever opened */
	uint64_t tail, head;		/* never wrapped: the place is the remainder */
	paddr_t slots[PIPE_PAGES];	/* owned frames; 0: none */
};

struct pipe *
pipe_create(void)
{
	struct pipe *p = kzalloc(sizeof(*p));

	if (p == NULL)
		return NULL;
	spin_init(&p->lock, "pipe");
	waitq_init(&p->readers);
	waitq_init(&p->writers);
	pollq_init(&p->pollers);
	return p;
}

static paddr_t *
slot_at(struct pipe *p, uint64_t pos)
{
	return &p->slots[pos / PG_SIZE % PIPE_PAGES];
}

static void
slot_free(paddr_t *slot)
{
	if (*slot == 0)
		return;
	pmem_free(*slot);
	*slot = 0;
}

/* ACCESS is one end, or both: add CHANGE to the count of each. */
static void
count_ends(struct pipe *p, int access, int change) REQUIRES(p->lock)
{
	if (access != O_WRONLY)
		p->read_open += change;
	if (access != O_RDONLY)
		p->write_open += change;
	waitq_wake(&p->readers);
	waitq_wake(&p->writers);
	pollq_wake(&p->pollers);
}

void
pipe_open(struct pipe *p, int access)
{
	spin_lock(&p->lock);
	count_ends(p, access, 1);
	p->reads += access != O_WRONLY;
	p->writes += access != O_RDONLY;
	spin_unlock(&p->lock);
}

void
pipe_close(struct pipe *p, int access)
{
	spin_lock(&p->lock);
	count_ends(p, access, -1);
	spin_unlock(&p->lock);
}

bool
pipe_is_unused(const struct pipe *p)
{
	return p->read_open == 0 && p->write_open == 0;
}

bool
pipe_has_reader(const struct pipe *p)
{
	return p->read_open > 0;
}

void
pipe_destroy(struct pipe *p)
{
	for (int i = 0; i < PIPE_PAGES; i++)
		slot_free(&p->slots[i]);
	kfree(p);
}

err_t
pipe_wait_other(struct pipe *p, int access)
{
	bool reader = access == O_RDONLY;
	unsigned *open = reader ? &p->write_open : &p->read_open;
	unsigned *ever = reader ? &p->writes : &p->reads;
	unsigned before;
	err_t err = ERR_OK;

	spin_lock(&p->lock);
	before = *ever;
	while (*open == 0 && *ever == before && err == ERR_OK)
		err = waitq_wait(reader ? &p->readers : &p->writers, &p->lock);
	spin_unlock(&p->lock);
	return err;
}

/* The bytes of the ring from POS on that lie in one frame: at most *N, which is cut. */
static char *
ring_at(struct pipe *p, uint64_t pos, size_t *n)
{
	*n = min(*n, PG_SIZE - pg_ofs(pos));
	return (char *)kmap_p2v(*slot_at(p, pos)) + pg_ofs(pos);
}

static void
ring_get(struct pipe *p, char *buf, size_t n)
{
	size_t done, chunk;

	for (done = 0; done < n; done += chunk) {
		const char *at;

		chunk = n - done;
		at = ring_at(p, p->tail + done, &chunk);
		memcpy(buf + done, at, chunk);
	}
}

static void
ring_put(struct pipe *p, const char *buf, size_t n)
{
	size_t done, chunk;

	for (done = 0; done < n; done += chunk) {
		char *at;

		chunk = n - done;
		at = ring_at(p, p->head + done, &chunk);
		memcpy(at, buf + done, chunk);
	}
}

ssize_t
pipe_peek(struct pipe *p, void *buf, size_t n, bool nowait)
{
	err_t err = ERR_OK;

	spin_lock(&p->lock);
	while (p->tail == p->head && p->write_open > 0 && err == ERR_OK)
		err = nowait ? ERR_AGAIN : waitq_wait(&p->readers, &p->lock);
	if (err == ERR_OK) {
		n = min(n, p->head - p->tail);
		ring_get(p, buf, n);
	}
	spin_unlock(&p->lock);
	return err == ERR_OK ? (ssize_t)n : err;
}

size_t
pipe_readable(struct pipe *p)
{
	size_t n;

	spin_lock(&p->lock);
	n = p->head - p->tail;
	spin_unlock(&p->lock);
	return n;
}

/* As pipe(7) and poll(2) have it: there is room when an atomic write would not wait. */
unsigned
pipe_poll(struct pipe *p, int access, struct watch *w)
{
	unsigned ready = 0;

	spin_lock(&p->lock);
	pollq_add(&p->pollers, w);
	if (access != O_RDONLY) {
		if (PIPE_SIZE - (p->head - p->tail) >= PIPE_ATOMIC)
			ready |= POLLOUT | POLLWRNORM;
		if (p->read_open == 0)
			ready |= POLLERR;
	}
	if (access != O_WRONLY) {
		if (p->head != p->tail)
			ready |= POLLIN | POLLRDNORM;
		if (p->write_open == 0 && p->writes > 0)	/* there was a writer */
			ready |= POLLHUP;
	}
	spin_unlock(&p->lock);
	return ready;
}

void
pipe_skip(struct pipe *p, size_t n)
{
	uint64_t page;

	spin_lock(&p->lock);
	kassert(n <= p->head - p->tail);
	page = pg_round_down(p->tail);
	p->tail += n;
	for (; page + PG_SIZE <= p->tail; page += PG_SIZE) {
		/* When the ring is full, its newest bytes may share the slot of the oldest. */
		if (p->head <= page + PIPE_SIZE)
			slot_free(slot_at(p, page));
	}
	if (p->tail == p->head) {
		slot_free(slot_at(p, p->tail));
		p->tail = p->head = 0;
	}
	waitq_wake(&p->writers);
	pollq_wake(&p->pollers);
	spin_unlock(&p->lock);
}

/* Give frames to the slots of the next N bytes, at most a page.  => ERR_NOMEM: nothing changed */
static err_t
ring_reserve(struct pipe *p, size_t n)
{
	paddr_t *first = slot_at(p, p->head), *last = slot_at(p, p->head + n - 1);
	bool added = *first == 0;
	err_t err = ERR_OK;

	if (added)
		err = pmem_alloc(first);
	if (err != ERR_OK)
		return err;
	if (*last == 0)
		err = pmem_alloc(last);
	if (err != ERR_OK && added)
		slot_free(first);
	return err;
}

/* Wait until NEED bytes have room.  => ERR_PIPE, ERR_AGAIN, ERR_INTR */
static err_t
wait_for_room(struct pipe *p, size_t need, bool nowait) REQUIRES(p->lock)
{
	err_t err = ERR_OK;

	while (p->read_open > 0 && PIPE_SIZE - (p->head - p->tail) < need && err == ERR_OK)
		err = nowait ? ERR_AGAIN : waitq_wait(&p->writers, &p->lock);
	return err == ERR_OK && p->read_open == 0 ? ERR_PIPE : err;
}

/* Put in as much of N bytes as fits, at most a page, but all of an atomic write. */
static ssize_t
put_some(struct pipe *p, const char *buf, size_t n, size_t need, bool nowait) REQUIRES(p->lock)
{
	err_t err = wait_for_room(p, need, nowait);

	if (err != ERR_OK)
		return err;
	n = min(n, PIPE_SIZE - (p->head - p->tail));
	n = min(n, (size_t)PG_SIZE);
	err = ring_reserve(p, n);
	if (err != ERR_OK)
		return err;
	ring_put(p, buf, n);
	p->head += n;
	waitq_wake(&p->readers);
	pollq_wake(&p->pollers);
	return n;
}

ssize_t
pipe_write(struct pipe *p, const void *buf, size_t n, bool nowait)
{
	size_t need = n <= PIPE_ATOMIC ? n : 1, done = 0;
	ssize_t put = 0;

	spin_lock(&p->lock);
	while (done < n) {
		put = put_some(p, (const char *)buf + done, n - done, need, nowait);
		if (put < 0)
			break;
		done += put;
	}
	spin_unlock(&p->lock);

	if (put == ERR_PIPE) {		/* proc_lock comes before the pipe's */
		err_t err = proc_kill(proc_current()->pid, SIGPIPE);

		kassert(err == ERR_OK);
	}
	return done > 0 ? (ssize_t)done : put;
}
