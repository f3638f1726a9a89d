/* SPDX-License-Identifier: MIT */
/*
 * Loading programs: good ones, and files that lie about everything they can.
 * Whatever is in a file, elf_load returns, and no memory is lost.
 * host-test: kernel/elf.c kernel/segment.c
 * host-test: MM tests/host/space.c tests/host/invariants.c
 * host-test: tests/host/elffile.c tests/host/sweep.c tests/host/store.c tests/host/fakes.c
 */
#include "host.h"

#include "../../kernel/elf.h"
#include "elffile.h"
#include "fs/fs.h"
#include "mm/kmalloc.h"
#include "mm/pmem.h"
#include "proc.h"
#include "space.h"

#define MIB		0x100000ul
static struct inode file;
static struct exec_info info;

static Elf64_Ehdr *
header(void)
{
	return elffile_header(&file);
}

static Elf64_Phdr *
phdr(int i)
{
	return elffile_phdr(&file, i);
}

static void
make_program(void)
{
	elffile_make(&file);
}

static void
begin(void)
{
	elffile_begin();
	make_program();
}

static err_t
try(void)
{
	return elffile_try(&file, &info);
}

START_TEST(test_good_program)
{
	struct memregion *text, *data, *bss;
	memperm_t perm;

	begin();
	ck_assert_int_eq(as_init(&as), ERR_OK);
	ck_assert_int_eq(elf_load(&as, &file, &info), ERR_OK);
	ck_assert(info.entry == 0x401000 && info.phdr == 0x400040 && info.phnum == 3);

	text = as_find_memregion(&as, 0x400000, TEXT_SIZE);
	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(text->perm, MEMPERM_URX);
	ck_assert_ptr_eq(text->store, &file.cache.store);
	/* Two regions: what the file has, and zeros. */
	data = as_find_memregion(&as, DATA_VADDR, DATA_SIZE);
	ck_assert_ptr_nonnull(data);
	ck_assert_int_eq(data->perm, MEMPERM_URW);
	ck_assert(data->store == &file.cache.store && data->end == 0x403000);
	bss = as_find_memregion(&as, data->end, 0x2000);
	ck_assert_ptr_nonnull(bss);
	ck_assert(bss->perm == MEMPERM_URW && bss->store == NULL && bss->end == 0x405000);
	ck_assert(data->flags == REGION_IMAGE && bss->flags == REGION_IMAGE);
	for (int i = 0; i < TEXT_SIZE; i++)
		ck_assert_int_eq(peek(&as, 0x400000 + i), file.bytes[i]);
	for (vaddr_t a = pg_round_down(DATA_VADDR); a < 0x405000; a++) {
		bool in_file = a >= DATA_VADDR && a < DATA_VADDR + DATA_SIZE;

		ck_assert_int_eq(peek(&as, a), in_file ? file.bytes[DATA_OFS + a - DATA_VADDR] : 0);
	}
	ck_assert_int_eq(peek(&as, 0x405000), -1);
	ck_assert_int_eq(vpmap_lookup_vaddr(&as.vpmap, 0x401000, NULL, &perm), ERR_OK);
	ck_assert_int_eq(perm, MEMPERM_URX);
	ck_assert_int_eq(vpmap_lookup_vaddr(&as.vpmap, DATA_VADDR, NULL, &perm), ERR_OK);
	ck_assert_int_eq(perm, MEMPERM_URW);

	/* The heap is empty, page-aligned, and not next to the data. */
	ck_assert_ptr_nonnull(as.heap);
	ck_assert(as.heap->start == as.heap->end && pg_aligned(as.heap->start));
	ck_assert_uint_gt(as.heap->start, 0x405000);
	ck_assert_int_eq(as.heap->perm, MEMPERM_URW);
}
END_TEST

