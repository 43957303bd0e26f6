/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_RANDOM_H
#define _KSHIM_LINUX_RANDOM_H

#include <kshim-glibc.h>

#include_next <linux/random.h>
#include <linux/types.h>

void kshim_random_bytes(void *buf, size_t len);

static inline void get_random_bytes(void *buf, size_t len)
{
	kshim_random_bytes(buf, len);
}

static inline u8 get_random_u8(void)
{
	u8 val;

	kshim_random_bytes(&val, sizeof(val));
	return val;
}

static inline u16 get_random_u16(void)
{
	u16 val;

	kshim_random_bytes(&val, sizeof(val));
	return val;
}

static inline u32 get_random_u32(void)
{
	u32 val;

	kshim_random_bytes(&val, sizeof(val));
	return val;
}

static inline u64 get_random_u64(void)
{
	u64 val;

	kshim_random_bytes(&val, sizeof(val));
	return val;
}

/* Below @ceil: the high half of a product, as good as even for 32 bits taken from 64. */
static inline u32 get_random_u32_below(u32 ceil)
{
	return (u32)(((unsigned __int128)get_random_u64() * ceil) >> 64);
}

static inline u32 prandom_u32_max(u32 ceil)
{
	return get_random_u32_below(ceil);
}

static inline unsigned long get_random_long(void)
{
	return (unsigned long)get_random_u64();
}

#endif /* _KSHIM_LINUX_RANDOM_H */
