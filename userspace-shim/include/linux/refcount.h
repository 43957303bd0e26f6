/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_REFCOUNT_H
#define _KSHIM_LINUX_REFCOUNT_H

#include <limits.h>
#include <linux/atomic.h>
#include <linux/bug.h>

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

#define REFCOUNT_INIT(n) { .refs = ATOMIC_INIT(n) }
#define REFCOUNT_SATURATED (INT_MIN / 2)

/* A count that was misused stays where it can neither reach zero nor wrap: it leaks, no more. */
static inline void kshim_refcount_saturate(refcount_t *r, const char *what)
{
	atomic_set(&r->refs, REFCOUNT_SATURATED);
	WARN_ONCE(1, "refcount_t: %s\n", what);
}

static inline void refcount_set(refcount_t *r, int n)
{
	atomic_set(&r->refs, n);
}

static inline unsigned int refcount_read(const refcount_t *r)
{
	return (unsigned int)atomic_read(&r->refs);
}

static inline __must_check bool refcount_add_not_zero(int i, refcount_t *r)
{
	int old = atomic_fetch_add_unless(&r->refs, i, 0);

	if (unlikely(old < 0 || (old && old > INT_MAX - i)))
		kshim_refcount_saturate(r, "saturated; leaking memory.");
	return old;
}

static inline __must_check bool refcount_inc_not_zero(refcount_t *r)
{
	return refcount_add_not_zero(1, r);
}

static inline void refcount_add(int i, refcount_t *r)
{
	int old = atomic_fetch_add_relaxed(i, &r->refs);

	if (unlikely(!old))
		kshim_refcount_saturate(r, "addition on 0; use-after-free.");
	else if (unlikely(old < 0 || old > INT_MAX - i))
		kshim_refcount_saturate(r, "saturated; leaking memory.");
}

static inline void refcount_inc(refcount_t *r)
{
	refcount_add(1, r);
}

static inline __must_check bool refcount_sub_and_test(int i, refcount_t *r)
{
	int old = atomic_fetch_sub(i, &r->refs);

	if (old == i)
		return true;
	if (unlikely(old < 0 || old < i))
		kshim_refcount_saturate(r, "underflow; use-after-free.");
	return false;
}

static inline __must_check bool refcount_dec_and_test(refcount_t *r)
{
	return refcount_sub_and_test(1, r);
}

static inline void refcount_dec(refcount_t *r)
{
	if (unlikely(atomic_fetch_sub_release(1, &r->refs) <= 1))
		kshim_refcount_saturate(r, "decrement hit 0; leaking memory.");
}

static inline bool refcount_dec_not_one(refcount_t *r)
{
	int c = atomic_read(&r->refs);

	do {
		if (c == 1)
			return false;
	} while (!atomic_try_cmpxchg_release(&r->refs, &c, c - 1));
	return true;
}

#endif /* _KSHIM_LINUX_REFCOUNT_H */
