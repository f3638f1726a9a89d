/* SPDX-License-Identifier: MIT */
/*
 * System calls with any number and with arguments from the edges of things, and random
 * bytes run as code, in children that may die of it.  The kernel lives, no process stays,
 * and every frame comes back.
 *
 * The same SEED (environment, else 1) gives the same CALLS (else 100000) and CODES.  The
 * calls that could reach other processes or end the machine are bent to the child itself.
 */
#include "fuzz.h"
#include "leftovers.h"

#define BATCH		200		/* calls of one child */
#define CHILDREN	50		/* between two looks at the free frames */
#define SIGNALS		64
#define FORKS		4		/* of one child */
#define PATIENCE_NS	20000000	/* a child that takes longer is killed */

struct shared {
	uint64_t calls;			/* done by all children together */
};

static struct shared *const shared = (struct shared *)SHARED;
static unsigned killed_by[SIGNALS + 1], exited, late;

static void *
map(uint64_t addr, uint64_t n, int prot, int how)
{
	return (void *)raw_syscall(SYS_mmap, addr, n * PAGE_SIZE, prot,
	    MAP_ANONYMOUS | MAP_FIXED | how, -1, 0);
}

/* Pages that can be written, only read, run, shared, not touched; a hole; values to point to. */
static void
arena_make(void)
{
	uint64_t *words = (uint64_t *)ARENA;

	check(map(ARENA, 6, PROT_READ | PROT_WRITE, MAP_PRIVATE) == words);
	map(ARENA + 6 * PAGE_SIZE, 2, PROT_READ, MAP_PRIVATE);
	map(ARENA + 8 * PAGE_SIZE, 2, PROT_NONE, MAP_PRIVATE);
	map(ARENA + 11 * PAGE_SIZE, 3, PROT_READ | PROT_WRITE, MAP_SHARED);
	for (int i = 11; i < 14; i++)	/* what a child touches there is not its own */
		*(volatile char *)(ARENA + i * PAGE_SIZE) = 1;
	map(ARENA + 14 * PAGE_SIZE, 2, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE);
	for (size_t i = 0; i < 3 * PAGE_SIZE / sizeof(*words); i++)
		words[i] = pick(edges);
	check(map(SHARED, 1, PROT_READ | PROT_WRITE, MAP_SHARED) == shared);
	shared->calls = 0;
}

/* --- a child that makes calls --- */

/*
 * One call; the child of a FORK, whose stack may be anything or its parent's, ends at once,
 * without one.
 */
static long
call(uint64_t nr, const uint64_t a[6], uint64_t fork_like)
{
	register uint64_t r10 __asm__("r10") = a[3];
	register uint64_t r8 __asm__("r8") = a[4];
	register uint64_t r9 __asm__("r9") = a[5];
	long ret = (long)nr;

	__asm__ volatile("syscall\n"
	    "	testq %%rbx, %%rbx\n"
	    "	jz 1f\n"
	    "	testq %%rax, %%rax\n"
	    "	jnz 1f\n"
	    "	movl $60, %%eax\n"
	    "	xorl %%edi, %%edi\n"
	    "	syscall\n"
	    "1:"
	    : "+a"(ret)
	    : "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9), "b"(fork_like)
	    : "rcx", "r11", "memory");
	return ret;
}

/* Would call NR with arguments A change the program that is there for all? */
static bool
spoils_program(uint64_t nr, const uint64_t a[6])
{
	if (nr == SYS_execve || nr == SYS_execveat || nr == SYS_stat || nr == SYS_access)
		return false;
	for (int i = 0; i < 6; i++)
		if (a[i] == (uint64_t)program)
			return true;
	return false;
}

/* Half of the programs that are to be run exist, and get arguments of up to many pages. */
static void
give_strings(uint64_t *path, uint64_t *argv, uint64_t *envp)
{
	if (next_random() % 2 == 0)
		return;
	*path = (uint64_t)program;
	*argv = random_strings();
	*envp = random_strings();
}

/* Bend what could hurt others, and what would only be refused.  => is the call to be made? */
static bool
tame(uint64_t nr, uint64_t a[6], int *forks)
{
	switch (nr) {
	case SYS_reboot:
	case SYS_chdir:			/* what it makes must be found again */
	case SYS_fchdir:
	case SYS_chroot:
	case SYS_fl_faulttrace:		/* would fill the console */
		return false;
	case SYS_fork:
	case SYS_vfork:
	case SYS_clone:
		return ++*forks <= FORKS;
	case SYS_tgkill:
		a[1] = (uint64_t)getpid();
		__attribute__((fallthrough));
	case SYS_kill:
	case SYS_tkill:
	case SYS_rt_sigqueueinfo:
		a[0] = (uint64_t)getpid();
		return true;
	case SYS_prlimit64:
		a[0] = 0;
		return true;
	case SYS_execve:
		give_strings(&a[0], &a[1], &a[2]);
		return true;
	case SYS_execveat:
		give_strings(&a[1], &a[2], &a[3]);
		return true;
	default:
		return true;
	}
}

