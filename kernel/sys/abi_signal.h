/* SPDX-License-Identifier: MIT */
/*
 * Signals in the Linux x86-64 ABI: numbers, flags, what a handler gets, and the frame on
 * the user's stack that rt_sigreturn(2) takes back.  Shared with the user library, as
 * abi.h is.  Sources: signal(7), sigaction(2), sigaltstack(2), and the System V ABI
 * AMD64 supplement; layouts are checked below.
 */
#ifndef FAULTLINE_SYS_ABI_SIGNAL_H
#define FAULTLINE_SYS_ABI_SIGNAL_H

#define SIGHUP		1
#define SIGINT		2
#define SIGQUIT		3
#define SIGILL		4
#define SIGTRAP		5
#define SIGABRT		6
#define SIGBUS		7
#define SIGFPE		8
#define SIGKILL		9
#define SIGUSR1		10
#define SIGSEGV		11
#define SIGUSR2		12
#define SIGPIPE		13
#define SIGALRM		14
#define SIGTERM		15
#define SIGSTKFLT	16
#define SIGCHLD		17
#define SIGCONT		18
#define SIGSTOP		19
#define SIGTSTP		20
#define SIGTTIN		21
#define SIGTTOU		22
#define SIGURG		23
#define SIGXCPU		24
#define SIGXFSZ		25
#define SIGVTALRM	26
#define SIGPROF		27
#define SIGWINCH	28
#define SIGIO		29
#define SIGPWR		30
#define SIGSYS		31
#define SIGNAL_RT	32		/* from here on real-time: each one sent is kept */
#define SIGNAL_MAX	64

/* --- sigaction(2) --- */
#define SA_NOCLDSTOP	0x00000001
#define SA_NOCLDWAIT	0x00000002
#define SA_SIGINFO	0x00000004
#define SA_EXPOSE_TAGBITS	0x00000800
#define SA_RESTORER	0x04000000
#define SA_ONSTACK	0x08000000
#define SA_RESTART	0x10000000
#define SA_NODEFER	0x40000000
#define SA_RESETHAND	0x80000000

/* The values of handler that are no function. */
#define SIGNAL_DEFAULT	0
#define SIGNAL_IGNORE	1

/* --- sigprocmask(2), sigaltstack(2) --- */
#define SIG_BLOCK	0
#define SIG_UNBLOCK	1
#define SIG_SETMASK	2

#define SS_ONSTACK	1
#define SS_DISABLE	2
#define SS_AUTODISARM	0x80000000
#define MINSIGSTKSZ	2048

/* --- si_code, sigaction(2): who has sent the signal, or what went wrong --- */
#define SI_USER		0
#define SI_KERNEL	0x80
#define SI_QUEUE	(-1)
#define SI_TKILL	(-6)

#define ILL_ILLOPN	2
#define FPE_INTDIV	1
#define FPE_FLTDIV	3
#define FPE_FLTOVF	4
#define FPE_FLTUND	5
#define FPE_FLTRES	6
#define FPE_FLTINV	7
#define SEGV_MAPERR	1
#define SEGV_ACCERR	2
#define BUS_ADRALN	1
#define BUS_ADRERR	2
#define TRAP_BRKPT	1
#define TRAP_TRACE	2
#define CLD_EXITED	1
#define CLD_KILLED	2
#define CLD_STOPPED	5
#define CLD_CONTINUED	6

/* uc_flags: ss is in the context, and is taken from it as it is. */
#define UC_SIGCONTEXT_SS	2
#define UC_STRICT_RESTORE_SS	4

#define SIGFRAME_RED_ZONE	128	/* below rsp: belongs to the function, AMD64 3.2.2 */

#ifndef __ASSEMBLER__
#include <stdint.h>

struct linux_sigaction {		/* rt_sigaction(2) */
	uint64_t handler;
	uint64_t flags;
	uint64_t restorer;
	uint64_t mask;
};

struct linux_stack {			/* sigaltstack(2) */
	uint64_t ss_sp;
	uint32_t ss_flags;
	uint32_t pad;
	uint64_t ss_size;
};

struct linux_siginfo {
	int32_t si_signo;
	int32_t si_errno;
	int32_t si_code;
	int32_t pad;
	union {
		struct {		/* kill(2), sigqueue(3), SIGCHLD */
			int32_t pid;
			uint32_t uid;
			union {
				uint64_t value;
				int32_t status;
			};
			int64_t utime;
			int64_t stime;
		};
		uint64_t addr;		/* SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP */
		uint64_t room[14];
	};
};

struct linux_fpstate {			/* what fxsave64 writes: Intel SDM volume 1, 10.5.1 */
	uint16_t fcw, fsw, ftw, fop;
	uint64_t rip, rdp;
	uint32_t mxcsr, mxcsr_mask;
	uint8_t st[8][16];
	uint8_t xmm[16][16];
	uint64_t reserved[12];
};

struct linux_sigcontext {
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
	uint16_t cs, gs, fs, ss;
	uint64_t err, trapno, oldmask, cr2;	/* of the process' last bad fault */
	uint64_t fpstate;		/* user address of a struct linux_fpstate */
	uint64_t reserved[8];
};

struct linux_ucontext {
	uint64_t uc_flags;
	uint64_t uc_link;
	struct linux_stack uc_stack;
	struct linux_sigcontext uc_mcontext;
	uint64_t uc_sigmask;
};

/* rsp points at it when a handler begins, as if pretcode had called it. */
struct linux_sigframe {
	uint64_t pretcode;		/* the restorer; it makes the call rt_sigreturn */
	struct linux_ucontext uc;
	struct linux_siginfo info;
};

_Static_assert(sizeof(struct linux_sigaction) == 32, "struct sigaction");
_Static_assert(sizeof(struct linux_siginfo) == 128, "siginfo_t");
_Static_assert(sizeof(struct linux_fpstate) == 512, "struct _fpstate");
_Static_assert(sizeof(struct linux_sigcontext) == 256, "struct sigcontext");
_Static_assert(sizeof(struct linux_ucontext) == 304, "struct ucontext");
_Static_assert(sizeof(struct linux_sigframe) == 440, "struct rt_sigframe");

#endif /* !__ASSEMBLER__ */
#endif
