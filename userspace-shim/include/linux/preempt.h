/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_PREEMPT_H
#define _KSHIM_LINUX_PREEMPT_H

#include <linux/compiler.h>
#include <linux/types.h>

/* The kernel's layout: preemption, soft IRQ, hard IRQ and NMI, each with its own bits. */
#define PREEMPT_MASK 0x000000ffu
#define SOFTIRQ_MASK 0x0000ff00u
#define HARDIRQ_MASK 0x000f0000u
#define NMI_MASK 0x00f00000u

#define PREEMPT_OFFSET 0x00000001u
#define SOFTIRQ_OFFSET 0x00000100u
#define HARDIRQ_OFFSET 0x00010000u
#define NMI_OFFSET 0x00100000u
#define SOFTIRQ_DISABLE_OFFSET (2 * SOFTIRQ_OFFSET)

/* In &kshim_context.preempt besides the count, which never has it. */
#define KSHIM_IRQS_OFF 0x80000000u

/*
 * What a thread is in the middle of. It is as long as one register: each KDEFER function that may
 * recover reads it and stores it again, which compilers then do at once.
 */
struct kshim_context {
	u32 preempt;
	u16 rcu_depth;
	u16 locks;
};

extern kshim_tls struct kshim_context kshim_context;

#define kshim_preempt kshim_context.preempt
/* How many read-side sections the calling thread is in. */
#define kshim_rcu_depth kshim_context.rcu_depth
/* How many mutexes and spinlocks the calling thread holds. */
#define kshim_locks_held ((unsigned int)kshim_context.locks)

#define preempt_count() ((int)(kshim_preempt & ~KSHIM_IRQS_OFF))

static inline void kshim_preempt_add(unsigned int offset)
{
	kshim_preempt += offset;
	barrier();
}

static inline void kshim_preempt_sub(unsigned int offset)
{
	barrier();
	kshim_preempt -= offset;
}

#define preempt_count_add(val) kshim_preempt_add(val)
#define preempt_count_sub(val) kshim_preempt_sub(val)
#define preempt_disable() kshim_preempt_add(PREEMPT_OFFSET)
#define preempt_enable() kshim_preempt_sub(PREEMPT_OFFSET)
#define preempt_enable_no_resched() kshim_preempt_sub(PREEMPT_OFFSET)

#define nmi_count() (kshim_preempt & NMI_MASK)
#define hardirq_count() (kshim_preempt & HARDIRQ_MASK)
#define softirq_count() (kshim_preempt & SOFTIRQ_MASK)
#define irq_count() (kshim_preempt & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_MASK))

#define in_nmi() (!!nmi_count())
#define in_hardirq() (!!hardirq_count())
#define in_irq() in_hardirq()
#define in_softirq() (!!softirq_count())
#define in_serving_softirq() (!!(softirq_count() & SOFTIRQ_OFFSET))
#define in_interrupt() (!!irq_count())
#define in_task() (!in_nmi() && !in_hardirq() && !in_serving_softirq())
#define in_atomic() (preempt_count() != 0)
#define preemptible() (!kshim_preempt)

#endif /* _KSHIM_LINUX_PREEMPT_H */
