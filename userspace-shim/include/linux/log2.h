/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_LOG2_H
#define _KSHIM_LINUX_LOG2_H

#include <linux/types.h>

#define ilog2(n) (63 - __builtin_clzll((unsigned long long)(n)))
#define roundup_pow_of_two(n) \
	((unsigned long)(n) <= 1 ? 1UL : 1UL << (ilog2((unsigned long)(n) - 1) + 1))
#define rounddown_pow_of_two(n) (1UL << ilog2((unsigned long)(n)))

static inline __attribute_const__ bool is_power_of_2(unsigned long n)
{
	return n && !(n & (n - 1));
}

#endif /* _KSHIM_LINUX_LOG2_H */
