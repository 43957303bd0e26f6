/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of what makes up the execution context of a frame: all that is known of each item.
 *
 *	KDEFER_READ(type, field, value)
 *		A word of &struct kdefer_snapshot, and the expression that reads it. Each KDEFER
 *		function that may recover pays for it: a load and a store.
 *
 *	KDEFER_ITEM(name, field, part, end, taken, given, by, on, effect, hooks...)
 *		Something that a skipped function may have changed, in @part of a word that was
 *		read: KDEFER_BITS() or KDEFER_WHOLE. @end says what becomes of one that was left
 *		behind: REPAIRED, or FATAL, which is a throw. @taken and @given are the words for
 *		one that was taken since the function was entered, so that the word is greater
 *		now, and for one that was given up; @given is NULL where that makes no
 *		difference. For the manual: @by, what a driver calls to take one; @on, the
 *		kernels where it is seen; and @effect, what happens to it. @hooks are
 *		initializers of &struct kdefer_item, and may use the snapshots now and then.
 *
 *	KDEFER_SKIP(function)
 *		Called with the stack pointer that a jump is about to set, for what must not stay
 *		below it.
 *
 * Whoever includes this file defines those of the three that it needs. They are: the struct and how
 * it is filled (snapshot.h), the recovery, and the lists of test cases. tests/items.py makes the
 * table of the manual, and checks that every item has a test.
 *
 * The order of the items is that in which they are compared and put right. rcu_read_unlock()
 * changes the number of locks that lockdep counts, so RCU comes before those; what may sleep comes
 * last of what can be put right.
 */
#ifndef KDEFER_READ
#define KDEFER_READ(type, field, value)
#endif
#ifndef KDEFER_ITEM
#define KDEFER_ITEM(name, field, part, end, taken, given, by, on, effect, ...)
#endif
#ifndef KDEFER_SKIP
#define KDEFER_SKIP(function)
#endif

#define KDEFER_WHOLE
#define KDEFER_BITS(mask)	&(mask)

KDEFER_READ(u32, preempt, preempt_count() | (irqs_disabled() ? KDEFER_IRQS_DISABLED : 0))
KDEFER_ITEM(bh, preempt, KDEFER_BITS(SOFTIRQ_MASK), FATAL,
	    "bottom halves disabled", "bottom halves enabled",
	    "``local_bh_disable()``, ``spin_lock_bh()``",
	    "every kernel; with ``PREEMPT_RT`` as ``rcu_read_lock()``", "throw")
KDEFER_ITEM(preempt, preempt, KDEFER_BITS(PREEMPT_MASK), FATAL,
	    "a spinlock held or preemption disabled", "a spinlock released or preemption enabled",
	    "a spinlock; ``preempt_disable()``",
	    "``CONFIG_PREEMPT_COUNT``; with ``PREEMPT_RT`` a spinlock as ``migrate_disable()``",
	    "throw")
KDEFER_ITEM(irqs, preempt, KDEFER_BITS(KDEFER_IRQS_DISABLED | HARDIRQ_MASK | NMI_MASK), FATAL,
	    "interrupts disabled", "interrupts enabled",
	    "``local_irq_disable()``", "every kernel", "throw")

/*
 * Elsewhere these registers are used with preemption off. Here a thread may be preempted meanwhile:
 * they are saved where the skipped function has said, which may be on its stack.
 */
#ifdef TIF_KERNEL_FPSTATE
KDEFER_READ(u32, fpu, test_thread_flag(TIF_KERNEL_FPSTATE))
KDEFER_ITEM(fpu, fpu, KDEFER_WHOLE, FATAL,
	    "the FPU in use by the kernel", "the FPU no longer in use by the kernel",
	    "``kernel_neon_begin()``", "Linux 6.8 and later; before as ``preempt_disable()``",
	    "throw")
#endif

#ifdef __KERNEL__
KDEFER_READ(u32, flags, current->flags)
KDEFER_ITEM(noio, flags, KDEFER_BITS(PF_MEMALLOC_NOIO), REPAIRED,
	    "PF_MEMALLOC_NOIO changed (memalloc_noio_save())", NULL,
	    "``memalloc_noio_save()``", "every kernel", "the flag is restored",
	    .repair = kdefer_restore_flags)
KDEFER_ITEM(nofs, flags, KDEFER_BITS(PF_MEMALLOC_NOFS), REPAIRED,
	    "PF_MEMALLOC_NOFS changed (memalloc_nofs_save())", NULL,
	    "``memalloc_nofs_save()``", "every kernel", "the flag is restored",
	    .repair = kdefer_restore_flags)
