/* SPDX-License-Identifier: MIT */
/*
 * What a program finds on its stack: argc, argv, envp and the auxiliary vector, as the
 * System V ABI (AMD64, 3.4.1) lays them out, and equal to what its own file says.
 *
 * The program starts itself again with other arguments; argv[1] says which.
 */
#include "test.h"

#define MANY	100

struct auxv {
	uint64_t type, value;
};

/* The fields of an ELF64 file header that are used here. */
struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum;
};

static const struct auxv *vector;

static const struct auxv *
aux_find(uint64_t type)
{
	for (const struct auxv *a = vector; a->type != AT_NULL; a++)
		if (a->type == type)
			return a;
	return NULL;
}

/* => 0 when there is no such entry, which is a failure */
static uint64_t
aux(uint64_t type)
{
	const struct auxv *a = aux_find(type);

	check_msg(a != NULL, "auxiliary vector: expected an entry of type %lu, got none", type);
	return a != NULL ? a->value : 0;
}

/* --- the program started anew: it knows what it should have got --- */

static char many_words[MANY][4];
static char *no_env[] = { NULL }, *env[] = { "X=1", "Y=", NULL };
static char *two[] = { "auxv", "0", NULL };
static char *words[] = { "auxv", "1", "", "a b", "\xff", NULL };
static char *many[MANY + 1] = { "auxv", "2" };
static char *many_and_env[MANY + 1] = { "auxv", "3" };

static const struct {
	const char *step;
	char **argv, **envp;
} starts[] = {
	{ "two-arguments", two, no_env },
	{ "odd-arguments", words, env },
	{ "hundred-arguments", many, no_env },
	{ "hundred-and-environment", many_and_env, env },
};

static void
fill_many(void)
{
	for (int i = 2; i < MANY; i++) {
		snprintf(many_words[i], sizeof(many_words[i]), "%d", i);
		many[i] = many_and_env[i] = many_words[i];
	}
}

/* => how many strings are right before the first wrong one; -1: all */
static int
first_difference(char **got, char **want)
{
	for (int i = 0;; i++) {
		if (got[i] == NULL && want[i] == NULL)
			return -1;
		if (got[i] == NULL || want[i] == NULL || strcmp(got[i], want[i]) != 0)
			return i;
	}
}

/* => the exit code: 0 when all is as it should be */
static int
run_again(char **argv, char **envp)
{
	size_t start = (size_t)atoi(argv[1]);

	fill_many();
	if (first_difference(argv, starts[start].argv) >= 0)
		return 1;
	if (first_difference(envp, starts[start].envp) >= 0)
		return 2;
	return ((uintptr_t)argv - 8) % 16 != 0 ? 3 : 0;
}

/* --- the test --- */

static char *self;

static void
exec_again(void *arg)
{
	size_t start = *(size_t *)arg;

	execve(self, starts[start].argv, starts[start].envp);
	check_msg(false, "execve: errno %d", errno);
}

/* L1 */
static void
test_starts(void)
{
	fill_many();
	for (size_t i = 0; i < array_len(starts); i++) {
		test_step(starts[i].step);
		/* 1: argv is wrong, 2: envp is wrong, 3: the stack is not aligned */
		check_exited(test_child(exec_again, &i), 0);
	}
}

/* L1 */
static void
test_stack(int argc, char **argv, char **envp)
{
	uintptr_t rsp = (uintptr_t)argv - 8;

	test_step("stack");
	check_addr(rsp % 16, 0);
	check_eq(*(uint64_t *)rsp, argc);
	check_addr(argv[argc], NULL);
	check_addr(envp, argv + argc + 1);
	for (int i = 0; i < argc; i++)
		check_msg((uintptr_t)argv[i] > (uintptr_t)vector,
		    "argv[%d]: expected above the auxiliary vector, got 0x%lx", i,
		    (uintptr_t)argv[i]);
}

/* L2 */
static void
test_own_file(void)
{
	static struct elf_header header;
	static char in_file[56 * 8];
	const char *path = (const char *)aux(AT_EXECFN);
	int fd;

	test_step("own-file");
	check_str(path, self);
	fd = open(path, O_RDONLY);
	check(fd >= 0);
	check_eq(read(fd, &header, sizeof(header)), sizeof(header));
	check_addr(aux(AT_ENTRY), header.entry);
	check_eq(aux(AT_PHENT), header.phentsize);
	check_eq(aux(AT_PHNUM), header.phnum);

	size_t n = (size_t)header.phnum * header.phentsize;

	if (!check(n <= sizeof(in_file)) || !check(aux(AT_PHDR) != 0))
		return;
	check_eq(lseek(fd, (off_t)header.phoff, SEEK_SET), header.phoff);
	check_eq(read(fd, in_file, n), n);
	check_eq(memcmp((const void *)aux(AT_PHDR), in_file, n), 0);
	close(fd);
}

static uint32_t
processor_features(void)
{
	uint32_t a = 1, b, c, d;

	__asm__("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
	return d;
}

/* L2 */
static void
test_values(void)
{
	const uint8_t *random;
	const struct auxv *base = aux_find(AT_BASE);

	test_step("values");
	check_eq(aux(AT_PAGESZ), PAGE_SIZE);
	check_addr(aux(AT_HWCAP), processor_features());
	check_eq(aux(AT_SECURE), 0);
	check_eq(aux(AT_UID), raw_syscall(SYS_getuid));
	check_eq(aux(AT_EUID), raw_syscall(SYS_geteuid));
	check_eq(aux(AT_GID), raw_syscall(SYS_getgid));
	check_eq(aux(AT_EGID), raw_syscall(SYS_getegid));
	check(base == NULL || base->value == 0);	/* no dynamic linker */

	random = (const uint8_t *)aux(AT_RANDOM);
	check((uintptr_t)random > (uintptr_t)vector);
	if (random != NULL)
		check(resident(random, 1) == 1 && resident(random + 15, 1) == 1);
}

int
main(int argc, char **argv, char **envp)
{
	char **p = envp;

	if (argc > 1)
		return run_again(argv, envp);
	while (*p != NULL)
		p++;
	vector = (const struct auxv *)(p + 1);
	test_begin("auxv");
	test_step("vector");
	self = (char *)aux(AT_EXECFN);
	test_stack(argc, argv, envp);
	test_own_file();
	test_values();
	test_starts();
	test_end();
}
