/* SPDX-License-Identifier: MIT */
/* Small programs, made here and written to files. */
#include "harness.h"

#include <unistd.h>

__asm__(
"	.section .rodata\n"
"	.globl	exit7, exit7_end\n"
"exit7:	mov	$231, %eax\n"		/* exit_group */
"	mov	$7, %edi\n"
"	syscall\n"
"exit7_end:\n"
"	.previous\n");

void
image_init(struct image *image, const char *code, const char *end)
{
	size_t size = (size_t)(end - code);

	memset(image, 0, sizeof(*image));
	memcpy(image->ehdr.e_ident, ELFMAG, SELFMAG);
	image->ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	image->ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	image->ehdr.e_ident[EI_VERSION] = EV_CURRENT;
	image->ehdr.e_type = ET_EXEC;
	image->ehdr.e_machine = EM_X86_64;
	image->ehdr.e_version = EV_CURRENT;
	image->ehdr.e_entry = IMAGE_TEXT + offsetof(struct image, code);
	image->ehdr.e_phoff = offsetof(struct image, phdr);
	image->ehdr.e_ehsize = sizeof(image->ehdr);
	image->ehdr.e_phentsize = sizeof(image->phdr[0]);
	image->ehdr.e_phnum = 1;
	image->phdr[0] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = IMAGE_TEXT,
		.p_paddr = IMAGE_TEXT, .p_filesz = sizeof(*image), .p_memsz = sizeof(*image),
		.p_align = P,
	};
	if (size > sizeof(image->code))
		give_up("the program is too long");
	memcpy(image->code, code, size);
}

void
image_write(const char *name, const void *image, size_t bytes)
{
	long fd;

	sys(SYS_unlink, name);
	fd = sys(SYS_open, name, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	if (failed(fd) || sys(SYS_write, fd, image, bytes) != (long)bytes)
		give_up("cannot write %s: %s", name, outcome(fd));
	sys(SYS_close, fd);
}

static int
become(void *name)
{
	char *argv[] = { name, NULL }, *envp[] = { NULL };

	return (int)(200 - sys(SYS_execve, name, argv, envp)) & 0xff;
}

int
image_run(const char *name)
{
	return in_child(become, (void *)name);
}

struct self {
	const char *name;
	int out;
};

static int
become_self(void *arg)
{
	const struct self *self = arg;
	char *argv[] = { self_path, (char *)self->name, NULL }, *envp[] = { NULL };

	if (self->out >= 0)
		sys(SYS_dup2, self->out, 1);
	return (int)(200 - sys(SYS_execve, self_path, argv, envp)) & 0xff;
}

int
self_run(const char *name, int out)
{
	struct self self = { name, out };

	return in_child(become_self, &self);
}
