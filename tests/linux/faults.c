/* SPDX-License-Identifier: MIT */
/* C1 to C12: page faults. */
#include "harness.h"

#include <stdio.h>

static const char constant[P] = "constant";
static char zeroed[4 * P], data[2 * P] = "data";

BEHAVIOUR(C1_1, "resident of 64 pages, and when 3 are touched")
{
	char *at = pages(64, RW);

	say("%s", number(resident(at, 64)));
	at[0] = at[20 * P] = at[63 * P] = 1;
	say("%s", number(resident(at, 64)));
}

BEHAVIOUR(C1_2, "resident of 64 new heap pages, and when 3 are touched")
{
	char *at = (char *)sys(SYS_brk, 0);

	sys(SYS_brk, at + 64 * P);
	say("%s", number(resident(at, 64)));
	at[0] = at[20 * P] = at[63 * P] = 1;
	say("%s", number(resident(at, 64)));
}

BEHAVIOUR(C1_3, "resident of 64 pages when 3 are read")
{
	char *at = pages(64, RW);

	load(at);
	load(at + P);
	load(at + 63 * P);
	say("%s", number(resident(at, 64)));
}

BEHAVIOUR(C2_1, "a page that is read first")
{
	char *at = pages(4, RW);

	say("%s", all(at, 4 * P, 0) ? "zero" : "not zero");
}

BEHAVIOUR(C2_2, "a page that is written first")
{
	char *at = pages(1, RW);

	at[100] = 1;
	say("%s", all(at, 100, 0) && all(at + 101, P - 101, 0) ? "zero" : "not zero");
}

BEHAVIOUR(C2_3, "a page that is read, then written, beside one that is only read")
{
	char *at = pages(2, RW);

	load(at);
	load(at + P);
	at[5] = 9;
	say("%d %d %s", at[5], at[6], all(at + P, P, 0) ? "zero" : "not zero");
}

BEHAVIOUR(C3_1, "MAP_POPULATE, resident of 4 pages RW, R, NONE")
{
	long rw = map(NULL, 4 * P, RW, PRIV | MAP_POPULATE);
	long r = map(NULL, 4 * P, R, PRIV | MAP_POPULATE);
	long none = map(NULL, 4 * P, NONE, PRIV | MAP_POPULATE);

	say("%s", number(resident((void *)rw, 4)));
	say("%s", number(resident((void *)r, 4)));
	say("%s", number(resident((void *)none, 4)));
}

BEHAVIOUR(C3_2, "MAP_POPULATE of shared memory, resident of 4 pages")
{
	say("%s", number(resident((void *)map(NULL, 4 * P, RW, SHARED | MAP_POPULATE), 4)));
}

__asm__(
"	.section .rodata\n"
"c4:	mov	$27, %eax\n"		/* mincore(image, 16 MiB, stack) */
"	mov	$0x40001000, %edi\n"
"	mov	$0x1000000, %esi\n"
"	sub	$0x1000, %rsp\n"
"	mov	%rsp, %rdx\n"
"	syscall\n"
"	test	%eax, %eax\n"
"	jnz	2f\n"
"	xor	%edi, %edi\n"
"	xor	%ecx, %ecx\n"
"1:	movzbl	(%rsp,%rcx), %eax\n"
"	and	$1, %eax\n"
"	add	%eax, %edi\n"
"	inc	%ecx\n"
"	cmp	$0x1000, %ecx\n"
"	jne	1b\n"
"	shr	$4, %edi\n"		/* of 4096 pages: in sixteenths of a MiB */
"2:	mov	$231, %eax\n"
"	syscall\n"
"c4_end:\n"
"	.previous\n");
extern const char c4[], c4_end[];

BEHAVIOUR(C4_1, "less than a quarter of a 16 MiB image that touches one page is resident")
{
	static struct image image;
	long fd;
	int status;

	image_init(&image, c4, c4_end);
	image.phdr[0].p_filesz = image.phdr[0].p_memsz = 17 * MIB;
	image_write("c4", &image, sizeof(image));
	fd = sys(SYS_open, "c4", O_RDWR);
	if (failed(fd) || failed(sys(SYS_ftruncate, fd, 17 * MIB)))
		give_up("cannot make a file of 17 MiB");
	sys(SYS_close, fd);
	status = image_run("c4");
	sys(SYS_unlink, "c4");
	say("%s", (status & 0x7f) == 0 ? yes(status >> 8 < 64) : ended(status));
}

static int
read_hole(void *at)
{
	default_faults();
	return *(volatile char *)at;
}

