/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must be the same when recovery returns to a frame as when the frame was entered: what a
 * skipped function has taken, nobody else gives up.
 */
#ifndef _KDEFER_SNAPSHOT_H
#define _KDEFER_SNAPSHOT_H

#include <linux/bits.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/types.h>

/* Set in &kdefer_snapshot.preempt when interrupts are off; preempt_count() never has it. */
#define KDEFER_IRQS_DISABLED	BIT(31)

/* What memalloc_*_save() sets; the other flags of a task are none of kdefer's business. */
#define KDEFER_MEMALLOC_FLAGS							\
	(PF_MEMALLOC | PF_MEMALLOC_NOFS | PF_MEMALLOC_NOIO | PF_MEMALLOC_PIN)

/**
 * struct kdefer_snapshot - the execution context of a frame
 *
 * Its fields are the words that ``include/kdefer/snapshot_items.h`` reads.
 */
struct kdefer_snapshot {
#define KDEFER_READ(type, field, value)		type field;
#include <kdefer/snapshot_items.h>
};

/* For the benchmark of what each word costs, which leaves one out. */
#ifndef KDEFER_READS
#define KDEFER_READS(field)	true
#endif

/*
 * The kernel's words come from many places. To put two of them together for one store, as the
 * compiler would, takes longer than two stores; those of user space stand together already.
 */
#ifdef __KERNEL__
#define KDEFER_STORE(to, value)	WRITE_ONCE(to, value)
#else
#define KDEFER_STORE(to, value)	((to) = (value))
#endif

static __always_inline void kdefer_snapshot_take(struct kdefer_snapshot *s)
{
#define KDEFER_READ(type, field, value)					\
	if (KDEFER_READS(#field))					\
		KDEFER_STORE(s->field, value);
#include <kdefer/snapshot_items.h>
}

#endif /* _KDEFER_SNAPSHOT_H */
