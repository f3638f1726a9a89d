/* SPDX-License-Identifier: MIT */
/* Times of user programs. */
#ifndef FAULTLINE_SYS_TIME_H
#define FAULTLINE_SYS_TIME_H

#include "error.h"
#include "types.h"

/*
 * The struct linux_timespec at user address ADDR, from NOW on.
 * => *DEADLINE as clock_now has it; what is too far away is never
 * => ERR_FAULT, ERR_INVAL
 */
must_check err_t deadline_from_user(vaddr_t addr, uint64_t now, uint64_t *deadline);

#endif
