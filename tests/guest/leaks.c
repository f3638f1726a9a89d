/* SPDX-License-Identifier: MIT */
/*
 * What the kernel puts into user memory has nothing of its own in it: no address, and no
 * old bytes where a structure has gaps.
 */
#include "test.h"

/* Are there N bytes at P that look like a kernel address? */
static bool
looks_like_kernel(const void *p, size_t n)
{
	const unsigned char *bytes = p;

	for (size_t i = 0; i + 8 <= n; i += 8) {
		uint64_t word;

		memcpy(&word, bytes + i, sizeof(word));
		if (word >= 0xffff800000000000 && word < (uint64_t)-4096)
			return true;
	}
	return false;
}

static volatile bool leaked;

static void
look_at_frame(int sig unused_arg, struct linux_siginfo *info, struct linux_ucontext *c)
{
	leaked = looks_like_kernel(info, sizeof(*info)) ||
	    looks_like_kernel(c, offsetof(struct linux_ucontext, uc_mcontext.reserved)) ||
	    looks_like_kernel((void *)c->uc_mcontext.fpstate, sizeof(struct linux_fpstate)) ||
	    info->si_errno != 0 || info->pad != 0 || c->uc_stack.pad != 0;
	for (size_t i = 1; i < array_len(info->room); i++)	/* the first: who has sent it */
		leaked = leaked || info->room[i] != 0;
}

static void
raise_and_look(void *arg unused_arg)
{
	kill(getpid(), SIGUSR1);
	check(!leaked);
}

/* Do the N bytes at P that no field uses hold nothing? */
static void
check_zero(const void *p, size_t n)
{
	const char *bytes = p;

	for (size_t i = 0; i < n; i++)
		check_eq(bytes[i], 0);
}

/* The names of a utsname, each to the end of its field. */
static void
check_names(const struct linux_utsname *name)
{
	const char *fields[] = { name->sysname, name->nodename, name->release, name->version,
		name->machine, name->domainname };

	for (size_t i = 0; i < array_len(fields); i++)
		check_zero(fields[i] + strlen(fields[i]),
		    sizeof(name->sysname) - strlen(fields[i]));
}

/* Between the entries of a directory there is only what was there before. */
static void
check_entries(const char *path)
{
	static char entries[2048];
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	long n;

	memset(entries, 0xee, sizeof(entries));
	n = raw_syscall(SYS_getdents64, fd, entries, sizeof(entries));
	check(n > 0);
	for (long at = 0; at < n;) {
		const struct linux_dirent64 *e = (const void *)(entries + at);
		size_t used = offsetof(struct linux_dirent64, d_name) + strlen(e->d_name) + 1;

		check(!looks_like_kernel(e, offsetof(struct linux_dirent64, d_name)));
		for (size_t i = used; i < e->d_reclen; i++)
			check(entries[at + (long)i] == 0 || entries[at + (long)i] == (char)0xee);
		at += e->d_reclen;
	}
	close(fd);
}

#define check_told(call, buffer) do { \
	memset(&(buffer), 0xee, sizeof(buffer)); \
	check_eq((call), 0); \
	check(!looks_like_kernel(&(buffer), sizeof(buffer))); \
} while (0)

/* N17 */
static void
test_leaks(void)
{
	struct linux_stat st;
	struct linux_utsname name;
	struct linux_rusage usage;
	struct linux_sysinfo info;
	struct linux_sigaction action;
	struct linux_stack stack;

	test_step("calls");
	check_told(stat("/", &st), st);
	check_addr(st.pad0, 0);
	check_told(uname(&name), name);
	check_names(&name);
	check_told(raw_syscall(SYS_getrusage, 0, &usage), usage);
	check_told(sysinfo(&info), info);
	check_told(sigaction(SIGINT, NULL, &action), action);
	check_told(sigaltstack(NULL, &stack), stack);
	check_addr(stack.pad, 0);

	test_step("directories");
	check_entries("/");
	check_entries("/dev");
	check_entries("/proc/self");

	test_step("frames");
	signal_handle(SIGUSR1, look_at_frame, 0);
	check_exited(test_child(raise_and_look, NULL), 0);	/* its structures are new */
	raise_and_look(NULL);
}

int
main(void)
{
	test_begin("leaks");
	test_leaks();
	test_end();
}
