/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_KSTRTOX_H
#define _KSHIM_LINUX_KSTRTOX_H

#include <linux/compiler.h>
#include <linux/types.h>

int kshim_kstrtoull(const char *s, unsigned int base, unsigned long long *res,
		    unsigned long long max);
int kshim_kstrtoll(const char *s, unsigned int base, long long *res, long long min, long long max);
int kshim_kstrtobool(const char *s, bool *res);

#define __kshim_kstrto_unsigned(name, type) \
static inline int __must_check name(const char *s, unsigned int base, type *res) \
{ \
	unsigned long long val; \
	int ret = kshim_kstrtoull(s, base, &val, (type)~(type)0); \
	if (!ret) \
		*res = (type)val; \
	return ret; \
}

#define __kshim_kstrto_signed(name, type) \
static inline int __must_check name(const char *s, unsigned int base, type *res) \
{ \
	const unsigned long long top = 1ULL << (sizeof(type) * 8 - 1); \
	long long val; \
	int ret = kshim_kstrtoll(s, base, &val, (long long)(-1 - (long long)(top - 1)), \
				 (long long)(top - 1)); \
	if (!ret) \
		*res = (type)val; \
	return ret; \
}

__kshim_kstrto_unsigned(kstrtoull, unsigned long long)
__kshim_kstrto_unsigned(kstrtoul, unsigned long)
__kshim_kstrto_unsigned(kstrtouint, unsigned int)
__kshim_kstrto_unsigned(kstrtou64, u64)
__kshim_kstrto_unsigned(kstrtou32, u32)
__kshim_kstrto_unsigned(kstrtou16, u16)
__kshim_kstrto_unsigned(kstrtou8, u8)
__kshim_kstrto_signed(kstrtoll, long long)
__kshim_kstrto_signed(kstrtol, long)
__kshim_kstrto_signed(kstrtoint, int)
__kshim_kstrto_signed(kstrtos64, s64)
__kshim_kstrto_signed(kstrtos32, s32)
__kshim_kstrto_signed(kstrtos16, s16)
__kshim_kstrto_signed(kstrtos8, s8)

static inline int __must_check kstrtobool(const char *s, bool *res)
{
	return kshim_kstrtobool(s, res);
}

#endif /* _KSHIM_LINUX_KSTRTOX_H */
