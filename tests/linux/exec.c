/* SPDX-License-Identifier: MIT */
/* L1 to L5, L8 to L11: exec, and what a new program finds. */
#include "harness.h"

#include <stdio.h>
#include <sys/auxv.h>
#include <unistd.h>

static Elf64_auxv_t *
auxiliary_vector(void)
{
	char **p = initial_argv;

	while (*p++ != NULL)
		continue;
	while (*p++ != NULL)
		continue;
	return (Elf64_auxv_t *)p;
}

static unsigned long
auxiliary(unsigned long type)
{
	for (Elf64_auxv_t *a = auxiliary_vector(); a->a_type != AT_NULL; a++)
		if (a->a_type == type)
			return a->a_un.a_val;
	return ~0UL;
}

/* What is wrong with our initial stack; 0: nothing. */
HELPER(initial_stack)
{
	long *argc = (long *)initial_argv - 1;

	if ((uintptr_t)argc % 16 != 0)
		return 1;
	if (*argc != 2 || initial_argv[2] != NULL)
		return 2;
	if (initial_argv[3] != NULL)		/* no environment */
		return 3;
	if (initial_argv[1] != initial_argv[0] + strlen(initial_argv[0]) + 1)
		return 4;
	return auxiliary(AT_PAGESZ) == P ? 0 : 5;
}

BEHAVIOUR(L1_1, "alignment, argc, argv, environment, auxiliary vector of a new program")
{
	say("%s", ended(self_run("initial_stack", -1)));
}


__asm__(
"	.section .rodata\n"
"count:	mov	(%rsp), %rdi\n"		/* argc, when argv ends there and rsp is aligned */
"	cmpq	$0, 8(%rsp,%rdi,8)\n"
"	jne	1f\n"
"	test	$15, %spl\n"
"	jz	2f\n"
"1:	mov	$255, %edi\n"
"2:	mov	$231, %eax\n"
"	syscall\n"
"count_end:\n"
"	.previous\n");
extern const char count[], count_end[];

static int
exec_with_arguments(void *arg)
{
	static char *argv[66], *envp[] = { NULL };

	for (long i = 0; i < *(long *)arg; i++)
		argv[i] = "argument" + i % 8;
	return (int)(200 - sys(SYS_execve, "l1", argv, envp)) & 0xff;
}

BEHAVIOUR(L1_2, "1 to 64 arguments, how many times all is right")
{
	static struct image image;
	long right = 0;

	image_init(&image, count, count_end);
	image_write("l1", &image, sizeof(image));
	for (long n = 1; n <= 64; n++)
		right += in_child(exec_with_arguments, &n) == (int)n << 8;
	say("%ld", right);
}

BEHAVIOUR(L2_1, "program headers, page size, entry, base in the auxiliary vector")
{
	extern char __ehdr_start[];
	const Elf64_Ehdr *ehdr = (const Elf64_Ehdr *)__ehdr_start;

	say("%s", same(auxiliary(AT_PHDR) == (unsigned long)ehdr + ehdr->e_phoff));
	say("%s", same(auxiliary(AT_PHENT) == ehdr->e_phentsize));
	say("%s", same(auxiliary(AT_PHNUM) == ehdr->e_phnum));
	say("%s", same(auxiliary(AT_ENTRY) == ehdr->e_entry));
	say("%lu, %lu", auxiliary(AT_PAGESZ), auxiliary(AT_BASE));
}

BEHAVIOUR(L2_2, "user ids, secure, random bytes, file name in the auxiliary vector")
{
	const char *name = (const char *)auxiliary(AT_EXECFN);

	say("%s", same(auxiliary(AT_UID) == (unsigned long)sys(SYS_getuid) &&
	    auxiliary(AT_EUID) == (unsigned long)sys(SYS_geteuid) &&
	    auxiliary(AT_GID) == (unsigned long)sys(SYS_getgid) &&
	    auxiliary(AT_EGID) == (unsigned long)sys(SYS_getegid)));
	say("%lu", auxiliary(AT_SECURE));
	say("%s", load((char *)auxiliary(AT_RANDOM) + 15));
	say("%s", same(strcmp(name, self_path) == 0));
}

