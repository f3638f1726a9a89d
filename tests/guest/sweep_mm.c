/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of memory management, processes and signals fails once, alone and with
 * all that follow: see sweep.h (O3, B10, C19, K7, L12).
 * Each system call and page fault is followed by a check of the invariants (O8).
 */
#include "sweep.h"

#define MANY		600		/* arguments: pages of strings, and pages of pointers */
#define QUEUED		40		/* a real-time signal */

static const char *const program = "/bin/true";
static char *argv[MANY + 1], *envp[] = { NULL };
static char arg[] = "an argument that is one of many of its kind";
static volatile long in_child;
static int file;

/* --- processes --- */

static void
reap(long pid)
{
	raw_syscall(SYS_wait4, pid, buf, 0, NULL);
}

static long
do_fork(void)
{
	long pid = raw_syscall(SYS_fork);

	if (pid == 0)
		raw_syscall(SYS_exit, 0);
	return pid;
}

/* The child on our memory: END ends it, or makes it another program. */
static long
on_our_memory(long nr, long flags, void (*end)(void))
{
	long pid = nr;

	__asm__ volatile("syscall\n"
	    "	testq %%rax, %%rax\n"
	    "	jnz 1f\n"
	    "	andq $-16, %%rsp\n"
	    "	call *%[end]\n"
	    "1:"
	    : "+a"(pid) : "D"(flags), "S"(0), [end] "b"(end)
	    : "rcx", "rdx", "r8", "r9", "r10", "r11", "memory");
	return pid;
}

static void
end_child(void)
{
	raw_syscall(SYS_exit, 0);
}

/* In a vfork's child.  The file's pages are ours by now, so what fails is exec's. */
static void
exec_child(void)
{
	arm();
	in_child = raw_syscall(SYS_execve, program, argv, envp);
	end_child();
}

static long do_vfork(void) { return on_our_memory(SYS_vfork, 0, end_child); }

static long
do_clone(void)
{
	return on_our_memory(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, end_child);
}

static long
do_vfork_exec(void)
{
	long pid;

	in_child = 0;
	pid = on_our_memory(SYS_vfork, 0, exec_child);
	reap(pid);
	return in_child;
}

static long do_exec(void) { return raw_syscall(SYS_execve, program, argv, envp); }

static void
few_args(void)
{
	argv[0] = arg;
	argv[1] = NULL;
	in_child = 0;
}

static void
many_args(void)
{
	for (int i = 0; i < MANY; i++)
		argv[i] = arg;
}

static long do_exit(void) { return raw_syscall(SYS_exit, 0); }

static void
have_child(void)
{
	do_fork();
}

static long do_wait(void) { return raw_syscall(SYS_wait4, -1, buf, 0, NULL); }

/* --- regions --- */

static void
pages(void)
{
	map_at(PAGE(0), 6, MAP_PRIVATE, -1);
	map_at(PAGE(7), 2, MAP_PRIVATE, -1);
	for (int i = 0; i < 9; i++)
		if (i != 6)
			*(volatile char *)PAGE(i) = (char)('a' + i);
}

static void
far_region(void)
{
	map_at(FAR, 3, MAP_PRIVATE, -1);
}

static void
file_private(void)
{
	map_at(FAR, 4, MAP_PRIVATE, file);
}

static void
file_shared(void)
{
	map_at(FAR, 4, MAP_SHARED, file);
}

/* A file that has no pages yet, and nothing but us keeps. */
static void
sparse_shared(void)
{
	int fd = open("/sparse", O_RDWR | O_CREAT, 0644);

	ftruncate(fd, 1L << 30);
	unlink("/sparse");
	raw_syscall(SYS_mmap, FAR, 4 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
	    fd, (1L << 30) - 4 * PAGE_SIZE);
}

static long
remap(uint64_t old, size_t n, size_t n_new, int flags, uint64_t new)
{
	return raw_syscall(SYS_mremap, old, n * PAGE_SIZE, n_new * PAGE_SIZE, flags, new);
}

#define TO	(MREMAP_MAYMOVE | MREMAP_FIXED)

