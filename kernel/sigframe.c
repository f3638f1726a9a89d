/* SPDX-License-Identifier: MIT */
/*
 * The frame of a signal handler on the user's stack, laid out as Linux' rt_sigframe is.
 *
 *   high   interrupted rsp, or the top of the alternate stack
 *          red zone, 128 bytes (not on a fresh alternate stack)
 *          struct linux_fpstate, 64-byte aligned
 *          siginfo                         rsi in the handler
 *          ucontext: registers, mask       rdx
 *   low    address of the restorer         rsp, 8 below a multiple of 16
 *
 * A program may change its frame, or make one up.  What comes back is taken apart here:
 * only user segments, arithmetic flags, an address that exists, and an fpstate that
 * fxrstor takes without a fault.
 */
#include "signal.h"

#include "lib/string.h"
#include "mm/layout.h"
#include "mm/usercopy.h"
#include "proc.h"
#include "sys/abi_signal.h"
#include "trap.h"
#include "x86/cpu.h"
#include "x86/x86.h"

/* Flags that belong to the program: carry, parity, adjust, zero, sign, overflow and these. */
#define USER_FLAGS	(0x8d5ul | RFLAGS_TF | RFLAGS_DF | RFLAGS_RF | RFLAGS_AC)

_Static_assert(sizeof(((struct proc *)0)->fpu) == sizeof(struct linux_fpstate), "fxsave64");

bool
sigframe_on_altstack(const struct proc *p, vaddr_t sp)
{
	return (p->sig.stack_flags & SS_AUTODISARM) == 0 && sp > p->sig.stack_base &&
	    sp - p->sig.stack_base <= p->sig.stack_size;
}

/*
 * Where the frame goes, and *FPSTATE.
 * => 0 when the alternate stack is too small for it
 */
static vaddr_t
frame_place(const struct proc *p, vaddr_t rsp, const struct signal_action *action,
    vaddr_t *fpstate)
{
	const struct signals *s = &p->sig;
	vaddr_t sp = rsp - SIGFRAME_RED_ZONE;
	bool alternate = sigframe_on_altstack(p, rsp);

	if ((action->flags & SA_ONSTACK) != 0 && s->stack_size != 0 &&
	    !sigframe_on_altstack(p, sp)) {
		sp = s->stack_base + s->stack_size;
		alternate = true;
	}
	*fpstate = (sp - sizeof(struct linux_fpstate)) & ~63ul;
	sp = ((*fpstate - sizeof(struct linux_sigframe)) & ~15ul) - 8;
	if (alternate && (sp <= s->stack_base || sp - s->stack_base > s->stack_size))
		return 0;
	return sp;
}

void
sigframe_siginfo(struct linux_siginfo *si, const struct signal_info *info)
{
	memset(si, 0, sizeof(*si));
	si->si_signo = info->sig;
	si->si_code = info->code;
	if (info->code > 0 && info->code < SI_KERNEL && info->sig != SIGCHLD) {
		si->addr = info->value;
	} else {
		si->pid = info->pid;
		si->value = info->value;
	}
}

static void
fill_context(struct linux_sigcontext *sc, const struct trapframe *tf, const struct signals *s)
{
	sc->r8 = tf->r8;
	sc->r9 = tf->r9;
	sc->r10 = tf->r10;
	sc->r11 = tf->r11;
	sc->r12 = tf->r12;
	sc->r13 = tf->r13;
	sc->r14 = tf->r14;
	sc->r15 = tf->r15;
	sc->rdi = tf->rdi;
	sc->rsi = tf->rsi;
	sc->rbp = tf->rbp;
	sc->rbx = tf->rbx;
	sc->rdx = tf->rdx;
	sc->rax = tf->rax;
	sc->rcx = tf->rcx;
	sc->rsp = tf->rsp;
	sc->rip = tf->rip;
	sc->rflags = tf->rflags;
	sc->cs = tf->cs;
	sc->ss = tf->ss;
	sc->err = s->fault.err;
	sc->trapno = s->fault.trapno;
	sc->cr2 = s->fault.cr2;
}

static void
fill_frame(struct linux_sigframe *f, const struct proc *p, const struct trapframe *tf)
{
	f->uc.uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	f->uc.uc_stack.ss_sp = p->sig.stack_base;
	f->uc.uc_stack.ss_size = p->sig.stack_size;
	f->uc.uc_stack.ss_flags = p->sig.stack_flags;
	fill_context(&f->uc.uc_mcontext, tf, &p->sig);
}

