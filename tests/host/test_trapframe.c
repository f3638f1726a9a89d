/* SPDX-License-Identifier: MIT */
/*
 * N11: when a system call may return by sysretq.
 * host-test: MM tests/host/fakes.c
 */
#include "host.h"

#include "trap.h"

static struct trapframe
good(void)
{
	return (struct trapframe){
		.rip = USER_TEXT, .rcx = USER_TEXT, .rflags = 0x202, .r11 = 0x202,
		.cs = SEL_UCODE, .ss = SEL_UDATA, .rsp = USTACK_UPPERBOUND,
	};
}

/* Every address near a place where the answer may change. */
START_TEST(test_every_boundary_rip)
{
	static const uint64_t around[] = { 0, USER_START, USER_END, 1ul << 47, 1ul << 63,
		0xffff800000000000 };

	for (size_t i = 0; i < array_len(around); i++) {
		for (int d = -4097; d <= 4097; d++) {
			struct trapframe tf = good();

			tf.rip = tf.rcx = around[i] + d;
			must_eq(sysret_ok(&tf), tf.rip < USER_END);
			must_eq(is_canonical(tf.rip), tf.rip < 1ul << 47 ||
			    tf.rip >= 0xffff800000000000);
			must(!sysret_ok(&tf) || is_canonical(tf.rip));
		}
	}
}
END_TEST

/* What sysretq takes from elsewhere must be what is to be restored. */
START_TEST(test_registers)
{
	struct trapframe tf = good();

	must(sysret_ok(&tf));
	tf.rcx ^= 1;
	must(!sysret_ok(&tf));
	tf = good();
	tf.r11 ^= 1;
	must(!sysret_ok(&tf));
	tf = good();
	tf.cs = SEL_KCODE;
	must(!sysret_ok(&tf));
	tf = good();
	tf.ss = SEL_KDATA;
	must(!sysret_ok(&tf));
	for (int bit = 0; bit < 22; bit++) {
		tf = good();
		tf.rflags = tf.r11 = 1ul << bit;
		must_eq(sysret_ok(&tf), bit != 8 && bit != 16);	/* TF, RF */
	}
}
END_TEST

HOST_MAIN("trapframe", test_every_boundary_rip, test_registers)
