/* SPDX-License-Identifier: MIT */
/* Panics halfway through a test, as the real kernel does. */
#include "fake.h"

body:
	tell	"begin fake"
	tell	"step one ok"
	print	"panic: kernel/mm/vm.c:123: vpmap_map: remap 0x1000\n"
	print	"  rip 0x100000 rsp 0x0\n"
	print	"  backtrace:\n"
	print	"    0x0000000000100003 start+0x3\n"
	print	"panic: end\n"
	die	17
