// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a recovery finds changed since the frame was entered: put right where that can be done, and
 * a throw where it cannot. The table of the items is <kdefer/snapshot_items.h>.
 */
#include <linux/blkdev.h>
#include <linux/debug_locks.h>
#include <linux/init.h>
#include <linux/kcsan-checks.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include "host.h"

/**
 * struct kdefer_item - an item that differs
 * @words: what has happened to it
 * @limit: how often that is said
 * @ip: an address in the function that the recovery returns to, or 0
 * @unchanged: it differs for a good reason
 * @show: prints more about it
 * @repair: makes it what it was; returns false where it must be left alone, which makes it a throw
 */
struct kdefer_item {
	const char *words;
	struct ratelimit_state *limit;
	unsigned long ip;
	bool unchanged;
	void (*show)(void);
	bool (*repair)(const struct kdefer_snapshot *then);
};

#define KDEFER_ON_RT(words, else_words)	(IS_ENABLED(CONFIG_PREEMPT_RT) ? (words) : (else_words))

/*
 * The repairs. What an outer function took and a skipped one gave up may be past repair: others may
 * have changed meanwhile what the outer function still relies on.
 */
static bool kdefer_restore_flags(const struct kdefer_snapshot *then)
{
	current->flags = (current->flags & ~KDEFER_MEMALLOC_FLAGS) |
			 (then->flags & KDEFER_MEMALLOC_FLAGS);
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
 * Migration that was enabled is not disabled again: the thread may be on another CPU by now than
 * the one which the outer function relies on. With PREEMPT_RT a spinlock disables migration as
 * well, and opens an RCU section; neither tells whether it was one, so both are left alone there.
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
/* A section that has ended is not opened again: what it protected may be freed by now. */
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

/*
 * A sleeping state is not restored: the wakeup that it waited for may have come while the function
 * ran, and with the state set once more the thread would sleep for ever.
 */
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

#ifdef CONFIG_LOCKDEP
static void kdefer_show_locks(void)
{
	debug_show_held_locks(current);
}
#endif

/* Says what was put right, and where the recovery returns to, if it is one. */
static void kdefer_warn_left(const struct kdefer_item *item)
{
	if (!__ratelimit(item->limit))
		return;
	pr_warn("kdefer: thread %s[%d]: a skipped function has left %s: put right; defer the release right after the acquire\n",
		current->comm, task_pid_nr(current), item->words);
	if (item->ip)
		pr_warn("kdefer: the recovery returns to %pB\n", (void *)item->ip);
}

#ifdef CONFIG_BLOCK
/*
 * When the stack below @sp is given up, by a recovery or because a newer panic replaces an older
 * one, what a plug there holds back must have been submitted.
 */
static void kdefer_skip_plug(unsigned long sp)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST);
	const struct kdefer_item item = { .words = "a block plug started", .limit = &limit };
	struct blk_plug *plug = current->plug;

	if (likely(!plug) || !object_is_on_stack(plug) || (unsigned long)plug >= sp)
		return;
	/* Without CONFIG_PREEMPT_COUNT nobody can tell whether sleeping is allowed. */
	if (!preemptible())
		kdefer_throw(PLUG_STARTED);
	/* With any other state the first sleep would be without end. */
	__set_current_state(TASK_RUNNING);
	blk_finish_plug(plug);
	kdefer_warn_left(&item);
}
#endif

/* Does what must be done before the stack below @sp is given up. */
void kdefer_skip_items(unsigned long sp)
{
#define KDEFER_SKIP(function)	{ function(sp); }
#include <kdefer/snapshot_items.h>
}

/*
 * Calls @found for each item that differs, in the order of the table, until it returns something;
 * returns that. The limit is each item's own: a flood of one kind must not hide another kind.
 */
static const char *kdefer_compare(const struct kdefer_snapshot *now,
				  const struct kdefer_snapshot *then, unsigned long ip,
				  const char *(*found)(const struct kdefer_item *item,
						       const struct kdefer_snapshot *then))
{
	const char *leak = NULL;

#define KDEFER_ITEM(name, field, part, end, taken, given, by, on, effect, ...)			\
	if (!leak && unlikely((now->field part) != (then->field part))) {			\
		static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,		\
					      DEFAULT_RATELIMIT_BURST);				\
		bool more = (now->field part) > (then->field part);				\
		const struct kdefer_item item = {						\
			.words = more ? (taken) : (given) ?: (taken),				\
			.limit = &limit,							\
			.ip = ip,								\
			__VA_ARGS__								\
		};										\
												\
		leak = item.unchanged ? NULL : found(&item, then);				\
	}
#include <kdefer/snapshot_items.h>
	return leak;
}

static const char *kdefer_first_words(const struct kdefer_item *item,
				      const struct kdefer_snapshot *then)
{
	return item->words;
}

static const char *kdefer_show_more(const struct kdefer_item *item,
				    const struct kdefer_snapshot *then)
{
	if (item->show && __ratelimit(item->limit))
		item->show();
	return NULL;
}

static const char *kdefer_put_right(const struct kdefer_item *item,
				    const struct kdefer_snapshot *then)
{
	if (item->repair && item->repair(then))
		kdefer_warn_left(item);
	return NULL;
}

const char *kdefer_host_repair_context(const struct kdefer_snapshot *then, unsigned long ip)
{
	struct kdefer_snapshot now __uninitialized;

	kdefer_snapshot_take(&now);
	if (likely(!kdefer_compare(&now, then, ip, kdefer_first_words)))
		return NULL;
	/* Before a repair ends what is to be shown. */
	kdefer_compare(&now, then, ip, kdefer_show_more);
	/* A repair may sleep, and must not with preemption or interrupts off. */
	if (now.preempt == then->preempt)
		kdefer_compare(&now, then, ip, kdefer_put_right);
	kdefer_snapshot_take(&now);
	return kdefer_compare(&now, then, ip, kdefer_first_words);
}

void __init kdefer_say_what_is_not_counted(void)
{
	if (!IS_ENABLED(CONFIG_PREEMPT_COUNT))
		pr_info("kdefer: this kernel counts neither spinlocks nor preempt_disable() (CONFIG_PREEMPT_COUNT is off): a recovery does not find one that a skipped function has left behind\n");
}
