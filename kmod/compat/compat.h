/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What depends on the kernel's version in kdefer's own files, which are written for the newest
 * kernel. The build puts this header in front of each of them. Nothing else of kdefer's own asks
 * for a version; what users' modules compile is in <kdefer/compat.h>. A section for each change of
 * the kernel's names the version and the commit; what can be probed is not asked by number.
 */
#ifndef _KDEFER_COMPAT_COMPAT_H
#define _KDEFER_COMPAT_COMPAT_H

#include <kdefer/compat.h>

#ifndef __ASSEMBLER__

/*
 * 6.12, "panic: Mark emergency section in oops": preemption is off from oops_enter() to
 * oops_exit(), so whoever is told of an oops finds a count that is one higher than where the fault
 * happened.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define KDEFER_OOPS_PREEMPT	(IS_ENABLED(CONFIG_PRINTK) ? PREEMPT_DISABLE_OFFSET : 0)
#else
#define KDEFER_OOPS_PREEMPT	0
#endif

/* 6.16, "treewide, timers: Rename destroy_timer_on_stack() as timer_destroy_on_stack()". */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define timer_destroy_on_stack(timer)	destroy_timer_on_stack(timer)
#endif

/*
 * 6.12, "locking/rt: Add sparse annotation PREEMPT_RT's sleeping locks.": before, sparse was told
 * that a lock is taken where that may fail, and never that it is given back.
 */
#if IS_ENABLED(CONFIG_PREEMPT_RT) && LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#include <linux/spinlock.h>
#undef spin_trylock_irqsave
#define spin_trylock_irqsave(lock, flags) \
	({ typecheck(unsigned long, flags); (flags) = 0; rt_spin_trylock(lock); })
#endif

#endif /* !__ASSEMBLER__ */

#endif /* _KDEFER_COMPAT_COMPAT_H */
