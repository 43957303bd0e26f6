/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_HASH_H
#define _KSHIM_LINUX_HASH_H

#include <linux/types.h>

/* Multiplication by the golden ratio, as in the kernel; the upper bits are the hash. */
#define GOLDEN_RATIO_64	0x61C8864680B583EBull

#define GOLDEN_RATIO_32	0x61C88647u

static inline u32 hash_32(u32 val, unsigned int bits)
{
	return val * GOLDEN_RATIO_32 >> (32 - bits);
}

static inline u32 hash_64(u64 val, unsigned int bits)
{
	return val * GOLDEN_RATIO_64 >> (64 - bits);
}

static inline u32 hash_ptr(const void *ptr, unsigned int bits)
{
	return hash_64((unsigned long)ptr, bits);
}

#endif /* _KSHIM_LINUX_HASH_H */
