/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must be the same when recovery returns to a frame as when the frame was entered: a lock
 * that a skipped function still holds would never be released.
 */
#ifndef _KDEFER_SNAPSHOT_H
#define _KDEFER_SNAPSHOT_H

#include <linux/bits.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/types.h>

/* Set in &kdefer_snapshot.context when interrupts are off; preempt_count() never has it. */
#define KDEFER_IRQS_DISABLED	BIT(31)

/**
 * struct kdefer_snapshot - the execution context of a frame
 * @context: preempt_count(): spinlocks, disabled preemption and bottom halves; and
 *	KDEFER_IRQS_DISABLED
 * @lockdep_depth: locks held, as far as lockdep knows
 */
struct kdefer_snapshot {
	u32 context;
#ifdef CONFIG_LOCKDEP
	int lockdep_depth;
#endif
};

static __always_inline void kdefer_snapshot_take(struct kdefer_snapshot *s)
{
	s->context = preempt_count() | (irqs_disabled() ? KDEFER_IRQS_DISABLED : 0);
#ifdef CONFIG_LOCKDEP
	s->lockdep_depth = current->lockdep_depth;
#endif
}

#endif /* _KDEFER_SNAPSHOT_H */
