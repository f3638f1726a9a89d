/* SPDX-License-Identifier: MIT */
/* /proc: what it lists, what its files say, and that looking costs nothing that stays. */
#include "test.h"

#define NAME_COLUMN	73
#define REGIONS		500

struct entry {
	uint64_t start, end, ofs, ino;
	char rights[5];
	const char *name;		/* to the end of the line */
};

static char text[128 * 1024];		/* of the file read last, terminated */
static const char constant[] = "constant";
static int initialized = 1;
static char zeroed[2 * PAGE_SIZE];

/* Read PATH into text, STEP bytes a call.  => its length, -1 and errno */
static ssize_t
slurp(const char *path, size_t step)
{
	int fd = open(path, O_RDONLY);
	size_t len = 0;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	while (len + step < sizeof(text) && (n = read(fd, text + len, step)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fd);
	return n < 0 ? -1 : (ssize_t)len;
}

static const char *
next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end != NULL && end[1] != '\0' ? end + 1 : NULL;
}

/* A number in BASE at *P, which moves behind it and behind one character STOP.  => false: not so */
static bool
number(const char **p, unsigned base, char stop, uint64_t *value)
{
	const char *digits = "0123456789abcdef", *at;
	const char *first = *p;

	for (*value = 0; **p != '\0' && (at = strchr(digits, **p)) != NULL; ++*p) {
		if ((unsigned)(at - digits) >= base)
			return false;
		*value = *value * base + (uint64_t)(at - digits);
	}
	return *p > first && *(*p)++ == stop;
}

/* The value, in decimal, of the line "WHAT   value..." of text; -1: there is no such line. */
static int64_t
value_of(const char *what)
{
	for (const char *line = text; line != NULL; line = next_line(line)) {
		if (strncmp(line, what, strlen(what)) == 0)
			return strtol(line + strlen(what), NULL, 10);
	}
	return -1;
}

/* The numbers behind the rights: offset, device, inode. */
static bool
parse_file(const char **p, struct entry *e)
{
	uint64_t dev;

	return number(p, 16, ' ', &e->ofs) && number(p, 16, ':', &dev) &&
	    number(p, 16, ' ', &dev) && number(p, 10, ' ', &e->ino);
}

static bool
parse_entry(const char *line, struct entry *e)
{
	const char *p = line;

	if (!number(&p, 16, '-', &e->start) || p - line < 9 || !number(&p, 16, ' ', &e->end))
		return false;
	memcpy(e->rights, p, 4);
	e->rights[4] = '\0';
	p += 5;
	if (p[-1] != ' ' || !parse_file(&p, e))
		return false;
	e->name = p;
	if (*p == '\n')
		return true;
	while (*e->name == ' ')
		e->name++;
	return e->name - line == NAME_COLUMN;
}

/* The entry of maps, which is in text, that holds ADDR.  => false: none does */
static bool
entry_of(const void *addr, struct entry *e)
{
	for (const char *line = text; line != NULL; line = next_line(line)) {
		if (parse_entry(line, e) && e->start <= (uint64_t)addr && (uint64_t)addr < e->end)
			return true;
	}
	return false;
}

static bool
named(const struct entry *e, const char *name)
{
	return strncmp(e->name, name, strlen(name)) == 0 && e->name[strlen(name)] == '\n';
}

static void
check_entry(const void *addr, const char *rights, const char *name)
{
	struct entry e;

	if (!check_msg(entry_of(addr, &e), "0x%lx: expected an entry in maps", (uint64_t)addr))
		return;
	check_str(e.rights, rights);
	check_msg(named(&e, name), "0x%lx: expected the name %s", (uint64_t)addr, name);
}

/* A2 */
static void
test_maps(const char *program)
{
	struct entry e;
	uint64_t last = 0;
	int local;

	test_step("maps");
	check(sbrk(100) != (void *)-1);
	zeroed[sizeof(zeroed) - 1] = 1;
	check(slurp("/proc/self/maps", 1000) > 0);
	for (const char *line = text; line != NULL; line = next_line(line)) {
		if (!check(parse_entry(line, &e)))
			return;
		check_msg(e.start >= last && e.end > e.start, "0x%lx: out of order", e.start);
		last = e.end;
	}
	check_entry((void *)(uintptr_t)test_maps, "r-xp", program);
	check_entry(constant, "r--p", program);
	check_entry(&initialized, "rw-p", program);
	check_entry(&zeroed[sizeof(zeroed) - 1], "rw-p", "");
	check_entry((char *)sbrk(0) - 1, "rw-p", "[heap]");
	check_entry(&local, "rw-p", "[stack]");
}

