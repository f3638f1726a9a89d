/* SPDX-License-Identifier: MIT */
/* Results of behaviours, in words. */
#include "harness.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int result_fd = -1;
static bool said;

static void
write_piece(const char *fmt, va_list ap)
{
	char line[400];
	size_t used = 0;

	if (said) {
		memcpy(line, ", ", 2);
		used = 2;
	}
	vsnprintf(line + used, sizeof(line) - used, fmt, ap);
	said = true;
	sys(SYS_write, result_fd, line, strlen(line));
}

void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_piece(fmt, ap);
	va_end(ap);
}

void
give_up(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_piece(fmt, ap);
	va_end(ap);
	_exit(0);
}

const char *
text(const char *fmt, ...)
{
	static char texts[16][160];
	static unsigned next;
	char *to = texts[next++ % 16];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(to, sizeof(texts[0]), fmt, ap);
	va_end(ap);
	return to;
}

#define NAME(e)	[e] = #e
static const char *const errno_names[] = {
	NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EINTR), NAME(EIO), NAME(E2BIG),
	NAME(ENOEXEC), NAME(EBADF), NAME(ECHILD), NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES),
	NAME(EFAULT), NAME(EBUSY), NAME(EEXIST), NAME(ENODEV), NAME(ENOTDIR), NAME(EISDIR),
	NAME(EINVAL), NAME(EMFILE), NAME(ENOTTY), NAME(ETXTBSY), NAME(EFBIG), NAME(ENOSPC),
	NAME(ESPIPE), NAME(EPIPE), NAME(ERANGE), NAME(ENAMETOOLONG), NAME(ENOSYS), NAME(ELOOP),
	NAME(ENOTEMPTY), NAME(EXDEV), NAME(ENXIO), NAME(ENODATA), NAME(EOVERFLOW),
	NAME(EOPNOTSUPP), NAME(EIDRM), NAME(ELIBBAD), NAME(EAFNOSUPPORT),
};

static const char *
errno_name(long e)
{
	if ((size_t)e < array_len(errno_names) && errno_names[e] != NULL)
		return errno_names[e];
	return text("errno %ld", e);
}

const char *
outcome(long result)
{
	return failed(result) ? errno_name(-result) : "ok";
}

const char *
number(long result)
{
	return failed(result) ? errno_name(-result) : text("%ld", result);
}

const char *
place(long result, const void *base)
{
	long distance = result - (long)base;
	long page = distance >> 12, rest = distance & 4095;

	if (failed(result))
		return errno_name(-result);
	return rest == 0 ? text("%+ld", page) : text("%+ld:%ld", page, rest);
}

const char *
same(bool equal)
{
	return equal ? "same" : "different";
}

const char *
yes(bool is)
{
	return is ? "yes" : "no";
}

const char *
ended(int status)
{
	if (WIFSIGNALED(status))
		return text("killed by signal %d", WTERMSIG(status));
	return text("exit %d", WEXITSTATUS(status));
}
