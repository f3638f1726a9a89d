/* SPDX-License-Identifier: MIT */
/*
 * kvsnprintf: one conversion is parsed into a struct spec, turned into digits or
 * bytes, and padded into the buffer.  Nothing here allocates or locks.
 */
#include "lib/printf.h"

#include "lib/string.h"

/* Where the text goes: LEN counts all of it, only what fits is stored. */
struct out {
	char *buf;
	size_t size;
	size_t len;
};

/* One conversion, between its % and its letter. */
struct spec {
	bool left;		/* - */
	bool zero;		/* 0 */
	bool plus;		/* + */
	int width;
	int precision;		/* -1: none given */
	int length;		/* bytes of the integer argument: 1, 2, 4 or 8 */
};

/* Digits of 2^64 - 1 in base 10, the longest number. */
#define MAX_DIGITS	20

static void
put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void
put_repeated(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

/* PREFIX, ZEROS zeros and the N bytes at S, blanks around them up to the width. */
static void
put_padded(struct out *o, const struct spec *sp, const char *prefix, int zeros,
    const char *s, int n)
{
	int blanks = sp->width - (int)strlen(prefix) - zeros - n;

	if (!sp->left)
		put_repeated(o, ' ', blanks);
	for (; *prefix != '\0'; prefix++)
		put(o, *prefix);
	put_repeated(o, '0', zeros);
	for (int i = 0; i < n; i++)
		put(o, s[i]);
	if (sp->left)
		put_repeated(o, ' ', blanks);
}

static void
put_number(struct out *o, const struct spec *sp, const char *prefix, uint64_t v,
    unsigned base, const char *digits)
{
	char buf[MAX_DIGITS];
	char *p = buf + sizeof(buf);
	int n, least = sp->precision;	/* so many digits at least */

	for (; v != 0; v /= base)
		*--p = digits[v % base];
	n = buf + sizeof(buf) - p;
	if (least < 0 && sp->zero && !sp->left)
		least = sp->width - (int)strlen(prefix);
	if (sp->precision < 0)
		least = max(least, 1);
	put_padded(o, sp, prefix, max(least - n, 0), p, n);
}

static void
put_string(struct out *o, const struct spec *sp, const char *s)
{
	if (s == NULL)
		s = "(null)";
	put_padded(o, sp, "", 0, s, strnlen(s, sp->precision < 0 ? INT32_MAX : sp->precision));
}

/* Cut V to the argument's length. */
static uint64_t
cut_unsigned(uint64_t v, int length)
{
	return length == 8 ? v : v & ((1ul << (8 * length)) - 1);
}

static int64_t
cut_signed(uint64_t v, int length)
{
	int shift = 64 - 8 * length;

	return (int64_t)(v << shift) >> shift;
}

static void
put_signed(struct out *o, const struct spec *sp, uint64_t arg)
{
	int64_t v = cut_signed(arg, sp->length);

	if (v < 0)
		put_number(o, sp, "-", -(uint64_t)v, 10, "0123456789");
	else
		put_number(o, sp, sp->plus ? "+" : "", v, 10, "0123456789");
}

/* A number at *FMT, or the next int argument when there is a *; *FMT moves on. */
static int
parse_number(const char **fmt, va_list *ap)
{
	int n = 0;

	if (**fmt == '*') {
		++*fmt;
		return va_arg(*ap, int);
	}
	for (; **fmt >= '0' && **fmt <= '9'; ++*fmt)
		n = n * 10 + (**fmt - '0');
	return n;
}

static const char *
parse_flags(struct spec *sp, const char *fmt)
{
	for (;; fmt++) {
		if (*fmt == '-')
			sp->left = true;
		else if (*fmt == '0')
			sp->zero = true;
		else if (*fmt == '+')
			sp->plus = true;
		else
			return fmt;
	}
}

static const char *
parse_length(struct spec *sp, const char *fmt)
{
	if (*fmt == 'z') {
		sp->length = 8;
		return fmt + 1;
	}
	for (; *fmt == 'l'; fmt++)
		sp->length = 8;
	for (; *fmt == 'h'; fmt++)
		sp->length /= 2;
	return fmt;
}

/* Parse what follows a % up to the conversion's letter.  => where the letter is */
static const char *
parse_spec(struct spec *sp, const char *fmt, va_list *ap)
{
	*sp = (struct spec){ .precision = -1, .length = 4 };
	fmt = parse_flags(sp, fmt);
	sp->width = parse_number(&fmt, ap);
	if (sp->width < 0) {
		sp->left = true;
		sp->width = -sp->width;
	}
	if (*fmt == '.') {
		fmt++;
		sp->precision = parse_number(&fmt, ap);
	}
	return parse_length(sp, fmt);
}

static uint64_t
next_integer(const struct spec *sp, va_list *ap)
{
	return sp->length == 8 ? va_arg(*ap, uint64_t) : va_arg(*ap, unsigned int);
}

/* Print the argument that the letter C asks for.  An unknown letter is printed as it is. */
static void
convert(struct out *o, struct spec *sp, char c, va_list *ap)
{
	char byte;

	switch (c) {
	case 'd':
	case 'i':
		put_signed(o, sp, next_integer(sp, ap));
		break;
	case 'u':
		put_number(o, sp, "", cut_unsigned(next_integer(sp, ap), sp->length), 10,
		    "0123456789");
		break;
	case 'x':
	case 'X':
		put_number(o, sp, "", cut_unsigned(next_integer(sp, ap), sp->length), 16,
		    c == 'x' ? "0123456789abcdef" : "0123456789ABCDEF");
		break;
	case 'p':
		sp->precision = 16;
		put_number(o, sp, "0x", (uint64_t)va_arg(*ap, void *), 16, "0123456789abcdef");
		break;
	case 's':
		put_string(o, sp, va_arg(*ap, const char *));
		break;
	case 'c':
		byte = (char)va_arg(*ap, int);
		put_padded(o, sp, "", 0, &byte, 1);
		break;
	default:
		put(o, c);
	}
}

int
kvsnprintf(char *buf, size_t n, const char *fmt, va_list ap)
{
	struct out o = { .buf = buf, .size = n };
	struct spec sp;
	va_list args;

	va_copy(args, ap);
	for (; *fmt != '\0'; fmt++) {
		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_spec(&sp, fmt + 1, &args);
		if (*fmt == '\0')
			break;
		convert(&o, &sp, *fmt, &args);
	}
	va_end(args);
	if (n > 0)
		buf[min(o.len, n - 1)] = '\0';
	return (int)o.len;
}

int
ksnprintf(char *buf, size_t n, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = kvsnprintf(buf, n, fmt, ap);
	va_end(ap);
	return len;
}
