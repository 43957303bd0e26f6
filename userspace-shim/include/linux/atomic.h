/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_ATOMIC_H
#define _KSHIM_LINUX_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

/* The kernel's meaning of what <stdatomic.h> has as well, whichever comes first. */
#undef atomic_fetch_add
#undef atomic_fetch_sub
#undef atomic_fetch_and
#undef atomic_fetch_or
#undef atomic_fetch_xor

#define ATOMIC_INIT(i) { (i) }
#define ATOMIC64_INIT(i) { (i) }
#define ATOMIC_LONG_INIT(i) { (i) }

typedef atomic64_t atomic_long_t;

/*
 * As in the kernel: without a suffix, what returns a value is fully ordered and what returns none
 * is not ordered at all.
 */
#define __KSHIM_ATOMIC_OP(prefix, T, V, op, builtin) \
static inline void prefix##_##op(T i, V *v) \
{ \
	__atomic_fetch_##builtin(&v->counter, i, __ATOMIC_RELAXED); \
}

#define __KSHIM_ATOMIC_FETCH(prefix, T, V, op, builtin, suffix, order) \
static inline T prefix##_fetch_##op##suffix(T i, V *v) \
{ \
	return __atomic_fetch_##builtin(&v->counter, i, order); \
}

#define __KSHIM_ATOMIC_RETURN(prefix, T, V, op, builtin, suffix, order) \
static inline T prefix##_##op##_return##suffix(T i, V *v) \
{ \
	return __atomic_##builtin##_fetch(&v->counter, i, order); \
}

#define __KSHIM_ATOMIC_STEP(prefix, T, V, op, builtin, suffix, order) \
static inline T prefix##_##op##_return##suffix(V *v) \
{ \
	return __atomic_##builtin##_fetch(&v->counter, 1, order); \
} \
static inline T prefix##_fetch_##op##suffix(V *v) \
{ \
	return __atomic_fetch_##builtin(&v->counter, 1, order); \
}

#define __KSHIM_ATOMIC_SWAP(prefix, T, V, suffix, order, failure) \
static inline T prefix##_xchg##suffix(V *v, T i) \
{ \
	return __atomic_exchange_n(&v->counter, i, order); \
} \
static inline T prefix##_cmpxchg##suffix(V *v, T old, T new) \
{ \
	__typeof__(v->counter) seen = old; \
	__atomic_compare_exchange_n(&v->counter, &seen, new, false, order, failure); \
	return seen; \
} \
static inline bool prefix##_try_cmpxchg##suffix(V *v, T *old, T new) \
{ \
	__typeof__(v->counter) seen = *old; \
	bool done = __atomic_compare_exchange_n(&v->counter, &seen, new, false, order, failure); \
	*old = seen; \
	return done; \
}

#define __KSHIM_ATOMIC_ORDERS(name, args...) \
	name(args, , __ATOMIC_SEQ_CST) \
	name(args, _acquire, __ATOMIC_ACQUIRE) \
	name(args, _release, __ATOMIC_RELEASE) \
	name(args, _relaxed, __ATOMIC_RELAXED)

