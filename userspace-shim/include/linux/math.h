/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_MATH_H
#define _KSHIM_LINUX_MATH_H

#include <linux/compiler.h>
#include <linux/types.h>

#define __round_mask(x, y) ((__typeof__(x))((y) - 1))
#define round_up(x, y) ((((x) - 1) | __round_mask(x, y)) + 1)
#define round_down(x, y) ((x) & ~__round_mask(x, y))

#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define DIV_ROUND_DOWN_ULL(ll, d) ((unsigned long long)(ll) / (d))
#define DIV_ROUND_UP_ULL(ll, d) DIV_ROUND_DOWN_ULL((unsigned long long)(ll) + (d) - 1, (d))

#undef roundup
#define roundup(x, y) \
({ \
	__typeof__(y) __kshim_y = y; \
	(((x) + (__kshim_y - 1)) / __kshim_y) * __kshim_y; \
})
#define rounddown(x, y) \
({ \
	__typeof__(x) __kshim_x = (x); \
	__kshim_x - (__kshim_x % (y)); \
})

#define DIV_ROUND_CLOSEST(x, divisor) \
({ \
	__typeof__(x) __kshim_x = x; \
	__typeof__(divisor) __kshim_d = divisor; \
	(((__typeof__(x))-1) > 0 || ((__typeof__(divisor))-1) > 0 || \
	 ((__kshim_x > 0) == (__kshim_d > 0))) ? \
		((__kshim_x + (__kshim_d / 2)) / __kshim_d) : \
		((__kshim_x - (__kshim_d / 2)) / __kshim_d); \
})

#define __kshim_abs_if(x, type, other) \
	__builtin_choose_expr(__same_type(x, signed type) || __same_type(x, unsigned type), \
			      ({ signed type __kshim_a = (x); \
				 __kshim_a < 0 ? -__kshim_a : __kshim_a; }), other)

#undef abs
#define abs(x) \
	__kshim_abs_if(x, long long, __kshim_abs_if(x, long, __kshim_abs_if(x, int, \
	__kshim_abs_if(x, short, __kshim_abs_if(x, char, \
		__builtin_choose_expr(__same_type(x, char), \
				      (char)({ signed char __kshim_a = (x); \
					       __kshim_a < 0 ? -__kshim_a : __kshim_a; }), \
				      (void)0))))))

#endif /* _KSHIM_LINUX_MATH_H */
