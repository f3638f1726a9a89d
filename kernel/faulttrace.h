/* SPDX-License-Identifier: MIT */
/*
 * A line on the console for each page fault of a process that asks for it.
 *
 * What was done is found out by looking at the page tables before and after: it is what
 * has happened, whatever the handler meant to do.  The handlers know nothing of it.
 */
#ifndef FAULTLINE_FAULTTRACE_H
#define FAULTLINE_FAULTTRACE_H

#include "types.h"

struct proc;
struct trapframe;

/* The current process, which is traced, has touched ADDR: look, before anything is done. */
void faulttrace_begin(const struct trapframe *tf, vaddr_t addr);

/* The fault has been handled: print its line, if faulttrace_refused has not. */
void faulttrace_end(void);

/* The fault is about to be refused, by signal SIG, or with EFAULT (0).  May be called untraced. */
void faulttrace_refused(int sig);

/* P has become another program. */
void faulttrace_exec(struct proc *p);

#endif