#define __KSHIM_ATOMIC_CONDITIONAL(prefix, T, V) \
static inline T prefix##_fetch_add_unless(V *v, T a, T u) \
{ \
	T c = prefix##_read(v); \
	while (c != u && !prefix##_try_cmpxchg(v, &c, c + a)) \
		; \
	return c; \
} \
static inline bool prefix##_add_unless(V *v, T a, T u) \
{ \
	return prefix##_fetch_add_unless(v, a, u) != u; \
} \
static inline bool prefix##_inc_not_zero(V *v) \
{ \
	return prefix##_add_unless(v, 1, 0); \
} \
static inline bool prefix##_inc_unless_negative(V *v) \
{ \
	T c = prefix##_read(v); \
	while (c >= 0 && !prefix##_try_cmpxchg(v, &c, c + 1)) \
		; \
	return c >= 0; \
} \
static inline T prefix##_dec_if_positive(V *v) \
{ \
	T c = prefix##_read(v); \
	while (c > 0 && !prefix##_try_cmpxchg(v, &c, c - 1)) \
		; \
	return c - 1; \
} \
static inline bool prefix##_dec_and_test(V *v) \
{ \
	return prefix##_dec_return(v) == 0; \
} \
static inline bool prefix##_inc_and_test(V *v) \
{ \
	return prefix##_inc_return(v) == 0; \
} \
static inline bool prefix##_sub_and_test(T i, V *v) \
{ \
	return prefix##_sub_return(i, v) == 0; \
} \
static inline bool prefix##_add_negative(T i, V *v) \
{ \
	return prefix##_add_return(i, v) < 0; \
}

#define __KSHIM_ATOMIC(prefix, T, V) \
static inline T prefix##_read(const V *v) \
{ \
	return __atomic_load_n(&((V *)v)->counter, __ATOMIC_RELAXED); \
} \
static inline T prefix##_read_acquire(const V *v) \
{ \
	return __atomic_load_n(&((V *)v)->counter, __ATOMIC_ACQUIRE); \
} \
static inline void prefix##_set(V *v, T i) \
{ \
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED); \
} \
static inline void prefix##_set_release(V *v, T i) \
{ \
	__atomic_store_n(&v->counter, i, __ATOMIC_RELEASE); \
} \
static inline void prefix##_inc(V *v) \
{ \
	__atomic_fetch_add(&v->counter, 1, __ATOMIC_RELAXED); \
} \
static inline void prefix##_dec(V *v) \
{ \
	__atomic_fetch_sub(&v->counter, 1, __ATOMIC_RELAXED); \
} \
static inline void prefix##_andnot(T i, V *v) \
{ \
	__atomic_fetch_and(&v->counter, ~i, __ATOMIC_RELAXED); \
} \
__KSHIM_ATOMIC_OP(prefix, T, V, add, add) \
__KSHIM_ATOMIC_OP(prefix, T, V, sub, sub) \
__KSHIM_ATOMIC_OP(prefix, T, V, and, and) \
__KSHIM_ATOMIC_OP(prefix, T, V, or, or) \
__KSHIM_ATOMIC_OP(prefix, T, V, xor, xor) \
__KSHIM_ATOMIC_ORDERS(__KSHIM_ATOMIC_FETCH, prefix, T, V, add, add) \
__KSHIM_ATOMIC_ORDERS(__KSHIM_ATOMIC_FETCH, prefix, T, V, sub, sub) \
__KSHIM_ATOMIC_ORDERS(__KSHIM_ATOMIC_FETCH, prefix, T, V, and, and) \
__KSHIM_ATOMIC_ORDERS(__KSHIM_ATOMIC_FETCH, prefix, T, V, or, or) \
__KSHIM_ATOMIC_ORDERS(__KSHIM_ATOMIC_FETCH, prefix, T, V, xor, xor) \
__KSHIM_ATOMIC_ORDERS(__KSHIM_ATOMIC_RETURN, prefix, T, V, add, add) \
__KSHIM_ATOMIC_ORDERS(__KSHIM_ATOMIC_RETURN, prefix, T, V, sub, sub) \
__KSHIM_ATOMIC_ORDERS(__KSHIM_ATOMIC_STEP, prefix, T, V, inc, add) \
__KSHIM_ATOMIC_ORDERS(__KSHIM_ATOMIC_STEP, prefix, T, V, dec, sub) \
__KSHIM_ATOMIC_SWAP(prefix, T, V, , __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) \
__KSHIM_ATOMIC_SWAP(prefix, T, V, _acquire, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE) \
__KSHIM_ATOMIC_SWAP(prefix, T, V, _release, __ATOMIC_RELEASE, __ATOMIC_RELAXED) \
__KSHIM_ATOMIC_SWAP(prefix, T, V, _relaxed, __ATOMIC_RELAXED, __ATOMIC_RELAXED) \
__KSHIM_ATOMIC_CONDITIONAL(prefix, T, V)

__KSHIM_ATOMIC(atomic, int, atomic_t)
__KSHIM_ATOMIC(atomic64, s64, atomic64_t)
__KSHIM_ATOMIC(atomic_long, long, atomic_long_t)

#define xchg(ptr, val) __atomic_exchange_n(ptr, val, __ATOMIC_SEQ_CST)
#define xchg_release(ptr, val) __atomic_exchange_n(ptr, val, __ATOMIC_RELEASE)
#define xchg_acquire(ptr, val) __atomic_exchange_n(ptr, val, __ATOMIC_ACQUIRE)
#define xchg_relaxed(ptr, val) __atomic_exchange_n(ptr, val, __ATOMIC_RELAXED)

#define __kshim_cmpxchg(ptr, old, new, order, failure) \
({ \
	__typeof__(*(ptr)) __kshim_seen = (old); \
	__atomic_compare_exchange_n(ptr, &__kshim_seen, new, false, order, failure); \
	__kshim_seen; \
})
#define cmpxchg(ptr, old, new) \
	__kshim_cmpxchg(ptr, old, new, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#define cmpxchg_acquire(ptr, old, new) \
	__kshim_cmpxchg(ptr, old, new, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)
#define cmpxchg_release(ptr, old, new) \
	__kshim_cmpxchg(ptr, old, new, __ATOMIC_RELEASE, __ATOMIC_RELAXED)
#define cmpxchg_relaxed(ptr, old, new) \
	__kshim_cmpxchg(ptr, old, new, __ATOMIC_RELAXED, __ATOMIC_RELAXED)
#define try_cmpxchg(ptr, oldp, new) \
	__atomic_compare_exchange_n(ptr, oldp, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

#endif /* _KSHIM_LINUX_ATOMIC_H */
