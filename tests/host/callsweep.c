/* SPDX-License-Identifier: MIT */
/*
 * See callsweep.h.
 */
#include "callsweep.h"

#include <stdarg.h>

#include "mm/kmalloc.h"
#include "space.h"
#include "sweep.h"

#define FDS	16

char callsweep_file[FILE_SIZE], callsweep_new[FILE_SIZE], callsweep_out[FILE_SIZE];

/* All that a refused call must leave as it was. */
struct state {
	struct proc proc;		/* but for what a sleep is to go on with: set at once */
	size_t frames;
	long objects;
	char text[4096];		/* open files, names, the terminal, the system */
};

static struct state first, before, after;
static struct trapframe registers;
static size_t n_scenarios, n_accesses;

static void __attribute__((format(printf, 2, 3)))
add(struct state *s, const char *fmt, ...)
{
	size_t len = strlen(s->text);
	va_list ap;

	va_start(ap, fmt);
	len += vsnprintf(s->text + len, sizeof(s->text) - len, fmt, ap);
	va_end(ap);
	must(len < sizeof(s->text));
}

static void
add_descriptors(struct state *s)
{
	for (int fd = 0; fd < FDS; fd++) {
		struct file *f = fd_lookup_any(&host_proc, fd);
		union ioctl_arg arg = { .number = 0 };

		if (f == NULL)
			continue;
		if (file_ioctl(f, FIONREAD, &arg) != ERR_OK)
			arg.number = -1;
		add(s, "%d: at %zd, %d to read, flags %x\n", fd, file_seek(f, 0, SEEK_CUR),
		    arg.number, file_flags(f));
	}
}

/* A name in /tmp with its file, and a sum over what is in that. */
static void
add_name(struct state *s, const char *name)
{
	static char bytes[4 * PG_SIZE];
	char path[64];
	struct linux_stat st;
	struct inode *ip;
	unsigned sum = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "/tmp/%s", name);
	must_eq(inode_lookup_link(NULL, path, &ip), ERR_OK);
	inode_stat(ip, &st);
	n = (st.st_mode & S_IFMT) == S_IFREG ? inode_read(ip, bytes, sizeof(bytes), 0) : 0;
	for (ssize_t i = 0; i < n; i++)
		sum = sum * 31 + (uint8_t)bytes[i];
	inode_put(ip);
	add(s, "%s: mode %o, %zu links, %zu bytes, sum %x\n", name, st.st_mode,
	    (size_t)st.st_nlink, (size_t)st.st_size, sum);
}

static void
add_names(struct state *s)
{
	struct file *dir = open_ok("/tmp", O_RDONLY);
	static char page[PG_SIZE];
	const struct linux_dirent64 *d;
	offset_t next;
	ssize_t n = file_readdir(dir, page, sizeof(page), &next);

	file_put(dir);
	must(n > 0);
	for (ssize_t at = 0; at < n; at += d->d_reclen) {
		d = (const struct linux_dirent64 *)(page + at);
		add_name(s, d->d_name);
	}
}

static void
add_system(struct state *s)
{
	struct linux_utsname names;
	union ioctl_arg arg;

	must_eq(syscall6(sys_uname, &names, 0, 0, 0), ERR_OK);
	add(s, "%s %s\n", names.nodename, names.domainname);
	must_eq(file_ioctl(fd_lookup(&host_proc, 0), TCGETS, &arg), ERR_OK);
	add(s, "terminal %x %x\n", arg.termios.c_iflag, arg.termios.c_lflag);
	must_eq(file_ioctl(fd_lookup(&host_proc, 0), TIOCGWINSZ, &arg), ERR_OK);
	add(s, "window %d %d\n", arg.winsize.ws_row, arg.winsize.ws_col);
}

static void
look(struct state *s)
{
	memset(s, 0, sizeof(*s));
	s->proc = host_proc;
	memset(&s->proc.again, 0, sizeof(s->proc.again));
	add_descriptors(s);
	add_names(s);
	add_system(s);
	s->frames = pmem_free_count();
	s->objects = host_objects;
}

static void
must_be_as(const struct state *old)
{
	look(&after);
	if (strcmp(after.text, old->text) != 0)
		fprintf(stderr, "before:\n%safter:\n%s", old->text, after.text);
	must(strcmp(after.text, old->text) == 0);
	must(memcmp(&after.proc, &old->proc, sizeof(after.proc)) == 0);
	must_eq(after.objects, old->objects);
	must_eq(after.frames, old->frames);
}

