/* SPDX-License-Identifier: MIT */
/*
 * The fault trace: looks at one page before and after its fault, and says what differs.
 */
#include "faulttrace.h"

#include "fs/fs.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/fault.h"
#include "mm/mmu.h"
#include "mm/pmem.h"
#include "proc.h"
#include "sys/abi_signal.h"
#include "syscall.h"
#include "trap.h"

#define NAME_LEN	20
#define TEXT_LEN	64

/* A page and its neighborhood, as the page tables have them. */
struct look {
	bool present;
	paddr_t frame;
	memperm_t perm;
	size_t around;			/* pages present in the same last-level table */
	const struct memregion *region;	/* NULL: none; only good at the time */
};

/* The fault under way.  There is one at a time, but that of a copy may come after a refusal. */
static struct {
	bool open;			/* its line is still to be printed */
	const struct trapframe *tf;
	vaddr_t addr;
	struct look before;
} fault;

static void
look_at(struct look *l, vaddr_t addr)
{
	struct addrspace *as = proc_current()->as;
	vaddr_t window = addr & ~(vaddr_t)(LARGE_PG_SIZE - 1);

	memset(l, 0, sizeof(*l));
	if (addr >= USER_END)
		return;
	l->region = as_find_memregion(as, addr, 1);
	l->present = vpmap_lookup_vaddr(&as->vpmap, addr, &l->frame, &l->perm) == ERR_OK;
	l->around = vpmap_count(&as->vpmap, window, min(window + LARGE_PG_SIZE, USER_END));
}

static bool
is_store_page(const struct memregion *r, vaddr_t addr, paddr_t frame)
{
	uint64_t idx = (r->ofs + (pg_round_down(addr) - r->start)) / PG_SIZE;
	paddr_t page = 0;

	r->store->ops->find_pages(r->store, idx, 1, &page);
	return page == frame;
}

/* What has become of a page that was absent. */
static void
describe_absent(char *text, const struct look *now)
{
	size_t around = now->around - fault.before.around - 1;
	const char *grown = fault.before.region == NULL ? "stack grown, " : "";

	if (!now->present || now->region == NULL)
		strlcpy(text, "nothing: it is still absent", TEXT_LEN);
	else if (vm_is_zero_page(now->frame))
		strlcpy(text, "zero page", TEXT_LEN);
	else if (now->region->store == NULL)
		ksnprintf(text, TEXT_LEN, "%snew page", grown);
	else if (!is_store_page(now->region, fault.addr, now->frame))
		strlcpy(text, "new page, copied from the file", TEXT_LEN);
	else if (around > 0)
		ksnprintf(text, TEXT_LEN, "file page, +%zu ahead", around);
	else
		strlcpy(text, "file page", TEXT_LEN);
}

/* What has become of a page that was present, but not for this access. */
static const char *
describe_present(const struct look *now)
{
	const struct look *before = &fault.before;

	if (!now->present)
		return "unmapped";
	if (now->frame != before->frame)
		return vm_is_zero_page(before->frame) ? "new page, was the zero page" : "copied";
	if (now->perm == before->perm)
		return "nothing: it is as it was";
	return now->region != NULL && now->region->shared ? "made writable" : "kept (last owner)";
}

/* What REGION is called, for people: its last NAME_LEN characters. */
static void
region_name(char *name, const struct memregion *region)
{
	char path[256];
	ssize_t len;

	strlcpy(name, "[anonymous]", NAME_LEN + 1);
	if (region->flags & REGION_HEAP)
		strlcpy(name, "[heap]", NAME_LEN + 1);
	else if (region->end == USTACK_UPPERBOUND)
		strlcpy(name, "[stack]", NAME_LEN + 1);
	else if (region->store != NULL) {
		len = inode_path(inode_of_store(region->store), path, sizeof(path));
		strlcpy(name, len < 0 ? "[shared]" : path + max(len - NAME_LEN, 0), NAME_LEN + 1);
	} else if (region->flags & REGION_IMAGE) {
		strlcpy(name, "[bss]", NAME_LEN + 1);
	}
}

static void
print_line(const struct memregion *region, const char *done)
{
	struct proc *p = proc_current();
	uint64_t err = fault.tf->err;
	char rights[] = "    ", name[NAME_LEN + 1] = "no region";

	fault.open = false;
	if (region != NULL) {
		rights[0] = region->perm != MEMPERM_NONE ? 'r' : '-';
		rights[1] = is_write_memperm(region->perm) ? 'w' : '-';
		rights[2] = is_exec_memperm(region->perm) ? 'x' : '-';
		rights[3] = region->shared ? 's' : 'p';
		region_name(name, region);
	}
	kprintf("%5d %4u  %-7s  0x%012lx  %-7s  %s %-20s  %s%s\n", p->pid, ++p->fault_count,
	    err & PF_FETCH ? "execute" : err & PF_WRITE ? "write" : "read", fault.addr,
	    err & PF_PRESENT ? "present" : "absent", rights, name, done,
	    trap_from_user(fault.tf) ? "" : ", in a system call");
}

void
faulttrace_begin(const struct trapframe *tf, vaddr_t addr)
{
	fault.open = proc_current()->faulttrace == FAULTTRACE_ON;
	fault.tf = tf;
	fault.addr = addr;
	look_at(&fault.before, addr);
}

void
faulttrace_end(void)
{
	char text[TEXT_LEN];
	struct look now;

	if (!fault.open)
		return;
	look_at(&now, fault.addr);
	if (fault.before.present)
		strlcpy(text, describe_present(&now), sizeof(text));
	else
		describe_absent(text, &now);
	print_line(now.region, text);
}

void
faulttrace_refused(int sig)
{
	const char *name = sig == SIGSEGV ? "SIGSEGV" : sig == SIGBUS ? "SIGBUS" :
	    sig == SIGKILL ? "no memory, SIGKILL" : "EFAULT";
	char text[TEXT_LEN];

	if (!fault.open || proc_current()->faulttrace != FAULTTRACE_ON)
		return;
	ksnprintf(text, sizeof(text), "refused: %s", name);
	print_line(fault.before.region, text);
}

void
faulttrace_exec(struct proc *p)
{
	if (p->faulttrace == FAULTTRACE_OFF)
		return;
	p->faulttrace = FAULTTRACE_ON;
	p->fault_count = 0;
	kprintf("faulttrace: pid %d runs %s\n", p->pid, p->name);
	kprintf("  pid    #  access   address         page     %-25s  what was done\n", "region");
}

/* faulttrace(mode): one of FAULTTRACE_OFF, _ON, _EXEC; kept over fork and exec. */
sysret_t
sys_faulttrace(void *arg)
{
	sysarg_t mode = arg_u64(arg, 0);

	if (mode > FAULTTRACE_EXEC)
		return ERR_INVAL;
	proc_current()->faulttrace = (int)mode;
	return ERR_OK;
}
