/* SPDX-License-Identifier: MIT */
/*
 * What the compiler calls when a program compiled with -fsanitize=undefined
 * (make UBSAN=1) does what C leaves undefined: the kernel panics and says where.
 *
 * Every call passes a description that begins with the place in the source; the
 * operands that follow differ and are not looked at.  The names and arguments
 * are those of compiler-rt's lib/ubsan/ubsan_handlers.h, which gcc follows too.
 */
#include "panic.h"
#include "types.h"

struct location {
	const char *file;
	uint32_t line;
	uint32_t column;
};

#define HANDLER(name, what) \
	noreturn void __ubsan_handle_##name(const struct location *at); \
	void \
	__ubsan_handle_##name(const struct location *at) \
	{ \
		panic_at(at->file, at->line, NULL, "undefined behavior: %s (column %u)", \
		    what, at->column); \
	}

HANDLER(add_overflow, "addition overflows")
HANDLER(sub_overflow, "subtraction overflows")
HANDLER(mul_overflow, "multiplication overflows")
HANDLER(negate_overflow, "negation overflows")
HANDLER(divrem_overflow, "division by zero, or its result overflows")
HANDLER(pointer_overflow, "pointer arithmetic overflows, or starts at NULL")
HANDLER(shift_out_of_bounds, "shift count or shifted value out of range")
HANDLER(out_of_bounds, "array index out of bounds")
HANDLER(type_mismatch_v1, "access through a pointer that is NULL, unaligned or to too little")
HANDLER(alignment_assumption, "pointer is not aligned as promised")
HANDLER(vla_bound_not_positive, "array of no or negative length")
HANDLER(load_invalid_value, "value that its type (bool, enum) does not have")
HANDLER(invalid_builtin, "built-in function called with zero")
HANDLER(nonnull_arg, "NULL passed where it must not be")
HANDLER(builtin_unreachable, "place reached that was promised to be unreachable")
HANDLER(missing_return, "end of a function that returns a value")

/* The one whose place is in the second argument. */
noreturn void __ubsan_handle_nonnull_return_v1(const void *data, const struct location *at);

void
__ubsan_handle_nonnull_return_v1(const void *data unused_arg, const struct location *at)
{
	panic_at(at->file, at->line, NULL,
	    "undefined behavior: NULL returned where it must not be (column %u)", at->column);
}
