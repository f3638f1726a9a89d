/* SPDX-License-Identifier: MIT */
/*
 * The strings of a new program, gathered in frames.  See execargs.h.
 */
#include "execargs.h"

#include "lib/string.h"
#include "mm/kmalloc.h"
#include "mm/pmem.h"
#include "mm/usercopy.h"

#define PIECE	256		/* of a user string that is being measured */

void
args_init(struct exec_args *a, size_t limit)
{
	a->sp = USTACK_UPPERBOUND;
	a->limit = USTACK_UPPERBOUND - limit;
}

static paddr_t
frame_above(paddr_t frame)
{
	return (paddr_t)*pmem_note(frame) * PG_SIZE;
}

/* User address of A's lowest frame. */
static vaddr_t
base(const struct exec_args *a)
{
	return USTACK_UPPERBOUND - a->n_frames * PG_SIZE;
}

void
args_take_lowest(struct exec_args *a)
{
	a->lowest = frame_above(a->lowest);
	a->n_frames--;
}

/* Give up the lowest frame. */
static void
drop_lowest(struct exec_args *a)
{
	paddr_t frame = a->lowest;

	args_take_lowest(a);
	pmem_free(frame);
}

void
args_free(struct exec_args *a)
{
	while (a->n_frames > 0)
		drop_lowest(a);
}

/* Have frames down to N bytes below sp, and move it there.  => on an error it stays */
static err_t
reserve(struct exec_args *a, size_t n)
{
	paddr_t frame;

	if (n > a->sp - a->limit)
		return ERR_2BIG;
	while (base(a) > a->sp - n) {
		if (pmem_alloc_zeroed(&frame) != ERR_OK)
			return ERR_NOMEM;
		*pmem_note(frame) = a->lowest / PG_SIZE;
		if (a->n_frames++ == 0)
			a->top = frame;
		a->lowest = frame;
	}
	a->sp -= n;
	return ERR_OK;
}

err_t
args_lower(struct exec_args *a, vaddr_t at)
{
	return reserve(a, a->sp - at);
}

struct args_cursor
args_at(const struct exec_args *a, vaddr_t at)
{
	struct args_cursor c = { a->lowest, at };

	for (size_t n = (at - base(a)) / PG_SIZE; n > 0; n--)
		c.frame = frame_above(c.frame);
	return c;
}

static char *
cursor_kva(const struct args_cursor *c)
{
	return (char *)kmap_p2v(c->frame) + pg_ofs(c->at);
}

/* How much of N bytes lies in the cursor's page. */
static size_t
cursor_room(const struct args_cursor *c, size_t n)
{
	return min(n, PG_SIZE - pg_ofs(c->at));
}

static void
cursor_advance(struct args_cursor *c, size_t n)
{
	c->at += n;
	if (pg_aligned(c->at))
		c->frame = frame_above(c->frame);
}

void
args_write(struct args_cursor *c, const void *bytes, size_t n)
{
	while (n > 0) {
		size_t piece = cursor_room(c, n);

		memcpy(cursor_kva(c), bytes, piece);
		cursor_advance(c, piece);
		bytes = (const char *)bytes + piece;
		n -= piece;
	}
}

void
args_read(struct args_cursor *c, void *bytes, size_t n)
{
	while (n > 0) {
		size_t piece = cursor_room(c, n);

		memcpy(bytes, cursor_kva(c), piece);
		cursor_advance(c, piece);
		bytes = (char *)bytes + piece;
		n -= piece;
	}
}

void
args_skip_string(struct args_cursor *c)
{
	char last;

	do {
		last = *cursor_kva(c);
		cursor_advance(c, 1);
	} while (last != '\0');
}

err_t
args_push_bytes(struct exec_args *a, const void *bytes, size_t n, vaddr_t *at)
{
	struct args_cursor c;
	err_t err = reserve(a, n);

	if (err != ERR_OK)
		return err;
	c = args_at(a, a->sp);
	args_write(&c, bytes, n);
	*at = a->sp;
	return ERR_OK;
}

err_t
args_push(struct exec_args *a, const char *s)
{
	vaddr_t at;

	return args_push_bytes(a, s, strlen(s) + 1, &at);
}

/* The bytes of the user string S with its end.  => ERR_FAULT, ERR_2BIG */
static ssize_t
user_string_size(vaddr_t s)
{
	char piece[PIECE];

	for (size_t n = 0; n < ARG_STRING_MAX; n += PIECE) {
		ssize_t len = copy_string_from_user(piece, s + n, PIECE);

		if (len >= 0)
			return n + len + 1;
		if (len != ERR_NAMETOOLONG)
			return len;
	}
	return ERR_2BIG;
}

err_t
args_push_user(struct exec_args *a, vaddr_t s)
{
	ssize_t size = user_string_size(s);
	struct args_cursor c;
	err_t err;

	if (size < 0)
		return (err_t)size;
	err = reserve(a, size);
	c = args_at(a, a->sp);
	for (size_t left = size; left > 0 && err == ERR_OK; ) {
		size_t piece = cursor_room(&c, left);

		err = copy_from_user(cursor_kva(&c), s, piece);
		cursor_advance(&c, piece);
		s += piece;
		left -= piece;
	}
	return err;
}

void
args_pop(struct exec_args *a)
{
	struct args_cursor c = args_at(a, a->sp);

	while (a->sp < USTACK_UPPERBOUND) {
		char byte = *cursor_kva(&c);

		*cursor_kva(&c) = '\0';
		cursor_advance(&c, 1);
		a->sp++;
		if (byte == '\0')
			break;
	}
	while (a->n_frames > 1 && base(a) + PG_SIZE <= a->sp)
		drop_lowest(a);
}

char **
args_view(const struct exec_args *a, vaddr_t start, vaddr_t end, size_t *count)
{
	size_t n = min(end - start, PG_SIZE);
	char **v = kmalloc((ARGS_VIEW_MAX + 1) * sizeof(*v) + PG_SIZE);
	struct args_cursor c;
	char *s, *bytes;

	if (v == NULL)
		return NULL;
	bytes = (char *)(v + ARGS_VIEW_MAX + 1);
	if (n > 0) {
		c = args_at(a, start);
		args_read(&c, bytes, n);
	}
	*count = 0;
	for (s = bytes; s < bytes + n && *count < ARGS_VIEW_MAX; ) {
		char *string = s;

		while (s < bytes + n && *s != '\0')
			s++;
		if (s++ == bytes + n)
			break;			/* cut off */
		v[(*count)++] = string;
	}
	v[*count] = NULL;
	return v;
}
