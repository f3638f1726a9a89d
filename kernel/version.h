/* SPDX-License-Identifier: MIT */
/* What the kernel calls itself, in uname(2) and /proc/version. */
#ifndef FAULTLINE_VERSION_H
#define FAULTLINE_VERSION_H

#define KERNEL_NAME	"Faultline"
#define KERNEL_RELEASE	"0.1.0"
#define KERNEL_VERSION	"demand-paging"

#endif
