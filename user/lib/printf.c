/* SPDX-License-Identifier: MIT */
/*
 * Formatted output: %c %s %d %i %u %x %X %p %%, the flags - and 0, a width and a
 * precision (also as *), the lengths h l ll z.
 *
 * Text goes into a sink: a buffer that is cut when full (snprintf) or written out
 * when full and at the end of the call (dprintf).  The latter's buffer is static, so
 * that printing works on one page of stack; there are no threads to fight over it.
 */
#include "user.h"

struct sink {
	char *buf;
	size_t size;		/* of buf */
	size_t used;		/* of buf */
	size_t total;		/* of the whole text */
	int fd;			/* -1: keep what fits, drop the rest */
	bool failed;		/* a write has failed */
};

/* What stands between the % and the letter. */
struct spec {
	bool left;		/* - */
	bool zero;		/* 0 */
	int width;
	int precision;		/* -1: none given */
	char length;		/* h, l (also ll and z), or 0 */
};

static void
sink_flush(struct sink *s)
{
	if (write_all(s->fd, s->buf, s->used) < 0)
		s->failed = true;
	s->used = 0;
}

static void
sink_char(struct sink *s, char c)
{
	s->total++;
	if (s->used == s->size) {
		if (s->fd < 0)
			return;
		sink_flush(s);
	}
	s->buf[s->used++] = c;
}

static void
sink_fill(struct sink *s, char c, int count)
{
	for (; count > 0; count--)
		sink_char(s, c);
}

static void
sink_text(struct sink *s, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sink_char(s, text[i]);
}

/* N bytes of text, in a field of the width that SPEC asks for. */
static void
put_text(struct sink *s, const struct spec *spec, const char *text, size_t n)
{
	int pad = spec->width > (int)n ? spec->width - (int)n : 0;

	if (!spec->left)
		sink_fill(s, ' ', pad);
	sink_text(s, text, n);
	if (spec->left)
		sink_fill(s, ' ', pad);
}

static void
put_string(struct sink *s, const struct spec *spec, const char *text)
{
	size_t most = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision, n = 0;

	if (text == NULL)
		text = "(null)";
	while (n < most && text[n] != '\0')
		n++;
	put_text(s, spec, text, n);
}

/* The digits of VALUE, right-aligned before END; none for 0.  => how many */
static int
digits_before(char *end, uint64_t value, unsigned base, const char *digits)
{
	char *p = end;

	for (; value != 0; value /= base)
		*--p = digits[value % base];
	return (int)(end - p);
}

/* The number VALUE: PREFIX ("", "-" or "0x"), zeros, digits, in the field that SPEC asks for. */
static void
put_number(struct sink *s, const struct spec *spec, uint64_t value, unsigned base,
    const char *prefix, const char *digits)
{
	char text[24], *end = text + sizeof(text);
	int n = digits_before(end, value, base, digits);
	int least = spec->precision < 0 ? 1 : spec->precision;
	int zeros = n < least ? least - n : 0;
	int pad = spec->width - (int)strlen(prefix) - zeros - n;

	if (spec->zero && !spec->left && spec->precision < 0 && pad > 0) {
		zeros += pad;
		pad = 0;
	}
	if (!spec->left)
		sink_fill(s, ' ', pad);
	sink_text(s, prefix, strlen(prefix));
	sink_fill(s, '0', zeros);
	sink_text(s, end - n, (size_t)n);
	if (spec->left)
		sink_fill(s, ' ', pad);
}

/*
 * The next arguments, by their length in the format.  The list is passed as a pointer
 * to a struct around it: a va_list may be an array type, which has no useful address.
 */
struct args {
	va_list ap;
};

static int64_t
next_signed(struct args *args, const struct spec *spec)
{
	if (spec->length == 'l')
		return va_arg(args->ap, int64_t);
	if (spec->length == 'h')
		return (short)va_arg(args->ap, int);
	return va_arg(args->ap, int);
}

static uint64_t
next_unsigned(struct args *args, const struct spec *spec)
{
	if (spec->length == 'l')
		return va_arg(args->ap, uint64_t);
	if (spec->length == 'h')
		return (unsigned short)va_arg(args->ap, unsigned);
	return va_arg(args->ap, unsigned);
}

