/* SPDX-License-Identifier: MIT */
/* The clock with a battery. */
#ifndef FAULTLINE_X86_RTC_H
#define FAULTLINE_X86_RTC_H

#include "types.h"

/* Seconds since 1970, if the clock is set to universal time. */
uint64_t rtc_read(void);

#endif
