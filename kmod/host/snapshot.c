// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a recovery finds changed since the frame was entered: put right where that can be done, and
 * a throw where it cannot. The table of the items is <kdefer/snapshot_items.h>.
 */
#include <linux/blkdev.h>
#include <linux/debug_locks.h>
#include <linux/kcsan-checks.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include "host.h"

static const char *kdefer_preempt_words(u32 now, u32 then)
{
	if ((now & SOFTIRQ_MASK) > (then & SOFTIRQ_MASK))
		return "bottom halves disabled";
	if ((now & SOFTIRQ_MASK) < (then & SOFTIRQ_MASK))
		return "bottom halves enabled";
	if ((now & PREEMPT_MASK) > (then & PREEMPT_MASK))
		return "a spinlock held or preemption disabled";
	if ((now & PREEMPT_MASK) < (then & PREEMPT_MASK))
		return "a spinlock released or preemption enabled";
	return now & KDEFER_IRQS_DISABLED ? "interrupts disabled" : "interrupts enabled";
}

static const char *kdefer_flags_words(u32 changed)
{
	if (changed & PF_MEMALLOC_NOIO)
		return "PF_MEMALLOC_NOIO changed (memalloc_noio_save())";
	if (changed & PF_MEMALLOC_NOFS)
		return "PF_MEMALLOC_NOFS changed (memalloc_nofs_save())";
	if (changed & PF_MEMALLOC_PIN)
		return "PF_MEMALLOC_PIN changed (memalloc_pin_save())";
	return "PF_MEMALLOC changed (memalloc_noreclaim_save())";
}

#ifdef CONFIG_SMP
static const char *kdefer_migration_words(bool disabled)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return disabled ? "a spinlock held or migration disabled" :
				  "a spinlock released or migration enabled";
	return disabled ? "migration disabled" : "migration enabled";
}
#endif

/*
 * The repairs. Each makes its item what it was, or leaves it alone and returns false, which makes
 * it a throw: an item that an outer function took and a skipped one gave up may be past repair.
 */
static bool kdefer_no_repair(const struct kdefer_snapshot *then)
{
	return false;
}

static bool kdefer_restore_flags(const struct kdefer_snapshot *then)
{
	current->flags = (current->flags & ~KDEFER_MEMALLOC_FLAGS) | then->flags;
	return true;
}

/* As pagefault_disable() and pagefault_enable() do: nothing may move out of the section. */
static bool kdefer_restore_pagefault(const struct kdefer_snapshot *then)
{
	barrier();
	current->pagefault_disabled = then->pagefault;
	barrier();
	return true;
}

#ifdef CONFIG_SMP
/*
 * Who relies on staying on a CPU may be on another by now. With PREEMPT_RT it may be a spinlock
 * that disables migration, and opens an RCU section.
 */
static bool kdefer_enable_migration(const struct kdefer_snapshot *then)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT) || current->migration_disabled < then->migration)
		return false;
	while (current->migration_disabled > then->migration)
		migrate_enable();
	return true;
}
#endif

#ifdef CONFIG_PREEMPT_RCU
/* What an outer section protects may be freed by now. */
static bool kdefer_unlock_rcu(const struct kdefer_snapshot *then)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT) || rcu_preempt_depth() < then->rcu)
		return false;
	while (rcu_preempt_depth() > then->rcu) {
		/* For sparse: by the skipped function. */
		__acquire(RCU);
		rcu_read_unlock();
	}
	return true;
}
#endif

/* Never back to a sleeping state, whose wakeup may have come already: that would be lost. */
static bool kdefer_restore_state(const struct kdefer_snapshot *then)
{
	__set_current_state(TASK_RUNNING);
	return true;
}

#ifdef CONFIG_LOCKDEP
static bool kdefer_restore_lockdep(const struct kdefer_snapshot *then)
{
	current->lockdep_recursion = then->lockdep_recursion;
	return true;
}
#endif

#ifdef CONFIG_KCSAN
static bool kdefer_restore_kcsan(const struct kdefer_snapshot *then)
{
	struct kcsan_ctx *ctx = &current->kcsan_ctx;

	ctx->disable_count = then->kcsan_disabled;
	ctx->atomic_nest_count = then->kcsan_nesting;
	ctx->in_flat_atomic = then->kcsan_flat;
	return true;
}

static bool kdefer_end_kcsan_scopes(const struct kdefer_snapshot *then)
{
	struct list_head *scopes = &current->kcsan_ctx.scoped_accesses;

	while (scopes->prev && scopes->next != then->kcsan_scoped)
		kcsan_end_scoped_access(list_first_entry(scopes, struct kcsan_scoped_access,
							 list));
	return true;
}
#endif

