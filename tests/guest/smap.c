/* SPDX-License-Identifier: MIT */
/*
 * C25: user code that runs a return instruction with a bad stack pointer.  The processor
 * reads the stack frame of iretq and lretq in a way of its own; emulators have got the
 * privilege of that access wrong, so that the fault looks like a kernel bug.  Only the
 * process may die.
 */
#include "test.h"

struct bad_return {
	const char *step;
	uint64_t rsp;
	bool far;		/* lretq instead of iretq */
};

static const struct bad_return cases[] = {
	{ "iretq-null", 0x8, false },
	{ "lretq-null", 0x8, true },
	{ "iretq-hole", 0x200000, false },
	{ "lretq-hole", 0x200000, true },
	{ "iretq-kernel-image", 0xffffffff80100000, false },
	{ "lretq-kernel-image", 0xffffffff80100000, true },
	{ "iretq-direct-map", 0xffff800000100000, false },
	{ "lretq-direct-map", 0xffff800000100000, true },
	{ "iretq-top", 0xfffffffffffff000, false },
	{ "lretq-top", 0xfffffffffffff000, true },
};

static void
run_bad_return(void *arg)
{
	const struct bad_return *c = arg;

	if (c->far)
		__asm__ volatile("movq %0, %%rsp; lretq" : : "r"(c->rsp));
	else
		__asm__ volatile("movq %0, %%rsp; iretq" : : "r"(c->rsp));
	__builtin_unreachable();
}

/* A frame that is readable and asks for what user code may not have. */
static uint64_t frame[5];

static void
run_bad_frame(void *arg)
{
	memcpy(frame, arg, sizeof(frame));
	__asm__ volatile("movq %0, %%rsp; iretq" : : "r"(frame));
	__builtin_unreachable();
}

static void
test_frames(void)
{
	uint64_t here = (uint64_t)(uintptr_t)run_bad_frame;
	uint64_t stack = (uint64_t)(uintptr_t)(frame + 5);
	uint64_t kernel_cs[5] = { here, 0x08, 0x202, stack, 0x10 };
	uint64_t null_cs[5] = { here, 0, 0x202, stack, 0x2b };
	uint64_t non_canonical[5] = { 0x800000000000, 0x33, 0x202, stack, 0x2b };

	test_step("frame-kernel-selectors");
	check_killed(test_child(run_bad_frame, kernel_cs), SIGSEGV);
	test_step("frame-null-selector");
	check_killed(test_child(run_bad_frame, null_cs), SIGSEGV);
	test_step("frame-non-canonical");
	check_killed(test_child(run_bad_frame, non_canonical), SIGSEGV);
}

int
main(void)
{
	test_begin("smap");
	for (size_t i = 0; i < array_len(cases); i++) {
		test_step(cases[i].step);
		check_killed(test_child(run_bad_return, (void *)&cases[i]), SIGSEGV);
	}
	test_frames();
	test_end();
}
