/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_KTIME_H
#define _KSHIM_LINUX_KTIME_H

#include <linux/jiffies.h>
#include <linux/time64.h>
#include <linux/types.h>

#define KTIME_MAX ((s64)~((u64)1 << 63))
#define KTIME_SEC_MAX (KTIME_MAX / NSEC_PER_SEC)

/* The clocks: what a user calls CLOCK_MONOTONIC, _REALTIME, _BOOTTIME and _MONOTONIC_RAW. */
s64 kshim_ktime_get(int clock);

#define ktime_get() kshim_ktime_get(1)
#define ktime_get_real() kshim_ktime_get(0)
#define ktime_get_boottime() kshim_ktime_get(7)
#define ktime_get_raw() kshim_ktime_get(4)
#define ktime_get_ns() ((u64)kshim_ktime_get(1))
#define ktime_get_real_ns() ((u64)kshim_ktime_get(0))
#define ktime_get_boottime_ns() ((u64)kshim_ktime_get(7))
#define ktime_get_raw_ns() ((u64)kshim_ktime_get(4))
#define ktime_get_seconds() (kshim_ktime_get(1) / NSEC_PER_SEC)
#define ktime_get_real_seconds() (kshim_ktime_get(0) / NSEC_PER_SEC)
#define local_clock() ((u64)kshim_ktime_get(1))
#define sched_clock() ((u64)kshim_ktime_get(1))

static inline ktime_t ktime_set(const s64 secs, const unsigned long nsecs)
{
	return secs >= KTIME_SEC_MAX ? KTIME_MAX : secs * NSEC_PER_SEC + (s64)nsecs;
}

static inline ktime_t ktime_add(ktime_t a, ktime_t b)
{
	return a + b;
}

static inline ktime_t ktime_sub(ktime_t a, ktime_t b)
{
	return a - b;
}

static inline ktime_t ktime_add_ns(ktime_t t, u64 ns)
{
	return t + (s64)ns;
}

static inline ktime_t ktime_add_us(ktime_t t, u64 us)
{
	return t + (s64)us * NSEC_PER_USEC;
}

static inline ktime_t ktime_add_ms(ktime_t t, u64 ms)
{
	return t + (s64)ms * NSEC_PER_MSEC;
}

static inline s64 ktime_to_ns(ktime_t t)
{
	return t;
}

static inline s64 ktime_to_us(ktime_t t)
{
	return t / NSEC_PER_USEC;
}

static inline s64 ktime_to_ms(ktime_t t)
{
	return t / NSEC_PER_MSEC;
}

static inline ktime_t ns_to_ktime(u64 ns)
{
	return (s64)ns;
}

static inline ktime_t ms_to_ktime(u64 ms)
{
	return (s64)ms * NSEC_PER_MSEC;
}

static inline s64 ktime_us_delta(ktime_t later, ktime_t earlier)
{
	return ktime_to_us(later - earlier);
}

static inline s64 ktime_ms_delta(ktime_t later, ktime_t earlier)
{
	return ktime_to_ms(later - earlier);
}

static inline int ktime_compare(ktime_t a, ktime_t b)
{
	return a < b ? -1 : a > b;
}

static inline bool ktime_after(ktime_t a, ktime_t b)
{
	return a > b;
}

static inline bool ktime_before(ktime_t a, ktime_t b)
{
	return a < b;
}

#endif /* _KSHIM_LINUX_KTIME_H */
