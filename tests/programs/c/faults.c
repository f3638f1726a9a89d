/* SPDX-License-Identifier: MIT */
/* A program that serves its own page faults, on a stack of its own. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define PAGES	64
#define PAGE	4096

static char *area;
static volatile int served, last_code, on_stack;
static char alt[65536];
static sigjmp_buf out;

/* Let the page be written to, and go on where it was refused. */
static void
serve(int sig, siginfo_t *info, void *context)
{
	char *at = info->si_addr, here;

	(void)sig;
	(void)context;
	on_stack = &here >= alt && &here < alt + sizeof(alt);
	last_code = info->si_code;
	if (at < area || at >= area + PAGES * PAGE)
		siglongjmp(out, 1);
	mprotect(area + (at - area) / PAGE * PAGE, PAGE, PROT_READ | PROT_WRITE);
	served++;
}

static int
overflow(int n)
{
	volatile char room[4000];

	room[0] = (char)n;
	return overflow(n + 1) + room[0];
}

int
main(void)
{
	stack_t stack = { .ss_sp = alt, .ss_size = sizeof(alt) };
	struct sigaction sa = { .sa_sigaction = serve, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct rlimit limit = { 1 << 20, 8 << 20 };
	unsigned sum = 0;

	setrlimit(RLIMIT_STACK, &limit);
	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	area = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < PAGES; i += 2)
		area[i * PAGE + i] = (char)i;
	printf("served %d, code %d, on its stack %d\n", served, last_code, on_stack);
	mprotect(area, PAGES * PAGE, PROT_READ);
	for (int i = 0; i < PAGES; i++)
		sum += (unsigned char)area[i * PAGE + i];
	printf("sum %u, served %d\n", sum, served);
	memset(area, 5, PAGES * PAGE);
	printf("after all were written: served %d\n", served);
	if (sigsetjmp(out, 1) == 0)
		*(volatile char *)16 = 1;
	printf("somewhere else: code %d\n", last_code);
	if (sigsetjmp(out, 1) == 0)
		overflow(0);
	printf("no stack left: on its stack %d\n", on_stack);
	munmap(area, PAGE);
	if (sigsetjmp(out, 1) == 0)
		overflow(0);
	printf("and again\n");
	return 0;
}
