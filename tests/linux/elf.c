/* SPDX-License-Identifier: MIT */
/* L6 to L11: good and bad programs. */
#include "harness.h"

#include <stdio.h>
#include <unistd.h>

static struct image image;

static struct image *
good(void)
{
	image_init(&image, exit7, exit7_end);
	return &image;
}

/* Run the program as it is now, of BYTES bytes: how it ended, or why it was refused. */
static void
run_bytes(size_t bytes)
{
	int status;

	image_write("elf", &image, bytes);
	status = image_run("elf");
	if ((status & 0x7f) == 0 && status >> 8 > 200)
		say("%s", outcome(200 - (status >> 8)));
	else
		say("%s", ended(status));
}

static void
run(void)
{
	run_bytes(sizeof(image));
}

BEHAVIOUR(L6_1, "good; bad magic, machine, type")
{
	good();
	run();
	good()->ehdr.e_ident[0] = 'x';
	run();
	good()->ehdr.e_machine = EM_386;
	run();
	good()->ehdr.e_type = ET_REL;
	run();
}

BEHAVIOUR(L6_2, "bad size of program headers, none, far too many, past the end of the file")
{
	good()->ehdr.e_phentsize = 32;
	run();
	good()->ehdr.e_phnum = 0;
	run();
	good()->ehdr.e_phnum = 0xffff;
	run();
	good()->ehdr.e_phoff = 1 << 20;
	run();
}

BEHAVIOUR(L6_3, "program headers at an offset that overflows")
{
	good()->ehdr.e_phoff = ~0UL - 8;
	run();
	good()->ehdr.e_phoff = 1UL << 63;
	run();
}

BEHAVIOUR(L6_4, "a file that ends in the ELF header, in the program headers")
{
	good();
	run_bytes(40);
	good();
	run_bytes(offsetof(struct image, phdr) + 20);
}

/* How a program with one bad field is refused: killed or ENOEXEC. */
#define WITH(change) do { good()->change; run(); } while (0)

BEHAVIOUR(L7_1, "a segment in the kernel half, at 0, that wraps, too large, of a wrong offset")
{
	WITH(phdr[0].p_vaddr = KERNEL_HALF);
	WITH(phdr[0].p_vaddr = 0);
	WITH(phdr[0].p_memsz = ~0UL - 2 * P);
	WITH(phdr[0].p_memsz = 16);
	WITH(phdr[0].p_offset = -P);
	WITH(phdr[0].p_offset = 8);
}

BEHAVIOUR(L7_2, "entry in a hole, in the kernel half")
{
	WITH(ehdr.e_entry = 0x50000000);
	WITH(ehdr.e_entry = KERNEL_HALF);
}

BEHAVIOUR(L8_1, "a close-on-exec descriptor after an exec that fails")
{
	int fds[2];

	sys(SYS_pipe2, fds, O_CLOEXEC);
	good()->ehdr.e_machine = 3;
	run();
	image_write("elf", &image, sizeof(image));
	say("%s", outcome(sys(SYS_execve, "elf", initial_argv, initial_argv)));
	say("%s", number(sys(SYS_fcntl, fds[0], F_GETFD)));
}

static char descriptor[] = "0";

HELPER(has_descriptor_9)
{
	return sys(SYS_fcntl, 9, F_GETFD) == -EBADF ? 3 : 4;
}

BEHAVIOUR(L8_2, "descriptor 9 in a new program, close-on-exec and not")
{
	int fd = file(descriptor, 1);

	sys(SYS_dup3, fd, 9, O_CLOEXEC);
	say("%s", ended(self_run("has_descriptor_9", -1)));
	sys(SYS_dup2, fd, 9);
	say("%s", ended(self_run("has_descriptor_9", -1)));
}

BEHAVIOUR(L9_1, "a flat binary")
{
	image_write("flat", exit7, (size_t)(exit7_end - exit7));
	say("%s", outcome(-((image_run("flat") >> 8) - 200)));
}


HELPER(old_mapping)
{
	unsigned char present;

	return (int)-sys(SYS_mincore, 0x30000000, P, &present);
}

BEHAVIOUR(L10_1, "an old mapping in a new program, and its break")
{
	long heap = sys(SYS_brk, 0);

	map((void *)0x30000000, P, RW, FIXED);
	sys(SYS_brk, heap + 16 * (long)P);
	say("%s", outcome(-(self_run("old_mapping", -1) >> 8)));
	say("%s", ended(self_run("break_above_bss", -1)));
}

HELPER(break_above_bss)
{
	extern char end[];
	long at = sys(SYS_brk, 0);

	return at >= (long)end && at < (long)end + 2 * (long)P ? 3 : 4;
}

__asm__(
"	.section .rodata\n"
"on_stack:\n"
"	movb	$0xc3, -64(%rsp)\n"	/* ret */
"	lea	-64(%rsp), %rax\n"
"	call	*%rax\n"
"	mov	$231, %eax\n"
"	xor	%edi, %edi\n"
"	syscall\n"
"on_stack_end:\n"
"	.previous\n");
extern const char on_stack[], on_stack_end[];

BEHAVIOUR(L11_1, "a program calls its stack, PT_GNU_STACK being RW, RWX")
{
	image_init(&image, on_stack, on_stack_end);
	image.ehdr.e_phnum = 2;
	image.phdr[1].p_type = PT_GNU_STACK;
	image.phdr[1].p_flags = PF_R | PF_W;
	run();
	image.phdr[1].p_flags = PF_R | PF_W | PF_X;
	run();
}

BEHAVIOUR(L11_2, "the same without PT_GNU_STACK")
{
	image_init(&image, on_stack, on_stack_end);
	run();
}
