/* SPDX-License-Identifier: MIT */
/*
 * Basic types and helpers that every file may use.  Includes nothing but the
 * compiler's own freestanding headers.
 */
#ifndef FAULTLINE_TYPES_H
#define FAULTLINE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t vaddr_t;	/* a virtual address, user or kernel */
typedef uint64_t paddr_t;	/* a physical address */
typedef uint64_t offset_t;	/* a byte offset in a file */
typedef uint64_t sysarg_t;	/* a system-call argument, as it was in its register */
typedef uint64_t sysret_t;	/* a system-call result: a value, or an err_t sign-extended */
typedef int32_t pid_t;
typedef int64_t ssize_t;

#define noreturn	__attribute__((noreturn))
#define must_check	__attribute__((warn_unused_result))
#define printf_like(f, a)	__attribute__((format(printf, f, a)))
#define unused_arg	__attribute__((unused))

#define array_len(a)	(sizeof(a) / sizeof((a)[0]))
#define min(a, b)	((a) < (b) ? (a) : (b))
#define max(a, b)	((a) > (b) ? (a) : (b))

/* The structure of TYPE whose member MEMBER is at PTR. */
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#endif
