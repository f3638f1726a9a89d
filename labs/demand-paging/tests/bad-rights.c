/* SPDX-License-Identifier: MIT */
/*
 * Uses pages that are present in ways they do not allow: writes to text and to
 * constants, by itself and through read(2), and calls data.
 * The process must die by SIGSEGV at once; read must fail with EFAULT.
 */
#include "lab.h"

static const char constant[64] = "a constant lies in a read-only page";
static char code[16] = { (char)0xc3 };		/* the instruction ret */

/* Something in the text to write to. */
static __attribute__((noinline)) int
victim(int x)
{
	asm volatile("");
	return x + 1;
}

/* Put an instruction into a page that appears when it is touched, and call it. */
static void
run_new_page(void *arg)
{
	uint64_t page = (uint64_t)arg;

	poke(page, (uint8_t)code[0]);
	((void (*)(void))page)();
}

int
main(void)
{
	uint64_t text = (uint64_t)victim;
	uint64_t before = peek8(text);
	int fds[2];

	lab_begin("bad-rights", "text");
	check_refused('w', text);
	check_refused('w', text & ~(PAGE - 1));
	check_refused('w', between(0x400000, (uint64_t)etext - 1));

	test_step("constant");
	check_refused('w', (uint64_t)&constant[between(0, sizeof(constant) - 1)]);

	test_step("system-call");
	check_eq(pipe2(fds, O_NONBLOCK), 0);
	check_eq(write(fds[1], "XXXXXXXX", 8), 8);
	check_eq(raw_syscall(SYS_read, fds[0], text, 8), -EFAULT);
	check_addr(peek8(text), before);
	check_eq(victim(41), 42);

	test_step("execute");
	check_refused('x', (uint64_t)code);
	check_refused('x', (uint64_t)__builtin_frame_address(0));
	check_killed(test_child(run_new_page, (void *)STACK_PAGE(between(1, 8))), SIGSEGV);
	uint64_t heap = page_up(heap_end());
	heap_set_end(heap + PAGE);
	check_killed(test_child(run_new_page, (void *)heap), SIGSEGV);

	test_end();
}
