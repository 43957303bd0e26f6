/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_BUILD_BUG_H
#define _KSHIM_LINUX_BUILD_BUG_H

#include <linux/compiler.h>

#define BUILD_BUG_ON_ZERO(e) ((int)sizeof(struct { int : (-!!(e)); }))
#define BUILD_BUG_ON_INVALID(e) ((void)sizeof((__force long)(e)))

/*
 * The kernel never builds without optimisation, so its assertion may need the optimiser to see
 * that a condition is constant. The shim does build at -O0: there only real constants count.
 */
#ifdef __OPTIMIZE__
#define __kshim_compiletime_assert(condition, msg, fn) \
do { \
	__noreturn extern void fn(void) __attribute__((__error__(msg))); \
	if (!(condition)) \
		fn(); \
} while (0)
#else
#define __kshim_compiletime_assert(condition, msg, fn) \
	_Static_assert(__builtin_choose_expr(__builtin_constant_p(condition), (condition), 1), msg)
#endif

#define _kshim_compiletime_assert(condition, msg, fn) \
	__kshim_compiletime_assert(condition, msg, fn)
#define compiletime_assert(condition, msg) \
	_kshim_compiletime_assert(condition, msg, __UNIQUE_ID(kshim_assert_))
#define BUILD_BUG_ON_MSG(cond, msg) compiletime_assert(!(cond), msg)
#define BUILD_BUG_ON(condition) \
	BUILD_BUG_ON_MSG(condition, "BUILD_BUG_ON failed: " #condition)
#define BUILD_BUG_ON_NOT_POWER_OF_2(n) BUILD_BUG_ON((n) == 0 || (((n) & ((n) - 1)) != 0))
#define BUILD_BUG() BUILD_BUG_ON_MSG(1, "BUILD_BUG failed")

#undef static_assert
#define static_assert(expr, ...) __kshim_static_assert(expr, ## __VA_ARGS__, #expr)
#define __kshim_static_assert(expr, msg, ...) _Static_assert(expr, msg)

#endif /* _KSHIM_LINUX_BUILD_BUG_H */
