/* SPDX-License-Identifier: MIT */
/*
 * See elffile.h.
 */
#include "host.h"

#include "elffile.h"
#include "fs/fs.h"
#include "proc.h"

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