/* One field changed, and it is not a program any more. */
#define refused(change, want) \
	do { \
		make_program(); \
		change; \
		ck_assert_msg(try() == (want), "%s", #change); \
	} while (0)

/* L6 */
START_TEST(test_bad_header)
{
	begin();
	ck_assert_int_eq(try(), ERR_OK);
	for (int i = 0; i < 6; i++)
		refused(header()->e_ident[i] ^= 1, ERR_NOEXEC);
	refused(header()->e_machine = EM_386, ERR_NOEXEC);
	refused(header()->e_type = ET_REL, ERR_NOEXEC);
	refused(header()->e_type = ET_CORE, ERR_NOEXEC);
	refused(header()->e_phnum = 0, ERR_NOEXEC);
	refused(header()->e_phnum = 0xffff, ERR_NOEXEC);
	refused(header()->e_phentsize = 32, ERR_NOEXEC);
	refused(header()->e_phoff = MAX_FILE, ERR_NOEXEC);
	refused(header()->e_phoff = UINT64_MAX, ERR_NOEXEC);
	refused(header()->e_phoff = UINT64_MAX - 100, ERR_NOEXEC);
	refused(header()->e_entry = 0, ERR_NOEXEC);
	refused(header()->e_entry = DATA_VADDR, ERR_NOEXEC);		/* not executable */
	refused(header()->e_entry = 0x403000, ERR_NOEXEC);
	refused(header()->e_entry = UINT64_MAX, ERR_NOEXEC);
	refused(file.cache.size = 0, ERR_NOEXEC);
}
END_TEST

/* L7 */
START_TEST(test_bad_segment)
{
	begin();
	refused(phdr(1)->p_filesz = phdr(1)->p_memsz + 1, ERR_NOEXEC);
	refused(phdr(1)->p_filesz = UINT64_MAX, ERR_NOEXEC);
	refused(phdr(1)->p_offset = UINT64_MAX - 10, ERR_NOEXEC);
	refused(phdr(1)->p_offset = MAX_FILE - 1, ERR_NOEXEC);
	refused(phdr(1)->p_memsz = UINT64_MAX, ERR_NOEXEC);
	refused(phdr(1)->p_memsz = -DATA_VADDR, ERR_NOEXEC);
	refused(phdr(1)->p_memsz = USER_END - DATA_VADDR + 1, ERR_NOEXEC);
	refused(phdr(1)->p_vaddr = 0, ERR_NOEXEC);
	refused(phdr(1)->p_vaddr = USER_START - 1, ERR_NOEXEC);
	refused(phdr(1)->p_vaddr = USER_END, ERR_NOEXEC);
	refused(phdr(1)->p_vaddr = USER_END - 0x100, ERR_NOEXEC);
	refused(phdr(1)->p_vaddr = KSTACK_BASE, ERR_NOEXEC);
	refused(phdr(1)->p_vaddr = UINT64_MAX, ERR_NOEXEC);
	refused(phdr(1)->p_vaddr = 0x401340, ERR_NOEXEC);		/* in text's last page */
	refused(phdr(1)->p_vaddr = 0x3ff340, ERR_NOEXEC);		/* over text */
	refused(phdr(2)->p_type = PT_INTERP, ERR_NOEXEC);		/* without a name */
	refused(phdr(0)->p_flags = PF_R, ERR_NOEXEC);			/* entry not executable */
	refused(phdr(0)->p_type = PT_NOTE, ERR_NOEXEC);
}
END_TEST

/* What is more than the machine has is only a promise: pages come when they are touched. */
START_TEST(test_large)
{
	begin();
	refused(phdr(1)->p_memsz = 4 * MIB, ERR_OK);
	refused(phdr(1)->p_memsz = 1ul << 46, ERR_OK);
	/* No room left for a heap; it must not wrap either. */
	refused(phdr(1)->p_memsz = USER_END - DATA_VADDR, ERR_NOMEM);
	refused(phdr(1)->p_memsz = USER_END - DATA_VADDR - PG_SIZE, ERR_OK);
	refused(phdr(1)->p_memsz = USER_END - DATA_VADDR - PG_SIZE + 1, ERR_NOMEM);
}
END_TEST

START_TEST(test_position_independent)
{
	begin();
	header()->e_type = ET_DYN;
	header()->e_entry -= 0x400000;
	phdr(0)->p_vaddr -= 0x400000;
	phdr(1)->p_vaddr -= 0x400000;
	ck_assert_int_eq(try(), ERR_OK);
	ck_assert_uint_eq(info.entry, 0x555555555000);
	ck_assert_uint_eq(info.phdr, 0x555555554040);
	phdr(0)->p_align = 0x200000;
	ck_assert_int_eq(try(), ERR_OK);
	ck_assert_uint_eq(info.entry, 0x555555401000);
	phdr(1)->p_vaddr = UINT64_MAX - 0xfff;				/* wraps */
	ck_assert_int_eq(try(), ERR_NOEXEC);
}
END_TEST

/* L6 */
START_TEST(test_every_length)
{
	size_t whole = DATA_OFS + DATA_SIZE;

	begin();
	for (size_t n = 0; n <= whole; n += n < 300 || n > whole - 3 ? 1 : 61) {
		make_program();
		file.cache.size = n;
		ck_assert_int_eq(try(), n < whole ? ERR_NOEXEC : ERR_OK);
	}
}
END_TEST

/* B10, L12: a program is loaded into a space that nobody runs in yet. */
START_TEST(test_no_memory)
{
	err_t err = ERR_NOMEM;

	begin();
	for (size_t left = 1; err != ERR_OK; left++) {
		take_frames_but(left);
		err = try();
		ck_assert(err == ERR_OK || err == ERR_NOMEM || err == ERR_VPMAP_MAP);
		give_frames_back();
		ck_assert_uint_lt(left, 100);
	}
}
END_TEST

START_TEST(test_allocation_failures)
{
	begin();
	ck_assert_uint_gt(elffile_sweep(&file), 4);
}
END_TEST

/* Random fields with numbers that tend to be the wrong ones. */
START_TEST(test_hostile)
{
	unsigned loaded = 0;

	begin();
	srand(3);
	for (int round = 0; round < 20000; round++) {
		make_program();
		elffile_spoil(&file);
		loaded += try() == ERR_OK;
	}
	ck_assert(loaded > 0 && loaded < 20000);
}
END_TEST

HOST_MAIN("elf", test_good_program, test_bad_header, test_bad_segment, test_large,
    test_position_independent, test_every_length, test_no_memory,
    test_allocation_failures, test_hostile)
