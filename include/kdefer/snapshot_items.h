/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of what makes up the execution context of a frame. One row an item:
 *
 *	KDEFER_ITEM(type, field, value, repair, words)
 *
 * @value reads it: every KDEFER function does, so a row costs a load and a store. @repair, one
 * of kdefer's own functions, puts it right when a recovery finds it changed; what kdefer_no_repair()
 * is for is a throw. @words, an expression over the snapshots now and then, say what has changed.
 *
 * The order is that in which items are compared and put right: an end of an RCU section takes one
 * from the locks that lockdep counts, and what may sleep comes last. Whoever includes this defines
 * KDEFER_ITEM() before.
 */

/* Spinlocks, disabled preemption and bottom halves; and KDEFER_IRQS_DISABLED. */
KDEFER_ITEM(u32, preempt, preempt_count() | (irqs_disabled() ? KDEFER_IRQS_DISABLED : 0),
	    kdefer_no_repair, kdefer_preempt_words(now->preempt, then->preempt))

#ifdef __KERNEL__
KDEFER_ITEM(u32, flags, current->flags & KDEFER_MEMALLOC_FLAGS,
	    kdefer_restore_flags, kdefer_flags_words(now->flags ^ then->flags))

KDEFER_ITEM(int, pagefault, current->pagefault_disabled,
	    kdefer_restore_pagefault,
	    now->pagefault > then->pagefault ? "page faults disabled" : "page faults enabled")

#ifdef CONFIG_SMP
KDEFER_ITEM(u32, migration, current->migration_disabled,
	    kdefer_enable_migration,
	    kdefer_migration_words(now->migration > then->migration))
#endif

#ifdef CONFIG_PREEMPT_RCU
KDEFER_ITEM(int, rcu, current->rcu_read_lock_nesting,
	    kdefer_unlock_rcu,
	    now->rcu > then->rcu ? "an RCU read-side section open" :
				   "an RCU read-side section ended")
#endif

KDEFER_ITEM(u32, state, READ_ONCE(current->__state),
	    kdefer_restore_state, "a task state set for a sleep that never came")

#ifdef CONFIG_LOCKDEP
KDEFER_ITEM(u32, lockdep_recursion, current->lockdep_recursion,
	    kdefer_restore_lockdep,
	    now->lockdep_recursion > then->lockdep_recursion ? "lockdep off" : "lockdep on")
#endif

#ifdef CONFIG_KCSAN
KDEFER_ITEM(int, kcsan_disabled, current->kcsan_ctx.disable_count,
	    kdefer_restore_kcsan, "KCSAN off or on (kcsan_disable_current())")
KDEFER_ITEM(int, kcsan_nesting, current->kcsan_ctx.atomic_nest_count,
	    kdefer_restore_kcsan, "KCSAN's atomic region changed (kcsan_nestable_atomic_begin())")
KDEFER_ITEM(u32, kcsan_flat, current->kcsan_ctx.in_flat_atomic,
	    kdefer_restore_kcsan, "KCSAN's atomic region changed (kcsan_flat_atomic_begin())")
/* The list has no head that points to itself before its first entry comes, and after the last. */
KDEFER_ITEM(struct list_head *, kcsan_scoped,
	    current->kcsan_ctx.scoped_accesses.prev ?
	    current->kcsan_ctx.scoped_accesses.next : NULL,
	    kdefer_end_kcsan_scopes, "KCSAN's scoped accesses changed")
#endif

#ifdef CONFIG_MEMCG
KDEFER_ITEM(struct mem_cgroup *, memcg, current->active_memcg,
	    kdefer_restore_memcg, "current->active_memcg changed (set_active_memcg())")
#endif

#ifdef CONFIG_BLOCK
KDEFER_ITEM(struct blk_plug *, plug, current->plug,
	    kdefer_finish_plug, now->plug ? "a block plug started" : "a block plug finished")
#endif

#ifdef CONFIG_LOCKDEP
KDEFER_ITEM(int, lockdep_depth, current->lockdep_depth,
	    kdefer_no_repair,
	    now->lockdep_depth > then->lockdep_depth ? "a lock held" : "a lock released")
#endif

KDEFER_ITEM(struct bio_list *, bio_list, current->bio_list,
	    kdefer_no_repair, "current->bio_list changed")
KDEFER_ITEM(struct reclaim_state *, reclaim_state, current->reclaim_state,
	    kdefer_no_repair, "current->reclaim_state changed")
KDEFER_ITEM(void *, journal_info, current->journal_info,
	    kdefer_no_repair, "current->journal_info changed (a transaction of a journal)")
KDEFER_ITEM(struct mm_struct *, mm, current->mm,
	    kdefer_no_repair, "current->mm changed (kthread_use_mm())")
KDEFER_ITEM(const struct cred *, cred, rcu_access_pointer(current->cred),
	    kdefer_no_repair, "current->cred changed (override_creds())")
#endif /* __KERNEL__ */

#undef KDEFER_ITEM
