/* SPDX-License-Identifier: MIT */
/* L13: programs that name an interpreter. */
#include "harness.h"

#define PROGRAM_TEXT	0x50000000UL

static struct image program;

/* Whole pages: Linux wants to clear what is behind the file's bytes in its last page. */
static union {
	struct image image;
	unsigned char page[P];
} ld;
#define interpreter ld.image

/* A program that must not run itself: its code exits with 9. */
__asm__(
"	.section .rodata\n"
"exit9:	mov	$231, %eax\n"
"	mov	$9, %edi\n"
"	syscall\n"
"exit9_end:\n"
/*
 * An interpreter that looks at its stack: exit with 0 when AT_ENTRY is the program's, AT_PHDR
 * too, and AT_BASE where it runs itself; else with what is wrong.
 */
"looks:	lea	looks(%rip), %r12\n"
"	mov	%rsp, %rcx\n"
"	mov	(%rcx), %rdx\n"			/* argc */
"	lea	16(%rcx,%rdx,8), %rcx\n"	/* envp */
"1:	add	$8, %rcx\n"
"	cmpq	$0, -8(%rcx)\n"
"	jne	1b\n"
"	mov	$7, %edi\n"			/* three things to find */
"2:	mov	(%rcx), %rax\n"
"	mov	8(%rcx), %rdx\n"
"	add	$16, %rcx\n"
"	test	%rax, %rax\n"
"	jz	5f\n"
"	cmp	$9, %rax\n"			/* AT_ENTRY */
"	jne	3f\n"
"	cmp	$0x50000000 + 0x120, %rdx\n"
"	jne	2b\n"
"	and	$~1, %edi\n"
"3:	cmp	$3, %rax\n"			/* AT_PHDR */
"	jne	4f\n"
"	cmp	$0x50000040, %rdx\n"
"	jne	2b\n"
"	and	$~2, %edi\n"
"4:	cmp	$7, %rax\n"			/* AT_BASE */
"	jne	2b\n"
"	add	$0x120, %rdx\n"
"	cmp	%r12, %rdx\n"
"	jne	2b\n"
"	and	$~4, %edi\n"
"	jmp	2b\n"
"5:	mov	$231, %eax\n"
"	syscall\n"
"looks_end:\n"
"	.previous\n");
extern const char exit9[], exit9_end[], looks[], looks_end[];

_Static_assert(offsetof(struct image, code) == 0x120, "the code above knows it");

/* A program that names "ld", which is CODE, position-independent. */
static void
make(const char *code, const char *end)
{
	static const char name[] = "ld";

	image_init(&program, exit9, exit9_end);
	program.ehdr.e_entry = PROGRAM_TEXT + offsetof(struct image, code);
	program.phdr[0].p_vaddr = PROGRAM_TEXT;
	program.ehdr.e_phnum = 2;
	program.phdr[1] = (Elf64_Phdr){
		.p_type = PT_INTERP, .p_offset = offsetof(struct image, code) + 1000,
		.p_filesz = sizeof(name), .p_memsz = sizeof(name),
	};
	memcpy(program.code + 1000, name, sizeof(name));

	memset(&ld, 0, sizeof(ld));
	image_init(&interpreter, code, end);
	interpreter.phdr[0].p_filesz = interpreter.phdr[0].p_memsz = P;
	interpreter.ehdr.e_type = ET_DYN;
	interpreter.ehdr.e_entry -= IMAGE_TEXT;
	interpreter.phdr[0].p_vaddr = 0;
}

/* Run them as they are now: how it ended, or why it was refused. */
static void
run(void)
{
	int status;

	image_write("ld", &ld, sizeof(ld));
	image_write("dynamic", &program, sizeof(program));
	status = image_run("dynamic");
	if ((status & 0x7f) == 0 && status >> 8 > 9)
		say("%s", outcome(-(((status >> 8) - 200) & 0xff)));
	else
		say("%s", ended(status));
}

BEHAVIOUR(L13_1, "the interpreter runs, not the program")
{
	make(exit7, exit7_end);
	run();
}

BEHAVIOUR(L13_2, "what an interpreter finds in the auxiliary vector")
{
	make(looks, looks_end);
	run();
}

BEHAVIOUR(L13_3, "an interpreter that is linked to an address")
{
	make(exit7, exit7_end);
	interpreter.ehdr.e_type = ET_EXEC;
	interpreter.ehdr.e_entry += 0x60000000;
	interpreter.phdr[0].p_vaddr = 0x60000000;
	run();
}

BEHAVIOUR(L13_4, "a name without its end, of one byte, far too long, past the end of the file")
{
	make(exit7, exit7_end);
	program.phdr[1].p_filesz = 2;
	run();
	program.phdr[1].p_filesz = 1;
	run();
	program.phdr[1].p_filesz = 5000;
	run();
	program.phdr[1].p_filesz = 3;
	program.phdr[1].p_offset = 1 << 20;
	run();
}

BEHAVIOUR(L13_5, "no such interpreter, a folder")
{
	make(exit7, exit7_end);
	program.code[1000] = 'x';
	run();
	program.code[1000] = '.';
	program.code[1001] = '\0';
	run();
}

BEHAVIOUR(L13_6, "an interpreter with bad magic, machine, size of program headers, none")
{
	make(exit7, exit7_end);
	interpreter.ehdr.e_ident[0] = 'x';
	run();
	make(exit7, exit7_end);
	interpreter.ehdr.e_machine = EM_386;
	run();
	make(exit7, exit7_end);
	interpreter.ehdr.e_phentsize = 32;
	run();
	make(exit7, exit7_end);
	interpreter.ehdr.e_phnum = 0;
	run();
}

BEHAVIOUR(L13_7, "an interpreter that names one itself")
{
	make(exit7, exit7_end);
	interpreter.ehdr.e_phnum = 2;
	interpreter.phdr[1] = program.phdr[1];
	interpreter.phdr[1].p_filesz = 1;
	run();
}

BEHAVIOUR(L13_8, "an interpreter that may not be executed")
{
	make(exit7, exit7_end);
	sys(SYS_close, sys(SYS_open, "x", O_WRONLY | O_CREAT, 0644));
	program.code[1000] = 'x';
	program.code[1001] = '\0';
	run();
}