KDEFER_ITEM(pin, flags, KDEFER_BITS(PF_MEMALLOC_PIN), REPAIRED,
	    "PF_MEMALLOC_PIN changed (memalloc_pin_save())", NULL,
	    "``memalloc_pin_save()``", "every kernel", "the flag is restored",
	    .repair = kdefer_restore_flags)
KDEFER_ITEM(noreclaim, flags, KDEFER_BITS(PF_MEMALLOC), REPAIRED,
	    "PF_MEMALLOC changed (memalloc_noreclaim_save())", NULL,
	    "``memalloc_noreclaim_save()``", "every kernel", "the flag is restored",
	    .repair = kdefer_restore_flags)

KDEFER_READ(int, pagefault, current->pagefault_disabled)
KDEFER_ITEM(pagefault, pagefault, KDEFER_WHOLE, REPAIRED,
	    "page faults disabled", "page faults enabled",
	    "``pagefault_disable()``", "every kernel", "the count is restored",
	    .repair = kdefer_restore_pagefault)

#ifdef CONFIG_SMP
KDEFER_READ(u32, migration, current->migration_disabled)
KDEFER_ITEM(migration, migration, KDEFER_WHOLE, REPAIRED,
	    KDEFER_ON_RT("a spinlock held or migration disabled", "migration disabled"),
	    KDEFER_ON_RT("a spinlock released or migration enabled", "migration enabled"),
	    "``migrate_disable()``", "``CONFIG_SMP``",
	    "``migrate_enable()``; with ``PREEMPT_RT`` a throw, for it may be a spinlock",
	    .repair = kdefer_enable_migration)
#endif

#endif /* __KERNEL__ */

#if defined(CONFIG_PREEMPT_RCU)
KDEFER_READ(int, rcu, rcu_preempt_depth())
#elif !defined(__KERNEL__)
KDEFER_READ(u16, rcu, kshim_context.rcu_depth)
#endif
#if defined(CONFIG_PREEMPT_RCU) || !defined(__KERNEL__)
KDEFER_ITEM(rcu, rcu, KDEFER_WHOLE, REPAIRED,
	    "an RCU read-side section open", "an RCU read-side section ended",
	    "``rcu_read_lock()``", "``CONFIG_PREEMPT_RCU``; else as ``preempt_disable()``",
	    "``rcu_read_unlock()``; with ``PREEMPT_RT`` a throw",
	    .repair = kdefer_unlock_rcu)
#endif

#ifdef __KERNEL__
/* A thread that runs was woken since, or has slept of its own: that is no mistake. */
KDEFER_READ(u32, state, READ_ONCE(current->__state))
KDEFER_ITEM(state, state, KDEFER_WHOLE, REPAIRED,
	    "a task state set for a sleep that never came", NULL,
	    "``set_current_state()``", "every kernel",
	    "becomes ``TASK_RUNNING``; never a sleeping one, whose wakeup may have come",
	    .unchanged = now->state == TASK_RUNNING,
	    .repair = kdefer_restore_state)

#ifdef CONFIG_LOCKDEP
KDEFER_READ(u32, lockdep_recursion, current->lockdep_recursion)
KDEFER_ITEM(lockdep, lockdep_recursion, KDEFER_WHOLE, REPAIRED,
	    "lockdep off", "lockdep on",
	    "``lockdep_off()``", "``CONFIG_LOCKDEP``", "the count is restored",
	    .repair = kdefer_restore_lockdep)
#endif

#ifdef CONFIG_KCSAN
KDEFER_READ(int, kcsan_disabled, current->kcsan_ctx.disable_count)
KDEFER_ITEM(kcsan_disabled, kcsan_disabled, KDEFER_WHOLE, REPAIRED,
	    "KCSAN off or on (kcsan_disable_current())", NULL,
	    "``kcsan_disable_current()``", "``CONFIG_KCSAN``", "the count is restored",
	    .repair = kdefer_restore_kcsan)
KDEFER_READ(int, kcsan_nesting, current->kcsan_ctx.atomic_nest_count)
KDEFER_ITEM(kcsan_nesting, kcsan_nesting, KDEFER_WHOLE, REPAIRED,
	    "KCSAN's atomic region changed (kcsan_nestable_atomic_begin())", NULL,
	    "``kcsan_nestable_atomic_begin()``", "``CONFIG_KCSAN``", "the count is restored",
	    .repair = kdefer_restore_kcsan)
