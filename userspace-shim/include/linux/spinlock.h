/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_SPINLOCK_H
#define _KSHIM_LINUX_SPINLOCK_H

#include <linux/bottom_half.h>
#include <linux/cleanup.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/rwlock.h>
#include <linux/spinlock_types.h>

/* @offset is what the lock adds to preempt_count() while it is held. */
void kshim_spin_lock(spinlock_t *lock, unsigned int offset);
void kshim_spin_unlock(spinlock_t *lock, unsigned int offset);
int kshim_spin_trylock(spinlock_t *lock, unsigned int offset);
void kshim_spin_lock_init(spinlock_t *lock);

static __always_inline void spin_lock(spinlock_t *lock)
{
	kshim_spin_lock(lock, PREEMPT_OFFSET);
}

static __always_inline void spin_unlock(spinlock_t *lock)
{
	kshim_spin_unlock(lock, PREEMPT_OFFSET);
}

static __always_inline int spin_trylock(spinlock_t *lock)
{
	return kshim_spin_trylock(lock, PREEMPT_OFFSET);
}

static __always_inline void spin_lock_bh(spinlock_t *lock)
{
	kshim_spin_lock(lock, PREEMPT_OFFSET + SOFTIRQ_DISABLE_OFFSET);
}

static __always_inline void spin_unlock_bh(spinlock_t *lock)
{
	kshim_spin_unlock(lock, PREEMPT_OFFSET + SOFTIRQ_DISABLE_OFFSET);
}

static __always_inline void spin_lock_irq(spinlock_t *lock)
{
	local_irq_disable();
	kshim_spin_lock(lock, PREEMPT_OFFSET);
}

static __always_inline void spin_unlock_irq(spinlock_t *lock)
{
	kshim_spin_unlock(lock, PREEMPT_OFFSET);
	local_irq_enable();
}

static __always_inline void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags)
{
	kshim_spin_unlock(lock, PREEMPT_OFFSET);
	local_irq_restore(flags);
}

static __always_inline int spin_is_locked(spinlock_t *lock)
{
	return kshim_lock_owner(lock) != NULL;
}

#define spin_lock_irqsave(lock, flags) \
do { \
	local_irq_save(flags); \
	kshim_spin_lock(lock, PREEMPT_OFFSET); \
} while (0)

#define spin_trylock_irqsave(lock, flags) \
({ \
	int __kshim_got; \
	local_irq_save(flags); \
	__kshim_got = kshim_spin_trylock(lock, PREEMPT_OFFSET); \
	if (!__kshim_got) \
		local_irq_restore(flags); \
	__kshim_got; \
})

#define spin_lock_nested(lock, subclass) spin_lock(lock)
#define spin_lock_init(lock) kshim_spin_lock_init(lock)

/* A raw lock is no other here, where nothing makes a lock sleep. */
#define raw_spin_lock(lock) spin_lock(lock)
#define raw_spin_unlock(lock) spin_unlock(lock)
#define raw_spin_trylock(lock) spin_trylock(lock)
#define raw_spin_lock_bh(lock) spin_lock_bh(lock)
#define raw_spin_unlock_bh(lock) spin_unlock_bh(lock)
#define raw_spin_lock_irq(lock) spin_lock_irq(lock)
#define raw_spin_unlock_irq(lock) spin_unlock_irq(lock)
#define raw_spin_lock_irqsave(lock, flags) spin_lock_irqsave(lock, flags)
#define raw_spin_trylock_irqsave(lock, flags) spin_trylock_irqsave(lock, flags)
#define raw_spin_unlock_irqrestore(lock, flags) spin_unlock_irqrestore(lock, flags)
#define raw_spin_is_locked(lock) spin_is_locked(lock)
#define raw_spin_lock_nested(lock, subclass) spin_lock_nested(lock, subclass)
#define raw_spin_lock_init(lock) spin_lock_init(lock)

#define assert_spin_locked(lock) BUG_ON(!spin_is_locked(lock))
#define assert_raw_spin_locked(lock) BUG_ON(!raw_spin_is_locked(lock))

DEFINE_LOCK_GUARD_1(raw_spinlock, raw_spinlock_t, raw_spin_lock(_T->lock),
		    raw_spin_unlock(_T->lock))
DEFINE_LOCK_GUARD_1(raw_spinlock_irq, raw_spinlock_t, raw_spin_lock_irq(_T->lock),
		    raw_spin_unlock_irq(_T->lock))
DEFINE_LOCK_GUARD_1(raw_spinlock_irqsave, raw_spinlock_t,
		    raw_spin_lock_irqsave(_T->lock, _T->flags),
		    raw_spin_unlock_irqrestore(_T->lock, _T->flags), unsigned long flags)
DEFINE_LOCK_GUARD_1(spinlock, spinlock_t, spin_lock(_T->lock), spin_unlock(_T->lock))
DEFINE_LOCK_GUARD_1(spinlock_bh, spinlock_t, spin_lock_bh(_T->lock), spin_unlock_bh(_T->lock))
DEFINE_LOCK_GUARD_1(spinlock_irq, spinlock_t, spin_lock_irq(_T->lock), spin_unlock_irq(_T->lock))
DEFINE_LOCK_GUARD_1(spinlock_irqsave, spinlock_t, spin_lock_irqsave(_T->lock, _T->flags),
		    spin_unlock_irqrestore(_T->lock, _T->flags), unsigned long flags)
DEFINE_LOCK_GUARD_0(preempt, preempt_disable(), preempt_enable())
DEFINE_LOCK_GUARD_0(irq, local_irq_disable(), local_irq_enable())
DEFINE_LOCK_GUARD_0(irqsave, local_irq_save(_T->flags), local_irq_restore(_T->flags),
		    unsigned long flags)

#endif /* _KSHIM_LINUX_SPINLOCK_H */
