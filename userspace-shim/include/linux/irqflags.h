/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_IRQFLAGS_H
#define _KSHIM_LINUX_IRQFLAGS_H

#include <linux/preempt.h>

static inline unsigned long kshim_irq_save(void)
{
	unsigned long flags = kshim_preempt & KSHIM_IRQS_OFF;

	kshim_preempt |= KSHIM_IRQS_OFF;
	barrier();
	return flags;
}

static inline void kshim_irq_restore(unsigned long flags)
{
	barrier();
	kshim_preempt = (kshim_preempt & ~KSHIM_IRQS_OFF) | flags;
}

#define irqs_disabled() (!!(kshim_preempt & KSHIM_IRQS_OFF))
#define local_irq_disable() ((void)kshim_irq_save())
#define local_irq_enable() kshim_irq_restore(0)
#define local_irq_save(flags) ((flags) = kshim_irq_save())
#define local_irq_restore(flags) kshim_irq_restore(flags)
#define local_save_flags(flags) ((flags) = kshim_preempt & KSHIM_IRQS_OFF)

#endif /* _KSHIM_LINUX_IRQFLAGS_H */
