/* SPDX-License-Identifier: MIT */
/* errno, and what its values mean in words. */
#include "user.h"

int errno;

static const char *const messages[] = {
	[0] = "no error",
	[EPERM] = "not permitted",
	[ENOENT] = "no such file or directory",
	[ESRCH] = "no such process",
	[EINTR] = "interrupted",
	[EIO] = "input or output error",
	[E2BIG] = "arguments too long",
	[ENOEXEC] = "not a program",
	[EBADF] = "not an open file",
	[ECHILD] = "no child processes",
	[EAGAIN] = "try again",
	[ENOMEM] = "out of memory",
	[EACCES] = "permission denied",
	[EFAULT] = "bad address",
	[EBUSY] = "busy",
	[EEXIST] = "file exists",
	[EXDEV] = "not on the same file system",
	[ENODEV] = "no such device",
	[ENOTDIR] = "not a directory",
	[EISDIR] = "is a directory",
	[EINVAL] = "invalid argument",
	[EMFILE] = "too many open files",
	[ENOTTY] = "not a terminal",
	[EFBIG] = "file too large",
	[ENOSPC] = "no space left",
	[ESPIPE] = "not seekable",
	[EPIPE] = "nobody reads the pipe",
	[ERANGE] = "result too large",
	[ENAMETOOLONG] = "name too long",
	[ENOSYS] = "not implemented",
	[ENOTEMPTY] = "directory not empty",
	[ELOOP] = "too many links",
};

const char *
strerror(int err)
{
	if (err < 0 || (size_t)err >= array_len(messages) || messages[err] == NULL)
		return "unknown error";
	return messages[err];
}

void
perror(const char *what)
{
	dprintf(STDERR, "%s: %s\n", what, strerror(errno));
}
