/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_SEQLOCK_H
#define _KSHIM_LINUX_SEQLOCK_H

#include <asm/barrier.h>
#include <linux/compiler.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/* Odd while somebody writes. */
typedef struct seqcount {
	unsigned int sequence;
} seqcount_t;

/* Which lock keeps writers apart only lockdep would like to know. */
typedef seqcount_t seqcount_raw_spinlock_t;
typedef seqcount_t seqcount_spinlock_t;
typedef seqcount_t seqcount_rwlock_t;
typedef seqcount_t seqcount_mutex_t;

#define SEQCNT_ZERO(name) { }
#define SEQCNT_RAW_SPINLOCK_ZERO(name, lock) { }
#define SEQCNT_SPINLOCK_ZERO(name, lock) { }
#define SEQCNT_RWLOCK_ZERO(name, lock) { }
#define SEQCNT_MUTEX_ZERO(name, lock) { }

static inline void seqcount_init(seqcount_t *s)
{
	WRITE_ONCE(s->sequence, 0);
}

#define seqcount_raw_spinlock_init(s, lock) ((void)(lock), seqcount_init(s))
#define seqcount_spinlock_init(s, lock) ((void)(lock), seqcount_init(s))
#define seqcount_rwlock_init(s, lock) ((void)(lock), seqcount_init(s))
#define seqcount_mutex_init(s, lock) ((void)(lock), seqcount_init(s))

/* A writer may have lost its CPU to the reader that waits for it. */
static inline unsigned int read_seqcount_begin(const seqcount_t *s)
{
	unsigned int sequence;

	while ((sequence = smp_load_acquire(&s->sequence)) & 1)
		cond_resched();
	return sequence;
}

static inline unsigned int raw_read_seqcount(const seqcount_t *s)
{
	return smp_load_acquire(&s->sequence);
}

static inline int read_seqcount_retry(const seqcount_t *s, unsigned int start)
{
	smp_rmb();
	return READ_ONCE(s->sequence) != start;
}

static inline void write_seqcount_begin(seqcount_t *s)
{
	WRITE_ONCE(s->sequence, s->sequence + 1);
	smp_wmb();
}

static inline void write_seqcount_end(seqcount_t *s)
{
	smp_store_release(&s->sequence, s->sequence + 1);
}

/* No reader that has begun before ends without another look. */
static inline void write_seqcount_invalidate(seqcount_t *s)
{
	smp_wmb();
	WRITE_ONCE(s->sequence, s->sequence + 2);
}

#define raw_read_seqcount_begin(s) read_seqcount_begin(s)
#define raw_write_seqcount_begin(s) write_seqcount_begin(s)
#define raw_write_seqcount_end(s) write_seqcount_end(s)

typedef struct {
	seqcount_t seqcount;
	spinlock_t lock;
} seqlock_t;

#define __SEQLOCK_UNLOCKED(name) { .lock = __SPIN_LOCK_UNLOCKED((name).lock) }
#define DEFINE_SEQLOCK(sl) seqlock_t sl = __SEQLOCK_UNLOCKED(sl)

#define seqlock_init(sl) \
do { \
	seqlock_t *__kshim_seqlock = (sl); \
	spin_lock_init(&__kshim_seqlock->lock); \
	seqcount_init(&__kshim_seqlock->seqcount); \
} while (0)

static inline unsigned int read_seqbegin(const seqlock_t *sl)
{
	return read_seqcount_begin(&sl->seqcount);
}

static inline unsigned int read_seqretry(const seqlock_t *sl, unsigned int start)
{
	return read_seqcount_retry(&sl->seqcount, start);
}

/* Writers, and readers that keep writers out: both for each kind of spinlock. */
#define __KSHIM_SEQLOCK(kind) \
static inline void write_seqlock##kind(seqlock_t *sl) \
{ \
	spin_lock##kind(&sl->lock); \
	write_seqcount_begin(&sl->seqcount); \
} \
static inline void write_sequnlock##kind(seqlock_t *sl) \
{ \
	write_seqcount_end(&sl->seqcount); \
	spin_unlock##kind(&sl->lock); \
} \
static inline void read_seqlock_excl##kind(seqlock_t *sl) \
{ \
	spin_lock##kind(&sl->lock); \
} \
static inline void read_sequnlock_excl##kind(seqlock_t *sl) \
{ \
	spin_unlock##kind(&sl->lock); \
}
__KSHIM_SEQLOCK()
__KSHIM_SEQLOCK(_bh)
__KSHIM_SEQLOCK(_irq)

#define write_seqlock_irqsave(sl, flags) \
do { \
	local_irq_save(flags); \
	write_seqlock(sl); \
} while (0)

static inline void write_sequnlock_irqrestore(seqlock_t *sl, unsigned long flags)
{
	write_sequnlock(sl);
	local_irq_restore(flags);
}

#define read_seqlock_excl_irqsave(sl, flags) \
do { \
	local_irq_save(flags); \
	read_seqlock_excl(sl); \
} while (0)

static inline void read_sequnlock_excl_irqrestore(seqlock_t *sl, unsigned long flags)
{
	read_sequnlock_excl(sl);
	local_irq_restore(flags);
}

/* An even @seq reads without the lock, an odd one with it. */
static inline void read_seqbegin_or_lock(seqlock_t *sl, int *seq)
{
	if (*seq & 1)
		read_seqlock_excl(sl);
	else
		*seq = (int)read_seqbegin(sl);
}

static inline int need_seqretry(seqlock_t *sl, int seq)
{
	return !(seq & 1) && read_seqretry(sl, (unsigned int)seq);
}

static inline void done_seqretry(seqlock_t *sl, int seq)
{
	if (seq & 1)
		read_sequnlock_excl(sl);
}

#endif /* _KSHIM_LINUX_SEQLOCK_H */
