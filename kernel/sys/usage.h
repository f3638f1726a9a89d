/* SPDX-License-Identifier: MIT */
/* What processes have used, as Linux shows it. */
#ifndef FAULTLINE_SYS_USAGE_H
#define FAULTLINE_SYS_USAGE_H

#include "error.h"
#include "proc.h"
#include "types.h"

/* What P has used until now. */
struct usage usage_now(const struct proc *p);

/* Copy U to user memory at ADDR as a struct linux_rusage.  => ERR_FAULT */
must_check err_t usage_to_user(vaddr_t addr, const struct usage *u);

#endif
