/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_LOCKDEP_H
#define _KSHIM_LINUX_LOCKDEP_H

#include <linux/bug.h>
#include <linux/preempt.h>
#include <linux/sched.h>

void kshim_show_locks(unsigned int from);

/* Every lock of the shim keeps its holder where this looks for it. */
#define kshim_lock_owner(l) __atomic_load_n(&(l)->owner, __ATOMIC_RELAXED)
#define lockdep_is_held(l) (kshim_lock_owner(l) == current)
#define lockdep_assert(cond) WARN_ON(!(cond))
#define lockdep_assert_held(l) lockdep_assert(lockdep_is_held(l))
#define lockdep_assert_not_held(l) lockdep_assert(!lockdep_is_held(l))
#define lockdep_depth(tsk) ((tsk) == current ? kshim_locks_held : 0)
#define might_lock(l) might_sleep()

#endif /* _KSHIM_LINUX_LOCKDEP_H */