static void
put_signed(struct sink *s, const struct spec *spec, int64_t value)
{
	uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;

	put_number(s, spec, magnitude, 10, value < 0 ? "-" : "", "0123456789");
}

/* One conversion, LETTER. */
static void
convert(struct sink *s, const struct spec *spec, char letter, struct args *args)
{
	char c;

	switch (letter) {
	case 'd':
	case 'i':
		put_signed(s, spec, next_signed(args, spec));
		return;
	case 'u':
		put_number(s, spec, next_unsigned(args, spec), 10, "", "0123456789");
		return;
	case 'x':
		put_number(s, spec, next_unsigned(args, spec), 16, "", "0123456789abcdef");
		return;
	case 'X':
		put_number(s, spec, next_unsigned(args, spec), 16, "", "0123456789ABCDEF");
		return;
	case 'p':
		put_number(s, spec, va_arg(args->ap, uint64_t), 16, "0x", "0123456789abcdef");
		return;
	case 's':
		put_string(s, spec, va_arg(args->ap, const char *));
		return;
	case 'c':
		c = (char)va_arg(args->ap, int);
		put_text(s, spec, &c, 1);
		return;
	default:
		sink_char(s, letter);	/* %%, and whatever else we do not know */
	}
}

/* A decimal number, or * for the next argument, at *FMT; 0 when there is none. */
static int
parse_count(const char **fmt, struct args *args)
{
	int n = 0;

	if (**fmt == '*') {
		++*fmt;
		return va_arg(args->ap, int);
	}
	for (; isdigit(**fmt); ++*fmt)
		n = n * 10 + (**fmt - '0');
	return n;
}

/* Read what stands behind a %.  => *FMT points at the letter */
static struct spec
parse_spec(const char **fmt, struct args *args)
{
	struct spec spec = { .precision = -1 };

	for (; **fmt == '-' || **fmt == '0'; ++*fmt) {
		spec.left |= **fmt == '-';
		spec.zero |= **fmt == '0';
	}
	spec.width = parse_count(fmt, args);
	if (spec.width < 0) {
		spec.left = true;
		spec.width = -spec.width;
	}
	if (**fmt == '.') {
		++*fmt;
		spec.precision = parse_count(fmt, args);
	}
	for (; **fmt == 'h' || **fmt == 'l' || **fmt == 'z'; ++*fmt)
		spec.length = **fmt == 'h' ? 'h' : 'l';
	return spec;
}

static void
format(struct sink *s, const char *fmt, va_list ap)
{
	struct args args;

	va_copy(args.ap, ap);
	for (; *fmt != '\0'; fmt++) {
		if (*fmt != '%') {
			sink_char(s, *fmt);
			continue;
		}
		fmt++;

		struct spec spec = parse_spec(&fmt, &args);

		if (*fmt == '\0')
			break;
		convert(s, &spec, *fmt, &args);
	}
	va_end(args.ap);
}

int
vsnprintf(char *buf, size_t n, const char *fmt, va_list ap)
{
	struct sink s = { .buf = buf, .size = n > 0 ? n - 1 : 0, .fd = -1 };

	format(&s, fmt, ap);
	if (n > 0)
		buf[s.used] = '\0';
	return (int)s.total;
}

int
snprintf(char *buf, size_t n, const char *fmt, ...)
{
	va_list ap;
	int total;

	va_start(ap, fmt);
	total = vsnprintf(buf, n, fmt, ap);
	va_end(ap);
	return total;
}

int
vdprintf(int fd, const char *fmt, va_list ap)
{
	static char buf[256];
	struct sink s = { .buf = buf, .size = sizeof(buf), .fd = fd };

	format(&s, fmt, ap);
	sink_flush(&s);
	return s.failed ? -1 : (int)s.total;
}

int
dprintf(int fd, const char *fmt, ...)
{
	va_list ap;
	int total;

	va_start(ap, fmt);
	total = vdprintf(fd, fmt, ap);
	va_end(ap);
	return total;
}

int
printf(const char *fmt, ...)
{
	va_list ap;
	int total;

	va_start(ap, fmt);
	total = vdprintf(STDOUT, fmt, ap);
	va_end(ap);
	return total;
}

int
puts(const char *s)
{
	return printf("%s\n", s);
}
