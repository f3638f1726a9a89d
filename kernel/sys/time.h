/* SPDX-License-Identifier: MIT */
/* Times of user programs. */
#ifndef FAULTLINE_SYS_TIME_H
#define FAULTLINE_SYS_TIME_H

#include "error.h"
#include "sys/abi.h"
#include "sys/abi_proc.h"
#include "types.h"

/*
 * The struct linux_timespec at user address ADDR, from NOW on.
 * => *DEADLINE as clock_now has it; what is too far away is never
 * => ERR_FAULT, ERR_INVAL
 */
must_check err_t deadline_from_user(vaddr_t addr, uint64_t now, uint64_t *deadline);

/* The same for SEC and NSEC, less than a second, after NOW.  => ERR_INVAL */
must_check err_t deadline_after(uint64_t now, int64_t sec, int64_t nsec, uint64_t *deadline);

/* NS nanoseconds as programs see them. */
struct linux_timespec timespec_from(uint64_t ns);
struct linux_timeval timeval_from(uint64_t ns);

#endif
