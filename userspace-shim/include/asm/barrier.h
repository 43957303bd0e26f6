/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_ASM_BARRIER_H
#define _KSHIM_ASM_BARRIER_H

#include <linux/compiler.h>

/* gcc warns that its thread sanitizer does not model fences: the fence itself is right. */
#ifndef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wtsan"
#endif
static inline void kshim_fence_full(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void kshim_fence_read(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

static inline void kshim_fence_write(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

#ifndef __clang__
#pragma GCC diagnostic pop
#endif

#define mb() kshim_fence_full()
#define rmb() kshim_fence_full()
#define wmb() kshim_fence_full()
#define smp_mb() kshim_fence_full()
#define smp_rmb() kshim_fence_read()
#define smp_wmb() kshim_fence_write()
#define smp_mb__before_atomic() kshim_fence_full()
#define smp_mb__after_atomic() kshim_fence_full()
#define smp_mb__after_spinlock() kshim_fence_full()

#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) \
do { \
	__typeof__(*(p)) __kshim_release = (v); \
	__atomic_store_n(p, __kshim_release, __ATOMIC_RELEASE); \
} while (0)
#define smp_store_mb(var, value) \
do { \
	__typeof__(var) __kshim_store = (value); \
	__atomic_store_n(&(var), __kshim_store, __ATOMIC_SEQ_CST); \
	kshim_fence_full(); \
} while (0)

#endif /* _KSHIM_ASM_BARRIER_H */