/* A1 */
static void
test_many(void)
{
	long at = raw_syscall(SYS_mmap, 0, REGIONS * PAGE_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct entry e;
	int listed = 0;

	test_step("many-regions");
	check(at > 0);
	for (long i = 0; i < REGIONS; i += 2)
		check_eq(raw_syscall(SYS_mprotect, at + i * PAGE_SIZE, PAGE_SIZE, PROT_READ), 0);
	check(slurp("/proc/self/maps", PAGE_SIZE) > 0);
	for (const char *line = text; line != NULL; line = next_line(line)) {
		if (!parse_entry(line, &e) || (long)e.start < at ||
		    (long)e.start >= at + REGIONS * PAGE_SIZE)
			continue;
		check_eq(e.end - e.start, PAGE_SIZE);
		check_str(e.rights, listed++ % 2 == 0 ? "r--p" : "rw-p");
	}
	check_eq(listed, REGIONS);
	check_eq(raw_syscall(SYS_munmap, at, REGIONS * PAGE_SIZE), 0);
}

static void
test_gone_file(void)
{
	int fd = open("/tmp/procfs-gone", O_RDWR | O_CREAT, 0600);
	long at;

	test_step("removed-file");
	check_eq(ftruncate(fd, 3 * PAGE_SIZE), 0);
	at = raw_syscall(SYS_mmap, 0, PAGE_SIZE, PROT_READ, MAP_SHARED, fd, 2 * PAGE_SIZE);
	close(fd);
	check(slurp("/proc/self/maps", PAGE_SIZE) > 0);
	check_entry((void *)at, "r--s", "/tmp/procfs-gone");
	check_eq(unlink("/tmp/procfs-gone"), 0);
	check(slurp("/proc/self/maps", PAGE_SIZE) > 0);
	check_entry((void *)at, "r--s", "/tmp/procfs-gone (deleted)");
	check_eq(raw_syscall(SYS_munmap, at, PAGE_SIZE), 0);
}

static void
test_status(void)
{
	int64_t size, resident;

	test_step("status");
	check(slurp("/proc/self/status", PAGE_SIZE) > 0);
	check_eq(value_of("Pid:"), getpid());
	check_eq(value_of("PPid:"), getppid());
	check(strstr(text, "Name:\tprocfs\nState:\tR (running)\n") == text);
	size = value_of("VmSize:");
	resident = value_of("VmRSS:");
	check(sbrk(1 << 20) != (void *)-1);
	((char *)sbrk(0))[-1] = 1;
	check(slurp("/proc/self/status", PAGE_SIZE) > 0);
	check_eq(value_of("VmSize:") - size, 1024);
	check_eq(value_of("VmRSS:") - resident, 4);

	check(slurp("/proc/self/cmdline", PAGE_SIZE) > 0);
	check(strstr(text, "procfs") != NULL);
	check(slurp("/proc/self/stat", PAGE_SIZE) > 0);
	check_eq(strtol(text, NULL, 10), getpid());
	check(strstr(text, " (procfs) R ") != NULL);
}

static void
test_machine(void)
{
	static struct linux_sysinfo info;

	test_step("machine");
	check_eq(sysinfo(&info), 0);
	check(slurp("/proc/meminfo", PAGE_SIZE) > 0);
	check_eq(value_of("MemTotal:"), (int64_t)(info.totalram * info.mem_unit / 1024));
	check(value_of("MemFree:") > 0 && value_of("MemFree:") <= value_of("MemTotal:"));
	check(value_of("PageTables:") > 0);
	check(slurp("/proc/version", PAGE_SIZE) > 0);
	check(slurp("/proc/uptime", PAGE_SIZE) > 0);
	check(slurp("/proc/loadavg", PAGE_SIZE) > 0 && strchr(text, '/') != NULL);
	check(slurp("/proc/stat", PAGE_SIZE) > 0 && strstr(text, "cpu  ") == text);
	check(value_of("btime ") > 0 && value_of("processes ") >= getpid());
	check(slurp("/proc/cpuinfo", PAGE_SIZE) > 0 && strstr(text, "processor\t: 0\n") == text);
	check(slurp("/proc/mounts", PAGE_SIZE) > 0 && strstr(text, " / ") != NULL);
	check(slurp("/proc/self/comm", PAGE_SIZE) > 0);
	check_str(text, "procfs\n");
	check(slurp("/proc/self/statm", PAGE_SIZE) > 0 && strtol(text, NULL, 10) > 0);
	check(slurp("/proc/cmdline", PAGE_SIZE) > 0);
	check(test_on_linux() || strstr(text, "procfs") != NULL);
}

static void
test_files(const char *program)
{
	static struct linux_stat st, exe;
	static char first[PAGE_SIZE];
	int fd;

	test_step("files");
	check(slurp("/proc/self/maps", 7) > 0);
	strlcpy(first, text, sizeof(first));
	check(slurp("/proc/self/maps", PAGE_SIZE) > 0);
	check(strcmp(text, first) == 0);

	fd = open("/proc/self/maps", O_RDONLY);
	check_eq(read(fd, text, 20), 20);
	check_eq(lseek(fd, 0, SEEK_SET), 0);
	check_eq(read(fd, text + 20, 20), 20);
	check(memcmp(text, text + 20, 20) == 0);
	check_eq(fstat(fd, &st), 0);
	check_eq(st.st_size, 0);
	close(fd);
	check_eq(stat("/proc/self/maps", &st), 0);
	check_eq(st.st_size, 0);
	check_eq(st.st_mode, S_IFREG | 0444);
	check(stat("/proc/self/exe", &exe) == 0 && stat(program, &st) == 0);
	check_eq(exe.st_ino, st.st_ino);

	check(open("/proc/new", O_RDWR | O_CREAT, 0600) == -1 && errno == ENOENT);
	check(mkdir("/proc/self/new", 0700) == -1 && errno == ENOENT);
	check(unlink("/proc/version") == -1 && errno == EPERM);
	check(rmdir("/proc/1") == -1 && errno == EPERM);
	check(open("/proc/0", O_RDONLY) == -1 && errno == ENOENT);
	check(open("/proc/999999", O_RDONLY) == -1 && errno == ENOENT);
	if (!test_on_linux())
		check(open("/proc/self/maps", O_RDWR) == -1 && errno == EACCES);
}

/* Is NAME in directory PATH? */
static bool
lists(const char *path, const char *name)
{
	static struct dir dir;
	struct linux_dirent64 *entry;
	bool found = false;

	if (dir_open(&dir, path) < 0)
		return false;
	while ((entry = dir_read(&dir)) != NULL)
		found |= strcmp(entry->d_name, name) == 0;
	dir_close(&dir);
	return found;
}

static void
test_other(void)
{
	static char path[64], number_of[16];
	size_t before;
	int fds[2];
	char byte;
	pid_t pid;

	test_step("other-process");
	check(lists("/proc", "self") && lists("/proc", "1"));
	before = free_frames();
	check_eq(pipe(fds), 0);
	pid = test_child_start();
	if (pid == 0) {
		close(fds[1]);
		(void)!read(fds[0], &byte, 1);
		test_child_exit();
	}
	snprintf(number_of, sizeof(number_of), "%d", pid);
	check(lists("/proc", number_of));
	snprintf(path, sizeof(path), "/proc/%d", pid);
	check(lists(path, "maps"));
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	check(slurp(path, PAGE_SIZE) > 0);
	check_eq(value_of("PPid:"), getpid());
	close(fds[0]);
	close(fds[1]);
	while (strstr(text, "State:\tZ (zombie)") == NULL && slurp(path, PAGE_SIZE) > 0)
		sched_yield();
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	check_eq(slurp(path, PAGE_SIZE), 0);
	check_exited(test_child_wait(pid), 0);
	check(open(path, O_RDONLY) == -1 && errno == ENOENT);
	check(!lists("/proc", number_of));
	check_frames(before);
}

static void
test_memory(void)
{
	static const char *const files[] = {
		"/proc/self/maps", "/proc/self/status", "/proc/self/stat", "/proc/self/cmdline",
		"/proc/self/ptdump", "/proc/meminfo", "/proc/version", "/proc/1/maps",
	};
	size_t before = 0;

	test_step("memory");
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < array_len(files); i++)
			check(slurp(files[i], PAGE_SIZE) >= 0 || test_on_linux());
		if (round == 0)
			before = free_frames();
	}
	check_frames(before);
}

int
main(unused_arg int argc, char **argv)
{
	test_begin("procfs");
	memset(text, 0, sizeof(text));
	test_maps(argv[0]);
	test_many();
	test_gone_file();
	test_status();
	test_machine();
	test_files(argv[0]);
	test_other();
	test_memory();
	test_end();
}