static noreturn void
make_calls(void *arg unused_arg)
{
	int forks = 0, fds[2];

	signal_default(SIGCHLD);
	raw_syscall(SYS_setpgid, 0, 0);
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	open("/dev/null", O_RDWR);
	open("a", O_RDWR | O_CREAT, 0644);
	open("t", O_RDWR | O_CREAT, 0755);
	pipe(fds);
	open(".", O_RDONLY);
	for (int i = 0; i < BATCH; i++) {
		uint64_t nr = random_number(), a[6];

		for (size_t k = 0; k < array_len(a); k++)
			a[k] = random_argument();
		if (!tame(nr, a, &forks) || spoils_program(nr, a))
			continue;
		shared->calls++;
		call(nr, a, nr == SYS_fork || nr == SYS_vfork || nr == SYS_clone);
	}
	_exit(0);
}

/* --- a child that runs random code --- */

static noreturn void
run_code(void *arg unused_arg)
{
	static const uint8_t end[] = { 0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05 };
	uint8_t *code = map(CODE, 1, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE);

	for (int i = 0; i < 15; i++)
		code[i] = (uint8_t)next_random();
	memcpy(code + 15, end, sizeof(end));	/* exit(0) */
	((void (*)(void))(uintptr_t)code)();
	_exit(0);
}

/* --- the parent --- */

/* Wait for PID to end; kill it when it has not for some time. */
static void
watch(pid_t pid)
{
	static const struct linux_timespec patience = { 0, PATIENCE_NS };
	const sigset_t chld = signal_set(SIGCHLD);
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		long got = raw_syscall(SYS_rt_sigtimedwait, &chld, NULL, &patience, 8);

		if (got == -EAGAIN) {
			late++;
			kill(pid, SIGKILL);
		}
	}
	if (WIFSIGNALED(status))
		killed_by[WTERMSIG(status)]++;
	else
		exited++;
}

static void
child(void (*fn)(void *))
{
	uint64_t seed = next_random();
	pid_t pid = fork();

	if (!check_msg(pid >= 0, "fork: errno %d", errno))
		return;
	if (pid == 0) {
		random_state = seed;
		fn(NULL);
	}
	watch(pid);
}

static unsigned
processes(void)
{
	struct linux_sysinfo info;

	sysinfo(&info);
	return info.procs;
}

/* Run N children, and wait for what they have left: PROCS processes are to stay. */
static void
batch(void (*fn)(void *), int n, unsigned procs)
{
	static const struct linux_timespec moment = { 0, 1000000 };

	for (int i = 0; i < n; i++)
		child(fn);
	for (int i = 0; i < 100 && processes() > procs; i++)
		raw_syscall(SYS_nanosleep, &moment, NULL);	/* for grandchildren to end */
	check_eq(processes(), procs);
	clean(false);
	chdir("/");
	clean(true);
	chdir("/fuzz");
}

/* Have all of PATH in the page cache, where it stays; reading would not do that. */
static void
warm(const char *path)
{
	const volatile char *page;
	struct linux_stat st = { 0 };
	int fd = open(path, O_RDONLY);

	fstat(fd, &st);
	page = (void *)raw_syscall(SYS_mmap, 0, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	for (int64_t at = 0; at < st.st_size; at += PAGE_SIZE)
		(void)page[at];
	raw_syscall(SYS_munmap, page, st.st_size);
	close(fd);
}

/* Have /proc show the processes that stay: they keep the folders they are given then. */
static void
look_around(void)
{
	static struct dir d;

	check_eq(dir_open(&d, "/proc"), 0);
	while (dir_read(&d) != NULL)
		;
	dir_close(&d);
}

static uint64_t
setting(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value != NULL ? (uint64_t)strtol(value, NULL, 10) : otherwise;
}

static void
report(const char *what, uint64_t n, size_t lost)
{
	printf("fuzz: %lu %s, %zu frames lost; children: %u ended, %u late", n, what, lost, exited,
	    late);
	for (int sig = 1; sig <= SIGNALS; sig++)
		if (killed_by[sig] != 0)
			printf(", %u by signal %d", killed_by[sig], sig);
	printf("\n");
	memset(killed_by, 0, sizeof(killed_by));
	exited = late = 0;
}

int
main(void)
{
	const uint64_t seed = setting("SEED", 1), calls = setting("CALLS", 100000);
	const uint64_t codes = setting("CODES", 1000);
	const sigset_t chld = signal_set(SIGCHLD);
	unsigned procs;
	size_t before;

	test_begin("fuzz");
	if (test_on_linux())		/* whose other processes would suffer */
		test_end();
	random_state = seed;
	sigprocmask(SIG_BLOCK, &chld, NULL);
	procs = processes();
	mkdir("/fuzz", 0755);
	check_eq(chdir("/fuzz"), 0);
	look_at_root();

	test_step("calls");
	arena_make();
	warm(program);
	warm("/tests/fuzz");
	look_around();
	batch(make_calls, CHILDREN, procs);
	before = free_frames();
	while (shared->calls < calls) {
		uint64_t at = random_state;

		batch(make_calls, CHILDREN, procs);
		if (!check_msg(free_frames() == before, "frames, state %lu: want %zu, got %zu",
		    at, before, free_frames()))
			break;
	}
	report("calls", shared->calls, before - free_frames());

	test_step("code");
	for (uint64_t done = 0; done < codes; done += CHILDREN) {
		batch(run_code, CHILDREN, procs);
		check_frames(before);
	}
	report("codes", codes, before - free_frames());
	chdir("/");
	rmdir("/fuzz");
	test_end();
}
