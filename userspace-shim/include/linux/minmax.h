/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_MINMAX_H
#define _KSHIM_LINUX_MINMAX_H

#include <linux/compiler.h>

#define __kshim_pick(x, op, y, ux, uy) \
({ \
	__typeof__(x) ux = (x); \
	__typeof__(y) uy = (y); \
	ux op uy ? ux : uy; \
})

/*
 * An integer constant expression must stay one, so that min() may size an array; anything else
 * is evaluated exactly once.
 */
#define __kshim_is_constexpr(x) \
	(sizeof(int) == sizeof(*(8 ? ((void *)((long)(x) * 0l)) : (int *)8)))
#define __kshim_cmp(x, op, y) \
	__builtin_choose_expr(__kshim_is_constexpr(x) && __kshim_is_constexpr(y), \
			      ((x) op (y) ? (x) : (y)), \
			      __kshim_pick(x, op, y, __UNIQUE_ID(x_), __UNIQUE_ID(y_)))
#define __kshim_careful_cmp(x, op, y) \
	__builtin_choose_expr(((int)sizeof((__typeof__(x) *)1 == (__typeof__(y) *)1)), \
			      __kshim_cmp(x, op, y), (void)0)

#define min(x, y) __kshim_careful_cmp(x, <, y)
#define max(x, y) __kshim_careful_cmp(x, >, y)
#define min_t(type, x, y) __kshim_careful_cmp((type)(x), <, (type)(y))
#define max_t(type, x, y) __kshim_careful_cmp((type)(x), >, (type)(y))
#define min3(x, y, z) min((__typeof__(x))min(x, y), z)
#define max3(x, y, z) max((__typeof__(x))max(x, y), z)
#define min_not_zero(x, y) \
({ \
	__typeof__(x) __kshim_x = (x); \
	__typeof__(y) __kshim_y = (y); \
	__kshim_x == 0 ? __kshim_y : (__kshim_y == 0 ? __kshim_x : min(__kshim_x, __kshim_y)); \
})
#define clamp(val, lo, hi) min((__typeof__(val))max(val, lo), hi)
#define clamp_t(type, val, lo, hi) min_t(type, max_t(type, val, lo), hi)
#define clamp_val(val, lo, hi) clamp_t(__typeof__(val), val, lo, hi)

#define swap(a, b) \
do { \
	__typeof__(a) __kshim_tmp = (a); \
	(a) = (b); \
	(b) = __kshim_tmp; \
} while (0)

#endif /* _KSHIM_LINUX_MINMAX_H */
