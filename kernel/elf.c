/* SPDX-License-Identifier: MIT */
/*
 * Loading programs: which of a file's segments go where (segment.c puts them there), and the
 * interpreter that a dynamically linked program names, loaded beside it.  That one runs
 * first; it finds the program by the auxiliary vector.
 *
 * All that can be found wrong without loading anything is looked for first.
 */
#include "elf.h"

#include "fs/fs.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "mm/regiontree.h"
#include "proc.h"
#include "segment.h"

#define ELF_MAGIC	0x464c457fu	/* "\x7f" "ELF" */
#define ELFCLASS64	2
#define ELFDATA2LSB	1
#define ET_EXEC		2
#define ET_DYN		3
#define EM_X86_64	62
#define MAX_PHDRS	(PG_SIZE / sizeof(struct elf_phdr))
#define PIE_BASE	0x555555554000	/* where a position-independent program goes, as on Linux */

struct elf_header {
	uint32_t magic;
	uint8_t class, data, version, pad[9];
	uint16_t type, machine;
	uint32_t version2;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

_Static_assert(sizeof(struct elf_header) == 64, "Elf64_Ehdr");

/* A file that is being loaded: the program, or its interpreter. */
struct image {
	struct inode *ip;
	struct elf_header eh;
	struct elf_phdr *phdrs;		/* eh.phnum of them; owned */
	vaddr_t low, high;		/* where the segments say they lie; empty: there are none */
	uint64_t align;			/* the largest that a segment asks for */
	vaddr_t bias;			/* so far from there they are put */
};

/* Is EH the header of a program for this machine? */
static bool
is_program(const struct elf_header *eh)
{
	if (eh->magic != ELF_MAGIC || eh->class != ELFCLASS64 || eh->data != ELFDATA2LSB)
		return false;
	return eh->machine == EM_X86_64 && (eh->type == ET_EXEC || eh->type == ET_DYN);
}

static err_t
check_header(const struct elf_header *eh, uint64_t file_size)
{
	if (!is_program(eh))
		return ERR_NOEXEC;
	if (eh->phentsize != sizeof(struct elf_phdr) || eh->phnum == 0 || eh->phnum > MAX_PHDRS)
		return ERR_NOEXEC;
	return eh->phoff <= file_size ? ERR_OK : ERR_NOEXEC;
}

/* Does PH take part in where IMG lies? */
static bool
is_loaded(const struct elf_phdr *ph)
{
	return ph->type == PT_LOAD && ph->memsz > 0;
}

/* Note between which addresses IMG's segments lie, and their alignment. */
static err_t
measure(struct image *img)
{
	img->low = img->high = 0;
	img->align = PG_SIZE;
	for (unsigned i = 0; i < img->eh.phnum; i++) {
		const struct elf_phdr *ph = &img->phdrs[i];

		if (!is_loaded(ph))
			continue;
		if (ph->vaddr + ph->memsz < ph->vaddr || ph->vaddr + ph->memsz > USER_END)
			return ERR_NOEXEC;
		if (img->high == 0 || ph->vaddr < img->low)
			img->low = pg_round_down(ph->vaddr);
		img->high = max(img->high, ph->vaddr + ph->memsz);
		if ((ph->align & (ph->align - 1)) == 0)
			img->align = max(img->align, ph->align);
	}
	return ERR_OK;
}

/* Read IMG's headers from the file IP.  => on an error nothing is owned */
static err_t
image_open(struct image *img, struct inode *ip)
{
	size_t size;
	err_t err = segment_read(ip, &img->eh, sizeof(img->eh), 0);

	if (err == ERR_OK)
		err = check_header(&img->eh, inode_size(ip));
	if (err != ERR_OK)
		return err;
	img->ip = ip;
	size = img->eh.phnum * sizeof(*img->phdrs);
	img->phdrs = kmalloc(size);
	if (img->phdrs == NULL)
		return ERR_NOMEM;
	err = segment_read(ip, img->phdrs, size, img->eh.phoff);
	if (err == ERR_OK)
		err = measure(img);
	if (err != ERR_OK)
		kfree(img->phdrs);
	return err;
}

/* Put IMG's segments into AS. */
static err_t
image_load(struct addrspace *as, const struct image *img)
{
	err_t err = ERR_OK;

	for (unsigned i = 0; i < img->eh.phnum && err == ERR_OK; i++) {
		if (is_loaded(&img->phdrs[i]))
			err = segment_load(as, img->ip, &img->phdrs[i], img->bias);
	}
	return err;
}

/* Where IMG's program headers lie in memory; 0: nowhere. */
static vaddr_t
phdrs_address(const struct image *img)
{
	uint64_t first = img->eh.phoff, end = first + img->eh.phnum * sizeof(struct elf_phdr);

	for (unsigned i = 0; i < img->eh.phnum; i++) {
		const struct elf_phdr *ph = &img->phdrs[i];

		if (is_loaded(ph) && first >= ph->offset && end <= ph->offset + ph->filesz)
			return ph->vaddr + img->bias + (first - ph->offset);
	}
	return 0;
}

/* The heap: nothing yet, behind an unmapped guard page after END. */
static err_t
make_heap(struct addrspace *as, vaddr_t end)
{
	as->brk_start = pg_round_up(end) + PG_SIZE;
	as->heap = as_map_memregion(as, as->brk_start, 0, MEMPERM_URW, NULL, 0, 0);
	if (as->heap == NULL)
		return ERR_NOMEM;
	as->heap->flags |= REGION_HEAP;
	return ERR_OK;
}

/* Does ADDR lie in a region whose instructions may be fetched? */
static bool
is_executable(struct addrspace *as, vaddr_t addr)
{
	const struct memregion *r = as_find_memregion(as, addr, 1);

	return r != NULL && is_exec_memperm(r->perm);
}

static const struct elf_phdr *
find_phdr(const struct image *img, uint32_t type)
{
	for (unsigned i = 0; i < img->eh.phnum; i++) {
		if (img->phdrs[i].type == type)
			return &img->phdrs[i];
	}
	return NULL;
}

/* The file that PH, a PT_INTERP of IMG, names, in *OUT with a reference. */
static err_t
find_interpreter(const struct image *img, const struct elf_phdr *ph, struct inode **out)
{
	err_t err = ERR_NOEXEC;
	char *name;

	if (ph->filesz < 2 || ph->filesz > PATH_MAX)
		return ERR_NOEXEC;
	name = kmalloc(ph->filesz);
	if (name == NULL)
		return ERR_NOMEM;
	if (segment_read(img->ip, name, ph->filesz, ph->offset) != ERR_OK)
		err = ERR_IO;
	else if (name[ph->filesz - 1] == '\0')
		err = exec_open(name, out);
	kfree(name);
	return err;
}

/* As ERR, of an interpreter: it is no program at all. */
static err_t
interpreter_error(err_t err)
{
	return err == ERR_NOEXEC ? ERR_LIBBAD : err;
}

/* Find room for INTERP below where mappings begin, unless it wants to be where it says. */
static err_t
place_interpreter(struct addrspace *as, struct image *interp)
{
	vaddr_t at;

	interp->bias = 0;
	if (interp->high == 0)
		return ERR_NOEXEC;
	if (interp->eh.type == ET_EXEC)
		return ERR_OK;
	spin_lock(&as->as_lock);
	at = regiontree_place(as, pg_round_up(interp->high) - interp->low, USER_START, as->map_top);
	spin_unlock(&as->as_lock);
	interp->bias = at - interp->low;
	return at != 0 ? ERR_OK : ERR_NOMEM;
}

/* Load the interpreter in IP, and let it be what runs first. */
static err_t
load_interpreter(struct addrspace *as, struct inode *ip, struct exec_info *info)
{
	struct image interp;
	err_t err = inode_size(ip) < sizeof(interp.eh) ? ERR_IO : image_open(&interp, ip);

	if (err != ERR_OK)
		return interpreter_error(err);
	err = place_interpreter(as, &interp);
	if (err == ERR_OK)
		err = image_load(as, &interp);
	info->base = interp.bias;
	info->start = interp.eh.entry + interp.bias;
	kfree(interp.phdrs);
	return interpreter_error(err);
}

/* Load PROGRAM, its heap behind it. */
static err_t
load_program(struct addrspace *as, struct image *program, struct exec_info *info)
{
	const struct elf_phdr *stack = find_phdr(program, PT_GNU_STACK);
	err_t err;

	program->bias = 0;
	if (program->eh.type == ET_DYN)
		program->bias = (PIE_BASE & ~(program->align - 1)) - program->low;
	err = image_load(as, program);
	if (err != ERR_OK)
		return err;
	info->exec_stack = stack != NULL && (stack->flags & PF_X) != 0;
	info->phdr = phdrs_address(program);
	info->phnum = program->eh.phnum;
	info->entry = info->start = program->eh.entry + program->bias;
	info->base = 0;
	return make_heap(as, program->high + program->bias);
}

err_t
elf_load(struct addrspace *as, struct inode *ip, struct exec_info *info)
{
	const struct elf_phdr *ph;
	struct inode *interp = NULL;
	struct image program;
	err_t err = image_open(&program, ip);

	if (err != ERR_OK)
		return err;
	ph = find_phdr(&program, PT_INTERP);
	if (ph != NULL)
		err = find_interpreter(&program, ph, &interp);
	if (err == ERR_OK)
		err = load_program(as, &program, info);
	if (err == ERR_OK && interp != NULL)
		err = load_interpreter(as, interp, info);
	if (err == ERR_OK && !is_executable(as, info->start))
		err = interp != NULL ? ERR_LIBBAD : ERR_NOEXEC;
	inode_put(interp);
	kfree(program.phdrs);
	return err;
}