static long mmap_far(void) { return map_at(FAR, 3, MAP_PRIVATE, -1); }
static long mmap_populate(void) { return map_at(FAR, 3, MAP_PRIVATE | MAP_POPULATE, -1); }
static long mmap_shared(void) { return map_at(FAR, 3, MAP_SHARED, -1); }
static long mmap_file(void) { return map_at(FAR, 3, MAP_PRIVATE, file); }
static long mmap_over(void) { return map_at(PAGE(2), 2, MAP_PRIVATE, -1); }
static void undo_far(long ret unused_arg) { unmap_at(FAR, 16); }
static long munmap_middle(void) { return raw_syscall(SYS_munmap, PAGE(2), 2 * PAGE_SIZE); }
static long munmap_two(void) { return raw_syscall(SYS_munmap, PAGE(3), 5 * PAGE_SIZE); }
static long move(void) { return remap(PAGE(2), 2, 2, TO, FAR); }
static long move_over(void) { return remap(PAGE(0), 2, 2, TO, PAGE(4)); }
static long leave(void) { return remap(PAGE(0), 6, 6, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0); }
static long move_bigger(void) { return remap(PAGE(0), 6, 9, MREMAP_MAYMOVE, 0); }
static long grow_in_place(void) { return remap(PAGE(7), 2, 4, 0, 0); }
static void undo_grow(long ret unused_arg) { unmap_at(PAGE(9), 2); }
static long do_mincore(void) { return raw_syscall(SYS_mincore, PAGE(0), 6 * PAGE_SIZE, buf); }

static long
discard(void)
{
	return raw_syscall(SYS_madvise, PAGE(2), 2 * PAGE_SIZE, MADV_DONTNEED);
}

static long
protect_middle(void)
{
	return raw_syscall(SYS_mprotect, PAGE(2), 2 * PAGE_SIZE, PROT_READ);
}

static void
undo_protect(long ret unused_arg)
{
	raw_syscall(SYS_mprotect, PAGE(2), 2 * PAGE_SIZE, PROT_READ | PROT_WRITE);
}

/* --- the heap --- */

static uint64_t heap;			/* the break, page-aligned */

static void
four_pages(void)
{
	heap = (uint64_t)raw_syscall(SYS_brk, 0);
	raw_syscall(SYS_brk, heap + 4 * PAGE_SIZE);
	for (int i = 0; i < 4; i++)
		*(volatile char *)(heap + i * PAGE_SIZE) = 'h';
}

static void
heap_in_pieces(void)
{
	four_pages();
	raw_syscall(SYS_mprotect, heap + PAGE_SIZE, PAGE_SIZE, PROT_READ);
}

/* brk tells by its answer whether it has worked. */
static long
brk_to(uint64_t addr)
{
	return (uint64_t)raw_syscall(SYS_brk, addr) == addr ? 0 : -ENOMEM;
}

static long brk_up(void) { return brk_to(heap + 8 * PAGE_SIZE); }
static long brk_into_piece(void) { return brk_to(heap + PAGE_SIZE); }
static long do_sbrk(void) { return raw_syscall(SYS_fl_sbrk, PAGE_SIZE); }
static void undo_brk(long ret unused_arg) { raw_syscall(SYS_brk, heap + 4 * PAGE_SIZE); }

static void
new_heap(void)
{
	heap = (uint64_t)raw_syscall(SYS_brk, 0);
	raw_syscall(SYS_brk, heap + (4UL << 20));
}

static long heap_fault(void) { return touch(heap + (3UL << 20)); }

/* --- page faults --- */

static long new_page(void) { return touch(FAR); }
static long copy_on_write(void) { return touch(PAGE(AREA_PAGES)); }	/* our parent's */
static long zero_page(void) { return *(volatile char *)(FAR + PAGE_SIZE); }
static long stack_page(void) { return touch((uint64_t)__builtin_frame_address(0) - (3UL << 20)); }
static long file_page(void) { return *(volatile char *)FAR; }
static long in_a_call(void) { return raw_syscall(SYS_getcwd, FAR, PAGE_SIZE); }

/* --- signals --- */

static void
handle(int sig unused_arg, struct linux_siginfo *info unused_arg,
    struct linux_ucontext *context unused_arg)
{
}

static void
with_handler(void)
{
	signal_handle(SIGUSR1, handle, 0);
}

static void
with_new_stack(void)
{
	const struct linux_stack stack = { .ss_sp = FAR, .ss_size = 3 * PAGE_SIZE };

	far_region();
	sigaltstack(&stack, NULL);
	signal_handle(SIGUSR1, handle, SA_ONSTACK);
}

static long send_signal(void) { return raw_syscall(SYS_kill, getpid(), SIGUSR1); }

/* The frame goes to a page of the stack that is not there yet. */
static long
signal_far_down(void)
{
	long ret = SYS_kill;

	__asm__ volatile("subq $0x100000, %%rsp\n"
	    "	syscall\n"
	    "	addq $0x100000, %%rsp\n"
	    : "+a"(ret) : "D"(getpid()), "S"(SIGUSR1) : "rcx", "r11", "memory");
	return ret;
}

static struct linux_siginfo info = { .si_code = SI_QUEUE };

static void
block_signal(void)
{
	const sigset_t set = signal_set(QUEUED);

	sigprocmask(SIG_BLOCK, &set, NULL);
}

static long
queue_signal(void)
{
	return raw_syscall(SYS_rt_sigqueueinfo, getpid(), QUEUED, &info);
}