static const char *
exec(const char *name)
{
	char *argv[] = { "x", NULL }, *envp[] = { NULL };

	return outcome(sys(SYS_execve, name, argv, envp));
}

static void
write_file(const char *name, const char *content, size_t bytes, int mode)
{
	sys(SYS_unlink, name);
	sys(SYS_close, sys(SYS_open, name, O_WRONLY | O_CREAT, mode));
	if ((mode & 0111) != 0)
		image_write(name, content, bytes);
}

BEHAVIOUR(L3_1, "exec of what is missing, below a file, a directory, without the right")
{
	write_file("l3", "x", 1, 0644);
	say("%s", exec("missing"));
	say("%s", exec("l3/x"));
	say("%s", exec("/tmp"));
	say("%s", exec("l3"));
}

BEHAVIOUR(L3_2, "exec of a text, of an empty file, of one byte")
{
	write_file("l3", "just some words, and no program at all", 38, 0755);
	say("%s", exec("l3"));
	write_file("l3", "", 0, 0755);
	say("%s", exec("l3"));
	write_file("l3", "\177", 1, 0755);
	say("%s", exec("l3"));
}

BEHAVIOUR(L3_3, "exec with a bad path, argv, argument, environment")
{
	static struct image image;
	char *good[] = { "x", NULL }, *bad[] = { (char *)8, NULL };

	image_init(&image, exit7, exit7_end);
	image_write("l3", &image, sizeof(image));
	say("%s", outcome(sys(SYS_execve, 8, good, good)));
	say("%s", outcome(sys(SYS_execve, "l3", 8, good)));
	say("%s", outcome(sys(SYS_execve, "l3", bad, good)));
	say("%s", outcome(sys(SYS_execve, "l3", good, bad)));
	say("%s", outcome(sys(SYS_execve, "l3", KERNEL_HALF, good)));
}

BEHAVIOUR(L3_4, "exec of an empty path, of one too long")
{
	static char path[5000];

	memset(path, 'a', sizeof(path) - 1);
	say("%s", exec(""));
	say("%s", exec(path));
	path[300] = '\0';
	say("%s", exec(path));
}

/* An argument of BYTES bytes, without its end. */
static const char *
exec_long_argument(size_t bytes)
{
	static char *argv[2], *envp[] = { NULL };
	char *at = pages(bytes / P + 1, RW);

	memset(at, 'a', bytes);
	argv[0] = at;
	return outcome(sys(SYS_execve, "l4", argv, envp));
}

BEHAVIOUR(L4_1, "one argument of 128 KiB, memory after it")
{
	static struct image image;
	char *at = pages(1, RW);

	at[0] = 5;
	image_init(&image, exit7, exit7_end);
	image_write("l4", &image, sizeof(image));
	say("%s", exec_long_argument(128 * 1024));
	say("%d", at[0]);
}

static int
exec_longest(void *arg)
{
	(void)arg;
	exec_long_argument(128 * 1024 - 1);
	return 4;
}

BEHAVIOUR(L4_2, "one argument of 128 KiB with its end")
{
	static struct image image;

	image_init(&image, exit7, exit7_end);
	image_write("l4", &image, sizeof(image));
	say("%s", ended(in_child(exec_longest, NULL)));
}

BEHAVIOUR(L4_3, "3 MiB of arguments")
{
	static struct image image;
	static char *argv[100], *envp[] = { NULL };
	char *at = pages(32, RW);

	image_init(&image, exit7, exit7_end);
	image_write("l4", &image, sizeof(image));
	memset(at, 'a', 31 * 1024);
	for (size_t i = 0; i < 99; i++)
		argv[i] = at;
	say("%s", outcome(sys(SYS_execve, "l4", argv, envp)));
}

