/* SPDX-License-Identifier: MIT */
/* Runs everything, and then prints a line for each row: name, n, least, median, mean. */
#include "bench.h"

#define MAX_ROWS	64
#define REBOOT_1	0xfee1dead
#define REBOOT_2	672274793
#define REBOOT_RESTART	0x01234567
#define PR_SET_THP_DISABLE	41

struct row {
	const char *name;
	uint32_t n, least, median, mean;
};

uint32_t *samples, empty;
const char *self;

static struct row rows[MAX_ROWS];
static size_t row_count;
static char line[256];

/* The compiler asks for these two. */
void *memset(void *to, int value, size_t n);
void *memcpy(void *to, const void *from, size_t n);

void *
memset(void *to, int value, size_t n)
{
	for (char *at = to; n-- > 0; at++)
		*(volatile char *)at = (char)value;
	return to;
}

void *
memcpy(void *to, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile char *)to)[i] = ((const char *)from)[i];
	return to;
}

void
quit(int code)
{
	for (;;)
		sys(SYS_exit, code);
}

static void
print(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	sys(SYS_write, 1, text, n);
}

void
fail(const char *what)
{
	print("bench: failed: ");
	print(what);
	print("\n");
	quit(1);
}

char *
memory(size_t bytes)
{
	long at = sys6(SYS_mmap, 0, (long)bytes, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at < 0)
		fail("mmap");
	return (char *)at;
}

void
memory_at(char *at, size_t bytes, int prot)
{
	if (sys6(SYS_mmap, (long)at, (long)bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
	    -1, 0) != (long)at)
		fail("mmap at a fixed address");
}

int
ended_well(long pid)
{
	int status;

	if (pid < 0)
		fail("fork");
	return sys6(SYS_wait4, pid, (long)&status, 0, 0, 0, 0) == pid && status == 0;
}

void
wait_for(long pid)
{
	if (!ended_well(pid))
		fail("a child");
}

/* Ascending: n is small, and this is not measured. */
static void
sort(uint32_t *list, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint32_t value = list[i];
		size_t j = i;

		for (; j > 0 && list[j - 1] > value; j--)
			list[j] = list[j - 1];
		list[j] = value;
	}
}

void
row(const char *name, size_t n, uint32_t divisor)
{
	struct row *r = &rows[row_count++];
	uint64_t sum = 0;

	if (row_count == MAX_ROWS)
		fail("too many rows");
	for (size_t i = 0; i < n; i++)
		sum += samples[i];
	sort(samples, n);
	*r = (struct row){ name, (uint32_t)n, samples[0] / divisor, samples[n / 2] / divisor,
		(uint32_t)(sum / n / divisor) };
}

/* Add VALUE and a blank to the line at AT; => its end. */
static size_t
add_number(size_t at, uint32_t value)
{
	char digits[12];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	line[at++] = ' ';
	while (n > 0)
		line[at++] = digits[--n];
	return at;
}

static void
print_row(const struct row *r)
{
	size_t at = 0;

	while (r->name[at] != '\0') {
		line[at] = r->name[at];
		at++;
	}
	at = add_number(at, r->n);
	at = add_number(at, r->least);
	at = add_number(at, r->median);
	at = add_number(at, r->mean);
	line[at++] = '\n';
	sys(SYS_write, 1, line, at);
}

static void
prepare(void)
{
	long at = sys6(SYS_mmap, 0, MAX_SAMPLES * sizeof(samples[0]), RW,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at < 0)
		fail("shared memory");
	samples = (uint32_t *)at;
	sys(SYS_prctl, PR_SET_THP_DISABLE, 1, 0);
	rows[0].n = line[0] = 1;
	empty = 0;
	for (size_t i = 0; i < MAX_SAMPLES; i++) {
		uint64_t from = now(), to = now();

		sample(i, from, to);
	}
	sort(samples, MAX_SAMPLES);
	empty = samples[0];
}

/* STACK: argc, argv. */
_Noreturn void start(long *stack);

void
start(long *stack)
{
	if (stack[0] == 2 && *(const char *)stack[2] == '!')
		quit(0);
	self = (const char *)stack[1];
	prepare();
	bench_calls();
	bench_heap();
	bench_mappings();
	bench_files();
	bench_forks();
	bench_cow();
	bench_pipes();
	bench_stack();
	bench_regions();
	for (size_t i = 0; i < row_count; i++)
		print_row(&rows[i]);
	print("bench: end\n");
	if (sys(SYS_getpid) == 1)	/* a Linux machine that has been booted for this */
		sys6(SYS_reboot, (long)REBOOT_1, REBOOT_2, REBOOT_RESTART, 0, 0, 0);
	quit(0);
}

__asm__(
"	.globl	_start\n"
"_start:\n"
"	xor	%ebp, %ebp\n"
"	mov	%rsp, %rdi\n"
"	and	$-16, %rsp\n"
"	call	start\n"
"	hlt\n");