#ifdef CONFIG_MEMCG
static bool kdefer_restore_memcg(const struct kdefer_snapshot *then)
{
	current->active_memcg = then->memcg;
	return true;
}
#endif

#ifdef CONFIG_BLOCK
/* Submits what the plug holds back, for which it may have to sleep. */
static bool kdefer_finish_plug(const struct kdefer_snapshot *then)
{
	struct blk_plug *plug = current->plug;

	if (plug && !preemptible())
		return false;
	if (plug)
		blk_finish_plug(plug);
	current->plug = then->plug;
	return true;
}
#endif

/* Takes a snapshot in which what differs from @then is a mistake. */
static void kdefer_snapshot_again(struct kdefer_snapshot *now, const struct kdefer_snapshot *then)
{
	kdefer_snapshot_take(now);
	/* Woken since then, or after a sleep of its own. */
	if (now->state == TASK_RUNNING)
		now->state = then->state;
#ifdef CONFIG_LOCKDEP
	/* Once lockdep has found a problem anywhere it counts no more. */
	if (!debug_locks)
		now->lockdep_depth = then->lockdep_depth;
#endif
}

/* The first item that differs, in words. */
static const char *kdefer_difference(const struct kdefer_snapshot *now,
				     const struct kdefer_snapshot *then)
{
	return
#define KDEFER_ITEM(type, field, value, repair, words)			\
		unlikely(now->field != then->field) ? (words) :
#include <kdefer/snapshot_items.h>
		NULL;
}

static void kdefer_show_locks(const struct kdefer_snapshot *now, const struct kdefer_snapshot *then)
{
#ifdef CONFIG_LOCKDEP
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST);

	if (now->lockdep_depth != then->lockdep_depth && __ratelimit(&limit))
		debug_show_held_locks(current);
#endif
}

/* @then may be that of the frame which the recovery returns to, or of a barrier. */
static void kdefer_warn_left(const char *words, const struct kdefer_snapshot *then)
{
	const struct kdefer_frame *frame = kdefer_current()->frames;

	pr_warn("kdefer: thread %s[%d]: a skipped function has left %s: put right; defer the release right after the acquire\n",
		current->comm, task_pid_nr(current), words);
	if (frame && then == &frame->snapshot)
		pr_warn("kdefer: the recovery returns to %pB\n", (void *)kdefer_frame_ip(frame));
}

/* One limit for each call: a flood of one kind of warning must not hide another kind. */
#define kdefer_warn_left_limited(words, then)					\
do {										\
	static DEFINE_RATELIMIT_STATE(__limit, DEFAULT_RATELIMIT_INTERVAL,	\
				      DEFAULT_RATELIMIT_BURST);			\
										\
	if (__ratelimit(&__limit))						\
		kdefer_warn_left(words, then);					\
} while (0)

static void kdefer_repair(const struct kdefer_snapshot *now, const struct kdefer_snapshot *then)
{
#define KDEFER_ITEM(type, field, value, repair, words)			\
	if (now->field != then->field && repair(then)) {		\
		kdefer_warn_left_limited(words, then);			\
	}
#include <kdefer/snapshot_items.h>
}

const char *kdefer_host_repair_context(const struct kdefer_snapshot *then)
{
	struct kdefer_snapshot now __uninitialized;

	kdefer_snapshot_again(&now, then);
	if (likely(!kdefer_difference(&now, then)))
		return NULL;
	kdefer_show_locks(&now, then);
	/* A repair may sleep, and not where the context is another. */
	if (now.preempt == then->preempt)
		kdefer_repair(&now, then);
	kdefer_snapshot_again(&now, then);
	return kdefer_difference(&now, then);
}

#ifdef CONFIG_BLOCK
/*
 * A plug is on the stack. When the part below @sp is given up, by a recovery or because a newer
 * panic replaces an older one, what the plug holds back must have been submitted.
 */
void kdefer_skip_plug(unsigned long sp)
{
	struct blk_plug *plug = current->plug;

	if (likely(!plug) || !object_is_on_stack(plug) || (unsigned long)plug >= sp)
		return;
	if (!preemptible())
		kdefer_throw(PLUG_STARTED);
	/* With any other state the first sleep would be without end. */
	__set_current_state(TASK_RUNNING);
	blk_finish_plug(plug);
	kdefer_warn_left_limited("a block plug started", NULL);
}
#endif