KDEFER_READ(u32, kcsan_flat, current->kcsan_ctx.in_flat_atomic)
KDEFER_ITEM(kcsan_flat, kcsan_flat, KDEFER_WHOLE, REPAIRED,
	    "KCSAN's atomic region changed (kcsan_flat_atomic_begin())", NULL,
	    "``kcsan_flat_atomic_begin()``", "``CONFIG_KCSAN``", "the region is what it was",
	    .repair = kdefer_restore_kcsan)
/* The list has no head that points to itself before its first entry comes, and after the last. */
KDEFER_READ(struct list_head *, kcsan_scoped,
	    current->kcsan_ctx.scoped_accesses.prev ?
	    current->kcsan_ctx.scoped_accesses.next : NULL)
KDEFER_ITEM(kcsan_scoped, kcsan_scoped, KDEFER_WHOLE, REPAIRED,
	    "KCSAN's scoped accesses changed", NULL,
	    "``kcsan_begin_scoped_access()``", "``CONFIG_KCSAN``", "``kcsan_end_scoped_access()``",
	    .repair = kdefer_end_kcsan_scopes)
#endif

#ifdef CONFIG_MEMCG
KDEFER_READ(struct mem_cgroup *, memcg, current->active_memcg)
KDEFER_ITEM(memcg, memcg, KDEFER_WHOLE, REPAIRED,
	    "current->active_memcg changed (set_active_memcg())", NULL,
	    "``set_active_memcg()``", "``CONFIG_MEMCG``", "the old one is restored",
	    .repair = kdefer_restore_memcg)
#endif

/* A plug lies on the stack, and may have to be finished before the recovery gets here. */
#ifdef CONFIG_BLOCK
KDEFER_READ(struct blk_plug *, plug, current->plug)
KDEFER_ITEM(plug, plug, KDEFER_WHOLE, REPAIRED,
	    "a block plug started", "a block plug finished",
	    "``blk_start_plug()``", "``CONFIG_BLOCK``",
	    "``blk_finish_plug()``; a throw where preemption is off, or is not counted",
	    .repair = kdefer_finish_plug)
KDEFER_SKIP(kdefer_skip_plug)
#endif

#endif /* __KERNEL__ */

/* Once lockdep has found a problem anywhere it counts no more. */
#if defined(CONFIG_LOCKDEP)
KDEFER_READ(int, lockdep_depth, current->lockdep_depth)
#elif !defined(__KERNEL__)
KDEFER_READ(u16, lockdep_depth, kshim_context.locks)
#endif
#if defined(CONFIG_LOCKDEP) || !defined(__KERNEL__)
KDEFER_ITEM(mutex, lockdep_depth, KDEFER_WHOLE, FATAL,
	    "a lock held", "a lock released",
	    "a mutex, or any other lock that lockdep knows",
	    "``CONFIG_LOCKDEP``, as long as lockdep has found no problem", "throw",
	    .unchanged = !debug_locks,
	    .show = kdefer_show_locks)
#endif

#ifdef __KERNEL__
/* The next three point to what the skipped function was in the middle of. */
KDEFER_READ(struct bio_list *, bio_list, current->bio_list)
KDEFER_ITEM(bio_list, bio_list, KDEFER_WHOLE, FATAL,
	    "current->bio_list changed", NULL,
	    "``current->bio_list``: a skipped ``submit_bio()``", "every kernel", "throw")
KDEFER_READ(struct reclaim_state *, reclaim_state, current->reclaim_state)
KDEFER_ITEM(reclaim, reclaim_state, KDEFER_WHOLE, FATAL,
	    "current->reclaim_state changed", NULL,
	    "``current->reclaim_state``: skipped in memory reclaim", "every kernel", "throw")
KDEFER_READ(void *, journal_info, current->journal_info)
KDEFER_ITEM(journal, journal_info, KDEFER_WHOLE, FATAL,
	    "current->journal_info changed (a transaction of a journal)", NULL,
	    "``current->journal_info``: a transaction of a journal", "every kernel", "throw")

KDEFER_READ(struct mm_struct *, mm, current->mm)
KDEFER_ITEM(mm, mm, KDEFER_WHOLE, FATAL,
	    "current->mm changed (kthread_use_mm())", NULL,
	    "``kthread_use_mm()``", "every kernel", "throw")
KDEFER_READ(const struct cred *, cred, rcu_access_pointer(current->cred))
KDEFER_ITEM(cred, cred, KDEFER_WHOLE, FATAL,
	    "current->cred changed (override_creds())", NULL,
	    "``override_creds()``", "every kernel", "throw")
#endif /* __KERNEL__ */

#undef KDEFER_READ
#undef KDEFER_ITEM
#undef KDEFER_SKIP
#undef KDEFER_WHOLE
#undef KDEFER_BITS