/* Take all that is pending; there is nothing else. */
static void
take_signal(long ret unused_arg)
{
	static const struct linux_timespec nothing;
	const sigset_t set = signal_set(QUEUED);

	while (raw_syscall(SYS_rt_sigtimedwait, &set, NULL, &nothing, 8) > 0)
		;
}

static const struct scenario scenarios[] = {
	{ "fork", pages, do_fork, reap, MAY_DIE, 0 },	/* of its own first write, which copies */
	{ "vfork", pages, do_vfork, reap, 0, 0 },
	{ "clone", pages, do_clone, reap, 0, 0 },
	{ "exec", few_args, do_exec, NULL, ENDS | MAY_DIE, 0 },
	{ "exec-many-arguments", many_args, do_exec, NULL, ENDS | MAY_DIE, 0 },
	{ "vfork-exec", few_args, do_vfork_exec, NULL, ARMS | MAY_WORK, 0 },
	{ "exit", pages, do_exit, NULL, ENDS, 0 },
	{ "wait", have_child, do_wait, NULL, KEEPS, 0 },
	{ "mmap", NULL, mmap_far, undo_far, 0, 0 },
	{ "mmap-populate", NULL, mmap_populate, undo_far, MAY_WORK, 0 },
	{ "mmap-shared", NULL, mmap_shared, undo_far, 0, 0 },
	{ "mmap-file", NULL, mmap_file, undo_far, 0, 0 },
	{ "mmap-over", pages, mmap_over, NULL, KEEPS, 0 },
	{ "munmap-middle", pages, munmap_middle, NULL, KEEPS, 0 },
	{ "munmap-two", pages, munmap_two, NULL, KEEPS, 0 },
	{ "mprotect-middle", pages, protect_middle, undo_protect, 0, 0 },
	{ "mremap-in-place", pages, grow_in_place, undo_grow, 0, 0 },
	{ "mremap-move", pages, move, NULL, KEEPS, 0 },
	{ "mremap-over", pages, move_over, NULL, MAY_CHANGE | KEEPS, 0 },
	{ "mremap-leave", pages, leave, NULL, KEEPS, 0 },
	{ "mremap-bigger", pages, move_bigger, NULL, KEEPS, 0 },
	{ "madvise", pages, discard, NULL, KEEPS, 0 },
	{ "mincore", pages, do_mincore, NULL, 0, 0 },
	{ "brk-up", four_pages, brk_up, undo_brk, 0, 0 },
	{ "brk-into-piece", heap_in_pieces, brk_into_piece, NULL, KEEPS, 0 },
	{ "sbrk", four_pages, do_sbrk, undo_brk, 0, 0 },
	{ "heap-fault", new_heap, heap_fault, NULL, MAY_DIE | KEEPS, 0 },
	{ "new-page", far_region, new_page, NULL, MAY_DIE | KEEPS, 0 },
	{ "zero-page", far_region, zero_page, NULL, MAY_DIE | KEEPS, 0 },
	{ "copy-on-write", NULL, copy_on_write, NULL, MAY_DIE | KEEPS, 0 },
	{ "stack-growth", NULL, stack_page, NULL, MAY_DIE | KEEPS, 0 },
	{ "file-read", file_private, file_page, NULL, MAY_DIE | KEEPS, 0 },
	{ "file-private-write", file_private, new_page, NULL, MAY_DIE | KEEPS, 0 },
	{ "file-shared-write", file_shared, new_page, NULL, MAY_DIE | KEEPS, 0 },
	{ "file-hole-write", sparse_shared, new_page, NULL, MAY_DIE | KEEPS, 0 },
	{ "fault-in-a-call", far_region, in_a_call, NULL, MAY_DIE | KEEPS, 0 },
	{ "signal-on-new-page", with_handler, signal_far_down, NULL, MAY_DIE | KEEPS, 0 },
	{ "signal-on-other-stack", with_new_stack, send_signal, NULL, MAY_DIE | KEEPS, 0 },
	{ "sigqueue", block_signal, queue_signal, take_signal, 0, EAGAIN },
};

int
main(void)
{
	sweep_begin("sweep_mm", ENOMEM);
	map_at(PAGE(AREA_PAGES), 1, MAP_PRIVATE, -1);
	*(volatile char *)PAGE(AREA_PAGES) = 'c';
	file = open("/sweep", O_RDWR | O_CREAT, 0644);
	ftruncate(file, 4 * PAGE_SIZE);
	for (int i = 0; i < 4; i++)
		write_all(file, buf, PAGE_SIZE);
	for (size_t i = 0; i < array_len(scenarios); i++)
		sweep(&scenarios[i], INJECT_ALLOC);
	unlink("/sweep");
	sweep_end("allocations", 180);
}