__asm__(
"	.section .rodata\n"
"registers:\n"
"	or	%rbx, %rax; or %rcx, %rax; or %rdx, %rax; or %rsi, %rax; or %rdi, %rax\n"
"	or	%rbp, %rax; or %r8, %rax; or %r9, %rax; or %r10, %rax; or %r11, %rax\n"
"	or	%r12, %rax; or %r13, %rax; or %r14, %rax; or %r15, %rax\n"
"	setnz	%dil\n"
"	movzbl	%dil, %edi\n"
"	mov	$231, %eax\n"
"	syscall\n"
"registers_end:\n"
"vectors:\n"
"	por	%xmm1, %xmm0; por %xmm2, %xmm0; por %xmm3, %xmm0; por %xmm4, %xmm0\n"
"	por	%xmm5, %xmm0; por %xmm6, %xmm0; por %xmm7, %xmm0; por %xmm8, %xmm0\n"
"	por	%xmm9, %xmm0; por %xmm10, %xmm0; por %xmm11, %xmm0; por %xmm12, %xmm0\n"
"	por	%xmm13, %xmm0; por %xmm14, %xmm0; por %xmm15, %xmm0\n"
"	movhlps	%xmm0, %xmm1\n"
"	por	%xmm1, %xmm0\n"
"	movq	%xmm0, %rax\n"
"	test	%rax, %rax\n"
"	setnz	%dil\n"
"	movzbl	%dil, %edi\n"
"	mov	$231, %eax\n"
"	syscall\n"
"vectors_end:\n"
"	.previous\n");
extern const char registers[], registers_end[], vectors[], vectors_end[];

static void
run_code(const char *name, const char *code, const char *end)
{
	static struct image image;

	image_init(&image, code, end);
	image_write(name, &image, sizeof(image));
	__asm__ volatile("pcmpeqd %%xmm0, %%xmm0; movaps %%xmm0, %%xmm9" : : : "xmm0", "xmm9");
	say("%s", ended(image_run(name)));
}

BEHAVIOUR(L5_1, "general registers, vector registers of a new program")
{
	run_code("l5", registers, registers_end);
	run_code("l5", vectors, vectors_end);
}

__asm__(
"	.section .rodata\n"
"zeros:	mov	$0x40002000, %ecx\n"	/* from the end of the file's bytes on */
"	add	$0x800, %rcx\n"
"	xor	%edi, %edi\n"
"1:	movzbl	(%rcx), %eax\n"
"	or	%eax, %edi\n"
"	inc	%rcx\n"
"	cmp	$0x40005000, %rcx\n"
"	jne	1b\n"
"	mov	$231, %eax\n"
"	syscall\n"
"zeros_end:\n"
"behind:\n"
"	movb	$1, 0x40004fff\n"	/* the last byte, and the next */
"	movb	$1, 0x40005000\n"
"	mov	$231, %eax\n"
"	syscall\n"
"behind_end:\n"
"readonly:\n"
"	movb	$1, 0x40002000\n"
"	mov	$231, %eax\n"
"	xor	%edi, %edi\n"
"	syscall\n"
"readonly_end:\n"
"	.previous\n");
extern const char zeros[], zeros_end[], behind[], behind_end[], readonly[], readonly_end[];

/* A second segment at 0x40002000 of 0x800 bytes in the file and MEMSZ in memory. */
static void
run_with_segment(const char *code, const char *end, int flags, size_t memsz)
{
	static unsigned char file[3 * P];
	struct image *image = (struct image *)file;

	image_init(image, code, end);
	memset(file + 2 * P, 0xff, P);
	image->ehdr.e_phnum = 2;
	image->phdr[1] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = (Elf64_Word)flags, .p_offset = 2 * P,
		.p_vaddr = IMAGE_TEXT + 2 * P, .p_filesz = 0x800, .p_memsz = memsz, .p_align = P,
	};
	image_write("l5", file, sizeof(file));
	say("%s", ended(image_run("l5")));
}

BEHAVIOUR(L5_2, "rest of the data's page and bss: what is in them, a write behind them")
{
	run_with_segment(zeros, zeros_end, PF_R | PF_W, 3 * P);
	run_with_segment(behind, behind_end, PF_R | PF_W, 3 * P);
}

BEHAVIOUR(L5_3, "a write to a segment with and without W")
{
	run_with_segment(readonly, readonly_end, PF_R | PF_W, P);
	run_with_segment(readonly, readonly_end, PF_R, 0x800);
}
