/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_RWLOCK_H
#define _KSHIM_LINUX_RWLOCK_H

#include <linux/bottom_half.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/types.h>

/* All zero is an unlocked lock. */
typedef struct {
	pthread_rwlock_t raw;
} rwlock_t;

#define __RW_LOCK_UNLOCKED(name) { }
#define DEFINE_RWLOCK(x) rwlock_t x = __RW_LOCK_UNLOCKED(x)

/* @offset is what the lock adds to preempt_count() while it is held. */
void kshim_rwlock_init(rwlock_t *lock);
void kshim_rwlock_lock(rwlock_t *lock, bool write, unsigned int offset);
int kshim_rwlock_trylock(rwlock_t *lock, bool write, unsigned int offset);
void kshim_rwlock_unlock(rwlock_t *lock, unsigned int offset);

#define rwlock_init(lock) kshim_rwlock_init(lock)

static __always_inline void read_lock(rwlock_t *lock)
{
	kshim_rwlock_lock(lock, false, PREEMPT_OFFSET);
}

static __always_inline void read_unlock(rwlock_t *lock)
{
	kshim_rwlock_unlock(lock, PREEMPT_OFFSET);
}

static __always_inline void write_lock(rwlock_t *lock)
{
	kshim_rwlock_lock(lock, true, PREEMPT_OFFSET);
}

static __always_inline void write_unlock(rwlock_t *lock)
{
	kshim_rwlock_unlock(lock, PREEMPT_OFFSET);
}

static __always_inline void read_lock_bh(rwlock_t *lock)
{
	kshim_rwlock_lock(lock, false, PREEMPT_OFFSET + SOFTIRQ_DISABLE_OFFSET);
}

static __always_inline void read_unlock_bh(rwlock_t *lock)
{
	kshim_rwlock_unlock(lock, PREEMPT_OFFSET + SOFTIRQ_DISABLE_OFFSET);
}

static __always_inline void write_lock_bh(rwlock_t *lock)
{
	kshim_rwlock_lock(lock, true, PREEMPT_OFFSET + SOFTIRQ_DISABLE_OFFSET);
}

static __always_inline void write_unlock_bh(rwlock_t *lock)
{
	kshim_rwlock_unlock(lock, PREEMPT_OFFSET + SOFTIRQ_DISABLE_OFFSET);
}

static __always_inline void read_lock_irq(rwlock_t *lock)
{
	local_irq_disable();
	kshim_rwlock_lock(lock, false, PREEMPT_OFFSET);
}

static __always_inline void read_unlock_irq(rwlock_t *lock)
{
	kshim_rwlock_unlock(lock, PREEMPT_OFFSET);
	local_irq_enable();
}

static __always_inline void write_lock_irq(rwlock_t *lock)
{
	local_irq_disable();
	kshim_rwlock_lock(lock, true, PREEMPT_OFFSET);
}

static __always_inline void write_unlock_irq(rwlock_t *lock)
{
	kshim_rwlock_unlock(lock, PREEMPT_OFFSET);
	local_irq_enable();
}

static __always_inline int read_trylock(rwlock_t *lock)
{
	return kshim_rwlock_trylock(lock, false, PREEMPT_OFFSET);
}

static __always_inline void read_unlock_irqrestore(rwlock_t *lock, unsigned long flags)
{
	kshim_rwlock_unlock(lock, PREEMPT_OFFSET);
	local_irq_restore(flags);
}

#define read_lock_irqsave(lock, flags) \
do { \
	local_irq_save(flags); \
	kshim_rwlock_lock(lock, false, PREEMPT_OFFSET); \
} while (0)

static __always_inline int write_trylock(rwlock_t *lock)
{
	return kshim_rwlock_trylock(lock, true, PREEMPT_OFFSET);
}

static __always_inline void write_unlock_irqrestore(rwlock_t *lock, unsigned long flags)
{
	kshim_rwlock_unlock(lock, PREEMPT_OFFSET);
	local_irq_restore(flags);
}

#define write_lock_irqsave(lock, flags) \
do { \
	local_irq_save(flags); \
	kshim_rwlock_lock(lock, true, PREEMPT_OFFSET); \
} while (0)

#endif /* _KSHIM_LINUX_RWLOCK_H */