err_t
sigframe_push(struct trapframe *tf, const struct signal_info *info,
    const struct signal_action *action, sigmask_t mask)
{
	struct proc *p = proc_current();
	struct linux_sigframe f;
	vaddr_t fpstate, sp = frame_place(p, tf->rsp, action, &fpstate);

	if (sp == 0 || (action->flags & SA_RESTORER) == 0)
		return ERR_FAULT;
	memset(&f, 0, sizeof(f));
	f.pretcode = action->restorer;
	sigframe_siginfo(&f.info, info);
	fill_frame(&f, p, tf);
	f.uc.uc_sigmask = f.uc.uc_mcontext.oldmask = mask;
	f.uc.uc_mcontext.fpstate = fpstate;
	fpu_save(p->fpu);
	if (copy_to_user(fpstate, p->fpu, sizeof(p->fpu)) != ERR_OK ||
	    copy_to_user(sp, &f, sizeof(f)) != ERR_OK)
		return ERR_FAULT;

	fpu_init_area(p->fpu);		/* a handler begins as a program does */
	fpu_restore(p->fpu);
	if ((p->sig.stack_flags & SS_AUTODISARM) != 0) {
		p->sig.stack_size = p->sig.stack_base = 0;
		p->sig.stack_flags = SS_DISABLE;
	}
	tf->rdi = info->sig;
	tf->rsi = sp + offsetof(struct linux_sigframe, info);
	tf->rdx = sp + offsetof(struct linux_sigframe, uc);
	tf->rax = 0;
	tf->rsp = sp;
	tf->rip = action->handler;
	tf->cs = SEL_UCODE;
	tf->ss = SEL_UDATA;
	tf->rflags &= ~(RFLAGS_DF | RFLAGS_RF | RFLAGS_TF);
	return ERR_OK;
}

/* Load the floating-point registers from user memory at ADDR; 0: as in a new program. */
static err_t
restore_fpu(struct proc *p, vaddr_t addr)
{
	struct linux_fpstate fp;

	if (addr == 0) {
		fpu_init_area(&fp);
	} else {
		if (addr % 16 != 0 || copy_from_user(&fp, addr, sizeof(fp)) != ERR_OK)
			return ERR_FAULT;
		if ((fp.mxcsr & ~cpu_features.mxcsr_mask) != 0)
			return ERR_FAULT;
	}
	memcpy(p->fpu, &fp, sizeof(p->fpu));
	fpu_restore(p->fpu);
	return ERR_OK;
}

static void
restore_context(struct trapframe *tf, const struct linux_sigcontext *sc)
{
	tf->r8 = sc->r8;
	tf->r9 = sc->r9;
	tf->r10 = sc->r10;
	tf->r11 = sc->r11;
	tf->r12 = sc->r12;
	tf->r13 = sc->r13;
	tf->r14 = sc->r14;
	tf->r15 = sc->r15;
	tf->rdi = sc->rdi;
	tf->rsi = sc->rsi;
	tf->rbp = sc->rbp;
	tf->rbx = sc->rbx;
	tf->rdx = sc->rdx;
	tf->rax = sc->rax;
	tf->rcx = sc->rcx;
	tf->rsp = sc->rsp;
	tf->rip = sc->rip;
	tf->rflags = (tf->rflags & ~USER_FLAGS) | (sc->rflags & USER_FLAGS);
}

err_t
sigframe_restore(struct trapframe *tf)
{
	struct proc *p = proc_current();
	const vaddr_t at = tf->rsp - sizeof(uint64_t);	/* the handler's return has popped one */
	struct linux_ucontext uc;
	const struct linux_sigcontext *sc = &uc.uc_mcontext;

	if (copy_from_user(&uc, at + offsetof(struct linux_sigframe, uc), sizeof(uc)) != ERR_OK)
		return ERR_FAULT;
	if ((sc->cs | 3) != SEL_UCODE || (sc->ss | 3) != SEL_UDATA || !is_canonical(sc->rip))
		return ERR_FAULT;
	if (restore_fpu(p, sc->fpstate) != ERR_OK)
		return ERR_FAULT;
	restore_context(tf, sc);
	signal_set_mask(p, uc.uc_sigmask);
	altstack_set(p, &uc.uc_stack, tf->rsp);	/* if it is no good there is none, as before */
	return ERR_OK;
}

err_t
altstack_set(struct proc *p, const struct linux_stack *st, vaddr_t sp)
{
	uint32_t mode = st->ss_flags & ~SS_AUTODISARM;

	if (sigframe_on_altstack(p, sp))
		return ERR_PERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return ERR_INVAL;
	if (mode != SS_DISABLE && st->ss_size < MINSIGSTKSZ)
		return ERR_NOMEM;
	p->sig.stack_flags = st->ss_flags;
	p->sig.stack_base = mode == SS_DISABLE ? 0 : st->ss_sp;
	p->sig.stack_size = mode == SS_DISABLE ? 0 : st->ss_size;
	return ERR_OK;
}
