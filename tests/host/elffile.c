/* SPDX-License-Identifier: MIT */
/*
 * See elffile.h.
 */
#include "host.h"

#include "../../kernel/elf.h"
#include "elffile.h"
#include "fs/fs.h"
#include "mm/fault.h"
#include "mm/pmem.h"
#include "proc.h"
#include "space.h"
#include "sweep.h"

struct inode elffile_interpreter;

err_t
exec_open(const char *path, struct inode **out)
{
	if (strcmp(path, ELFFILE_INTERPRETER) != 0)
		return ERR_NOENT;
	elffile_interpreter.refs++;
	*out = &elffile_interpreter;
	return ERR_OK;
}

void
inode_put(struct inode *ip)
{
	if (ip != NULL)
		ip->refs--;
}

ssize_t
inode_read(struct inode *ip, void *buf, size_t n, offset_t ofs)
{
	if (ofs >= ip->cache.size)
		return 0;
	n = min(n, ip->cache.size - ofs);
	memcpy(buf, ip->bytes + ofs, n);
	return n;
}

uint64_t
inode_size(const struct inode *ip)
{
	return ip->cache.size;
}

struct memstore *
inode_store(struct inode *ip)
{
	return &ip->cache.store;
}

Elf64_Ehdr *
elffile_header(struct inode *ip)
{
	return (Elf64_Ehdr *)ip->bytes;
}

Elf64_Phdr *
elffile_phdr(struct inode *ip, int i)
{
	return (Elf64_Phdr *)(ip->bytes + sizeof(Elf64_Ehdr)) + i;
}

void
elffile_make(struct inode *ip)
{
	memset(ip, 0, sizeof(*ip));
	host_store_init(&ip->cache, ip->bytes, MAX_FILE);
	for (size_t i = 0; i < MAX_FILE; i++)
		ip->bytes[i] = i % 251 + 1;
	*elffile_header(ip) = (Elf64_Ehdr){
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_entry = 0x401000, .e_phoff = sizeof(Elf64_Ehdr), .e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 3,
	};
	*elffile_phdr(ip, 0) = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_offset = 0, .p_vaddr = 0x400000,
		.p_filesz = TEXT_SIZE, .p_memsz = TEXT_SIZE, .p_align = 0x1000,
	};
	*elffile_phdr(ip, 1) = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_offset = DATA_OFS,
		.p_vaddr = DATA_VADDR, .p_filesz = DATA_SIZE, .p_memsz = DATA_SIZE + BSS_SIZE,
		.p_align = 0x1000,
	};
	*elffile_phdr(ip, 2) = (Elf64_Phdr){ .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W };
}

void
elffile_begin(void)
{
	space_begin(LARGE_PG_SIZE);
	vm_init();
	as_destroy(&as);
}

err_t
elffile_try(struct inode *ip, struct exec_info *info)
{
	size_t free = pmem_free_count();
	err_t err;

	if ((err = as_init(&as)) != ERR_OK)
		return err;
	err = elf_load(&as, ip, info);
	check_space(&as);
	as_destroy(&as);
	must_eq(ip->cache.users, 0);
	must_eq(elffile_interpreter.cache.users, 0);
	must_eq(elffile_interpreter.refs, 0);
	must_eq(pmem_free_count(), free);
	return err;
}

void
elffile_spoil(struct inode *ip)
{
	static const uint64_t numbers[] = { 0, 1, 0xfff, 0x1000, 0x10000, 0x400000, 0x401000,
		MAX_FILE, INT32_MAX, UINT32_MAX, 1ul << 46, MMAP_TOP, USER_END - 1, USER_END,
		1ul << 47, 1ul << 63, KERN_LOAD, UINT64_MAX - 0xfff, UINT64_MAX };

	for (int changes = rand() % 4; changes >= 0; changes--) {
		size_t at = (rand() % (sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr))) & ~1ul;
		uint64_t v = numbers[rand() % array_len(numbers)] + rand() % 3 - 1;

		memcpy(ip->bytes + at, &v, 1ul << rand() % 4);
	}
}

static void
load_without_memory(const void *arg)
{
	struct inode *ip = (struct inode *)arg;
	struct exec_info info;
	bool failed;
	err_t err;

	sweep_arm();
	err = elffile_try(ip, &info);
	failed = sweep_disarm();
	/* Pages may come later: not every failure is one of loading. */
	must(err == ERR_OK || (failed && (err == ERR_NOMEM || err == ERR_VPMAP_MAP)));
	must_eq(elffile_try(ip, &info), ERR_OK);
}

size_t
elffile_sweep(struct inode *ip)
{
	return sweep(&fail_alloc, "elf_load", load_without_memory, ip);
}