static int
return_seven(void *arg)
{
	return *(int *)arg;
}

BEHAVIOUR(C5_1, "a child that reads a hole, and the next child")
{
	char *at = window(1);
	int seven = 7;

	say("%s", ended(in_child(read_hole, at)));
	say("%s", ended(in_child(return_seven, &seven)));
}

BEHAVIOUR(C6_1, "read, write, call of a hole")
{
	char *at = window(1);

	say("%s", load(at));
	say("%s", store(at));
	say("%s", call(at));
}

BEHAVIOUR(C6_2, "read, write, call of NONE")
{
	char *at = pages(1, NONE);

	say("%s", load(at));
	say("%s", store(at));
	say("%s", call(at));
}

BEHAVIOUR(C6_3, "write to an absent and to a present page of R")
{
	char *at = pages(2, R);

	say("%s", store(at));
	say("%s", load(at + P));
	say("%s", store(at + P));
}

BEHAVIOUR(C6_4, "write to RX")
{
	char *at = pages(1, RX);

	load(at);
	say("%s", store(at));
}

BEHAVIOUR(C6_5, "write to a present page of NONE that was RW")
{
	char *at = pages(1, RW);

	at[0] = 1;
	protect(at, P, NONE);
	say("%s", store(at));
	say("%s", load(at));
}

BEHAVIOUR(C7_1, "write to the program's text and constants")
{
	char *code = (char *)(uintptr_t)C7_1;

	load(code);
	load(constant);
	say("%s", store(code));
	say("%s", store((char *)constant));
}

BEHAVIOUR(C8_1, "call of stack, data, bss")
{
	char local[1] = { (char)0xc3 };

	data[0] = zeroed[0] = (char)0xc3;
	say("%s", call(local));
	say("%s", call(data));
	say("%s", call(zeroed));
}

BEHAVIOUR(C8_2, "call of heap, shared memory, a file mapped R")
{
	char *heap = (char *)sys(SYS_brk, 0);
	char *shared = (char *)map(NULL, P, RW, SHARED);
	char *mapped = (char *)map_file(NULL, P, R, MAP_PRIVATE, file("c8", P), 0);

	sys(SYS_brk, heap + P);
	heap[0] = shared[0] = (char)0xc3;
	load(mapped);
	say("%s", call(heap));
	say("%s", call(shared));
	say("%s", call(mapped));
}

BEHAVIOUR(C8_3, "call of memory and heap that were never touched")
{
	char *heap = (char *)sys(SYS_brk, 0), *at = pages(1, RW);

	sys(SYS_brk, heap + P);
	say("%s", call(at));
	say("%s", call(heap));
	say("%s", number(resident(at, 1)));
}

BEHAVIOUR(C9_1, "read of memory that is only writable")
{
	char *at = pages(2, W);

	say("%s", load(at));
	say("%s", store(at));
	say("%s", store(at + P));
	say("%s", load(at + P));
}

BEHAVIOUR(C10_1, "address of a fault at a page's last byte")
{
	char *at = window(1) + P - 1;

	say("%s", load(at));
	say("byte %ld", (long)(trap.address % P));
}

BEHAVIOUR(C9_2, "listing of memory that is only writable, beside RW")
{
	char *at = window(3);

	map(at, P, W, FIXED);
	map(at + P, P, RW, FIXED);
	map(at + 2 * P, P, RW, FIXED);
	protect(at + 2 * P, P, W);
	say("%s", listing(at, 3));
}

static void
load_word(void *at)
{
	__asm__ volatile("movq (%0), %%rax" : : "r"(at) : "rax");
}

BEHAVIOUR(C10_2, "address of a fault in the second half of a word")
{
	char *at = window(2);

	map(at, P, RW, FIXED);
	at[0] = 1;
	say("%s", attempt(load_word, at + P - 4, (uintptr_t)at + P));
}

BEHAVIOUR(C10_3, "address of a refused write")
{
	char *at = pages(2, R) + P + 123;

	say("%s", store(at));
	say("byte %ld", (long)(trap.address % P));
}

BEHAVIOUR(C11_1, "read, write, call of a non-canonical address")
{
	say("%s", load((void *)NON_CANONICAL));
	say("%s", store((void *)0xffff7fffffffffff));
	say("%s", call((void *)0x8000000000000000));
}

BEHAVIOUR(C12_1, "read, write, call of the kernel half")
{
	say("%s", load((void *)KERNEL_HALF));
	say("%s", store((void *)(KERNEL_HALF + 5)));
	say("%s", call((void *)KERNEL_HALF));
}