static void
attempt(const void *arg)
{
	static struct proc start;
	const struct scenario *s = arg;
	int64_t ret;

	start = host_proc;
	if (s->setup != NULL)
		s->setup();
	look(&before);
	sweep_arm();
	ret = s->run();
	if (sweep_disarm()) {
		must(ret == ERR_FAULT || (ret >= 0 && (s->flags & MAY_WORK)));
		if (ret >= 0 && s->undo != NULL)
			s->undo(ret);
		if (!(s->flags & (ret < 0 ? MAY_CHANGE : KEEPS)))
			must_be_as(&before);
		ret = s->run();
	}
	must(ret >= 0);
	if (s->undo != NULL)
		s->undo(ret);
	if (!(s->flags & KEEPS))
		must_be_as(&before);
	host_proc = start;
}

void
callsweep_all(const struct scenario *scenarios, size_t n)
{
	for (size_t i = 0; i < n; i++)
		n_accesses += sweep(&fail_usercopy, scenarios[i].name, attempt, &scenarios[i]);
	n_scenarios += n;
}

static const struct call *call;

int64_t
callsweep_call(const struct call *c)
{
	return c->fn(&(struct trapframe){ .rdi = c->a, .rsi = c->b, .rdx = c->c, .r10 = c->d,
	    .r8 = c->e, .r9 = c->f });
}

static int64_t
make_call(void)
{
	return callsweep_call(call);
}

void
callsweep_calls(const struct call *calls, size_t n)
{
	for (call = calls; call < calls + n; call++)
		callsweep_all(&(struct scenario){ call->name, NULL, make_call, NULL, call->flags },
		    1);
}

void
callsweep_restore_file(void)
{
	struct file *f = fd_lookup(&host_proc, FILE_FD);

	must_eq(file_pwrite(f, callsweep_file, FILE_SIZE, 0), FILE_SIZE);
	must_eq(file_seek(f, 0, SEEK_SET), 0);
}

size_t
callsweep_drain_pipe(char *buf, size_t size)
{
	struct file *rd = fd_lookup(&host_proc, PIPE_RD), *wr = fd_lookup(&host_proc, PIPE_WR);
	ssize_t n = file_read(rd, buf, size, true);

	must(n > 0 && (size_t)n < size);
	must_eq(file_write(wr, callsweep_file, PIPE_BYTES, true), PIPE_BYTES);
	return n;
}

void
callsweep_begin(void)
{
	int fds[2];

	fs_host_init();
	must_eq(pmem_alloc_zeroed(&kernel_vpmap.root), ERR_OK);
	must_eq(as_init(&as), ERR_OK);
	must(as_map_memregion(&as, REGION, 4 * PG_SIZE, MEMPERM_URW, NULL, 0, 0) != NULL);
	signal_init(&host_proc);
	timer_init(&host_proc.alarm, NULL);
	host_proc.as = &as;
	host_proc.tf = &registers;
	for (size_t i = 0; i < FILE_SIZE; i++) {
		callsweep_file[i] = (char)(i * 7 + i / PG_SIZE);
		callsweep_new[i] = (char)(i * 5 + 1);
	}
	must_eq(files_open_console(&host_proc), ERR_OK);
	must_eq(fd_reserve(&host_proc, FDS), ERR_OK);	/* the table does not shrink */
	file_make(FILE_PATH, callsweep_file, FILE_SIZE);
	must_eq(syscall6(sys_chmod, FILE_PATH, 0644, 0, 0), ERR_OK);
	must_eq(syscall6(sys_symlink, FILE_PATH, LINK_PATH, 0, 0), ERR_OK);
	must_eq(syscall6(sys_open, FILE_PATH, O_RDWR, 0, 0), FILE_FD);
	must_eq(syscall6(sys_open, "/tmp", O_RDONLY, 0, 0), DIR_FD);
	must_eq(syscall6(sys_pipe, fds, 0, 0, 0), ERR_OK);
	must(fds[0] == PIPE_RD && fds[1] == PIPE_WR);
	must_eq(syscall6(sys_write, PIPE_WR, callsweep_file, PIPE_BYTES, 0), PIPE_BYTES);
	look(&first);
}

void
callsweep_end(size_t least)
{
	must_be_as(&first);
	printf("sweep: %zu scenarios, %zu accesses, each refused alone and with the rest\n",
	    n_scenarios, n_accesses);
	must(n_scenarios >= 30 && n_accesses >= least);
}
