// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a recovery finds changed since the KDEFER function was entered, item by item: left behind by
 * a skipped function it is put right and reported; taken outside it stays; released by a deferred
 * call it was never wrong. What is a throw instead is among the cases of tests/guest/fatal.
 */
#include <kunit/test.h>
#include <linux/bottom_half.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

#include "kunit-capture.h"

/*
 * The cases of each item are listed by the table in <kdefer/snapshot_items.h>: a row without a
 * DEFINE_ITEM() of its name does not compile.
 */

/**
 * struct item - one item of the table, as a driver uses it
 * @take: takes it
 * @give: gives it up; can be deferred
 * @read: how much of it the task has
 * @words: what the warning says when it is left behind; NULL: that is a throw
 */
struct item {
	void (*take)(void);
	void (*give)(void *arg);
	long (*read)(void);
	const char *words;
};

static void stop_panic(void *arg, struct kdefer_panic *p)
{
	krecover(p, NULL);
}

static KDEFER_DEFINE_VOID1(take_and_defer, const struct item *, item)
{
	item->take();
	kdefer(item->give, NULL);
	kpanic(-EIO);
}

static KDEFER_DEFINE_VOID1(release, const struct item *, item)
{
	kdefer(stop_panic, NULL);
	take_and_defer(item);
}

/* A panic with nothing to give back. */
static KDEFER_DEFINE_VOID0(only_panic)
{
	kdefer(stop_panic, NULL);
	kpanic(-EIO);
}

/* Taken outside: not the skipped functions' fault, and not touched. */
static void check_held(struct kunit *test, const struct item *item)
{
	long before, after;

	kcapture_begin(test);
	item->take();
	before = item->read();
	only_panic();
	after = item->read();
	item->give(NULL);
	KUNIT_EXPECT_STREQ(test, kcapture_end(test), "");
	KUNIT_EXPECT_EQ(test, after, before);
	KUNIT_EXPECT_NE(test, item->read(), before);
}

/* Released by a deferred call before the recovery: the right way, and silent. */
static void check_deferred(struct kunit *test, const struct item *item)
{
	long before = item->read();

	kcapture_begin(test);
	release(item);
	KUNIT_EXPECT_STREQ(test, kcapture_end(test), "");
	KUNIT_EXPECT_EQ(test, item->read(), before);
}

#define FATAL_CASES(name)						\
static void name##_held(struct kunit *test)				\
{									\
	check_held(test, &name);					\
}									\
									\
static void name##_deferred(struct kunit *test)				\
{									\
	check_deferred(test, &name);					\
}

/* The statements that take and give, and an expression for how much there is. */
#define DEFINE_ITEM(name, take, give, read, words)			\
static void take_##name(void)						\
{									\
	take;								\
}									\
									\
static void give_##name(void *arg)					\
{									\
	give;								\
}									\
									\
static long read_##name(void)						\
{									\
	return read;							\
}									\
									\
static const struct item name = { take_##name, give_##name, read_##name, words }

DEFINE_ITEM(preempt, preempt_disable(), preempt_enable(), preempt_count(), NULL);
DEFINE_ITEM(bh, local_bh_disable(), local_bh_enable(), preempt_count(), NULL);
DEFINE_ITEM(irqs, local_irq_disable(), local_irq_enable(), irqs_disabled(), NULL);

typedef void (*take_fn)(void);

static noinline void take_and_panic(take_fn take)
{
	take();
	kpanic(-EIO);
}

static KDEFER_DEFINE_VOID1(leave, take_fn, take)
{
	kdefer(stop_panic, NULL);
	take_and_panic(take);
}

static unsigned int count_warnings(const char *text)
{
	unsigned int n = 0;

	while ((text = strstr(text, "kdefer: thread "))) {
		n++;
		text++;
	}
	return n;
}

static long leave_inside(void *item)
{
	leave(((const struct item *)item)->take);
	return 0;
}

/* Left behind by a skipped function: as if it had not been taken, and reported once. */
static void check_left(struct kunit *test, const struct item *item)
{
	long before = item->read();
	const char *text;

	kcapture_begin(test);
	kdefer_run(leave_inside, (void *)item, NULL);
	text = kcapture_end(test);
	KUNIT_EXPECT_EQ(test, item->read(), before);
	KUNIT_EXPECT_EQ(test, count_warnings(text), 1);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, item->words));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\nkdefer: the recovery returns to leave+"));
}

#define REPAIRED_CASES(name)						\
FATAL_CASES(name)							\
									\
static void name##_left(struct kunit *test)				\
{									\
	check_left(test, &name);					\
}

/* Taken outside and once more by the skipped function: only that one is undone. */
static void check_left_nested(struct kunit *test, const struct item *item)
{
	long before, after;

	kcapture_begin(test);
	item->take();
	before = item->read();
	leave(item->take);
	after = item->read();
	item->give(NULL);
	KUNIT_EXPECT_EQ(test, count_warnings(kcapture_end(test)), 1);
	KUNIT_EXPECT_EQ(test, after, before);
}

#if defined(CONFIG_PREEMPT_RCU) || !defined(__KERNEL__)
#define RCU_IS_COUNTED

DEFINE_ITEM(rcu, rcu_read_lock(), rcu_read_unlock(), rcu_preempt_depth(),
	    " has left an RCU read-side section open: ");

/* K2: what a skipped function left open is closed. */
static void rcu_left_nested(struct kunit *test)
{
	check_left_nested(test, &rcu);
}

/* What the section left behind would never let happen. */
static void rcu_left_and_synchronized(struct kunit *test)
{
	kcapture_begin(test);
	leave(take_rcu);
	KUNIT_EXPECT_EQ(test, count_warnings(kcapture_end(test)), 1);
	synchronize_rcu();
}

#endif /* CONFIG_PREEMPT_RCU or user space */

#if defined(CONFIG_LOCKDEP) || !defined(__KERNEL__)

static DEFINE_MUTEX(sleeping_lock);

DEFINE_ITEM(mutex, mutex_lock(&sleeping_lock), mutex_unlock(&sleeping_lock),
	    lockdep_depth(current), NULL);

#endif /* CONFIG_LOCKDEP or user space */

#ifdef __KERNEL__

#include <linux/blkdev.h>
#include <linux/cred.h>
#include <linux/kcsan-checks.h>
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>

#include "compat.h"

/* Taken outside and given up by a skipped function: taken again. */
static void check_given(struct kunit *test, const struct item *item, take_fn give,
			const char *words)
{
	long before, after;
	const char *text;

	kcapture_begin(test);
	item->take();
	before = item->read();
	leave(give);
	after = item->read();
	item->give(NULL);
	text = kcapture_end(test);
	KUNIT_EXPECT_EQ(test, after, before);
	KUNIT_EXPECT_EQ(test, count_warnings(text), 1);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, words));
}

/* What a save returns means one thing to older kernels and another to newer ones. */
#define FLAG_ITEM(name, flag)						\
static unsigned int saved_##name;					\
DEFINE_ITEM(name, saved_##name = memalloc_##name##_save(),		\
	    memalloc_##name##_restore(saved_##name), current->flags & (flag),	\
	    " has left " #flag " changed (memalloc_" #name "_save()): ")

FLAG_ITEM(noio, PF_MEMALLOC_NOIO);
FLAG_ITEM(nofs, PF_MEMALLOC_NOFS);
FLAG_ITEM(pin, PF_MEMALLOC_PIN);
FLAG_ITEM(noreclaim, PF_MEMALLOC);

static void end_noio(void)
{
	give_noio(NULL);
}

static void noio_given(struct kunit *test)
{
	check_given(test, &noio, end_noio, " has left PF_MEMALLOC_NOIO changed ");
}

DEFINE_ITEM(pagefault, pagefault_disable(), pagefault_enable(), current->pagefault_disabled,
	    " has left page faults disabled: ");

static void pagefault_left_nested(struct kunit *test)
{
	check_left_nested(test, &pagefault);
}

static void end_pagefault(void)
{
	pagefault_enable();
}

static void pagefault_given(struct kunit *test)
{
	check_given(test, &pagefault, end_pagefault, " has left page faults enabled: ");
}

/* Warnings of one kind are limited, so that they do not hide all others; repairs are not. */
static void pagefault_flood(struct kunit *test)
{
	unsigned int i, warnings;

	kcapture_begin(test);
	for (i = 0; i < 100; i++)
		leave(take_pagefault);
	warnings = count_warnings(kcapture_end(test));
	KUNIT_EXPECT_EQ(test, read_pagefault(), 0L);
	KUNIT_EXPECT_GE(test, warnings, 1);
	KUNIT_EXPECT_LE(test, warnings, 20);
}

#ifdef CONFIG_SMP

DEFINE_ITEM(migration, migrate_disable(), migrate_enable(), current->migration_disabled,
	    " has left migration disabled: ");

static void migration_left_nested(struct kunit *test)
{
	check_left_nested(test, &migration);
}

#endif /* CONFIG_SMP */

DEFINE_ITEM(state, set_current_state(TASK_INTERRUPTIBLE), __set_current_state(TASK_RUNNING),
	    READ_ONCE(current->__state),
	    " has left a task state set for a sleep that never came: ");

static void take_other_state(void)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
}

/* Another sleeping state than the one outside: the wakeup meant for that one may be over. */
static void state_replaced(struct kunit *test)
{
	long after;

	kcapture_begin(test);
	take_state();
	leave(take_other_state);
	after = read_state();
	give_state(NULL);
	KUNIT_EXPECT_EQ(test, count_warnings(kcapture_end(test)), 1);
	KUNIT_EXPECT_EQ(test, after, (long)TASK_RUNNING);
}

static void wake(void)
{
	give_state(NULL);
}

/* Woken while the function ran: that must not be taken back. */
static void state_woken(struct kunit *test)
{
	long after;

	kcapture_begin(test);
	take_state();
	leave(wake);
	after = read_state();
	give_state(NULL);
	KUNIT_EXPECT_STREQ(test, kcapture_end(test), "");
	KUNIT_EXPECT_EQ(test, after, (long)TASK_RUNNING);
}

#ifdef CONFIG_LOCKDEP

DEFINE_ITEM(lockdep, lockdep_off(), lockdep_on(), current->lockdep_recursion,
	    " has left lockdep off: ");

static void lockdep_left_nested(struct kunit *test)
{
	check_left_nested(test, &lockdep);
}

#endif /* CONFIG_LOCKDEP */

#ifdef CONFIG_KCSAN

DEFINE_ITEM(kcsan_disabled, kcsan_disable_current(), kcsan_enable_current(),
	    current->kcsan_ctx.disable_count,
	    " has left KCSAN off or on (kcsan_disable_current()): ");
DEFINE_ITEM(kcsan_nesting, kcsan_nestable_atomic_begin(), kcsan_nestable_atomic_end(),
	    current->kcsan_ctx.atomic_nest_count,
	    " has left KCSAN's atomic region changed (kcsan_nestable_atomic_begin()): ");
DEFINE_ITEM(kcsan_flat, kcsan_flat_atomic_begin(), kcsan_flat_atomic_end(),
	    current->kcsan_ctx.in_flat_atomic,
	    " has left KCSAN's atomic region changed (kcsan_flat_atomic_begin()): ");

static long watched;
static struct kcsan_scoped_access scoped;

DEFINE_ITEM(kcsan_scoped, kcsan_begin_scoped_access(&watched, sizeof(watched), 0, &scoped),
	    kcsan_end_scoped_access(&scoped), !!current->kcsan_ctx.scoped_accesses.prev,
	    " has left KCSAN's scoped accesses changed: ");

#endif /* CONFIG_KCSAN */

/* What a pointer of the task points to where nothing looks at it meanwhile. */
static long not_used[16];

#ifdef CONFIG_MEMCG

DEFINE_ITEM(memcg, set_active_memcg((struct mem_cgroup *)not_used), set_active_memcg(NULL),
	    (long)current->active_memcg,
	    " has left current->active_memcg changed (set_active_memcg()): ");

#endif /* CONFIG_MEMCG */

#ifdef CONFIG_BLOCK

/* Not on a stack, which a recovery would not get to with a plug on it. */
static struct blk_plug plug_not_on_stack;

DEFINE_ITEM(plug, blk_start_plug(&plug_not_on_stack), blk_finish_plug(&plug_not_on_stack),
	    (long)current->plug, " has left a block plug started: ");

#endif /* CONFIG_BLOCK */

DEFINE_ITEM(bio_list, current->bio_list = (struct bio_list *)not_used, current->bio_list = NULL,
	    (long)current->bio_list, NULL);
DEFINE_ITEM(reclaim, current->reclaim_state = (struct reclaim_state *)not_used,
	    current->reclaim_state = NULL, (long)current->reclaim_state, NULL);
DEFINE_ITEM(journal, current->journal_info = not_used, current->journal_info = NULL,
	    (long)current->journal_info, NULL);

#ifdef TIF_KERNEL_FPSTATE

static struct user_fpsimd_state saved_registers;

DEFINE_ITEM(fpu, begin_neon(&saved_registers), end_neon(&saved_registers),
	    test_thread_flag(TIF_KERNEL_FPSTATE), NULL);

#endif /* TIF_KERNEL_FPSTATE */

/* Of the process that loads the module, which waits for the suite. */
static struct mm_struct *user_mm;

static int find_user_mm(struct kunit_suite *suite)
{
	user_mm = current->mm;
	return 0;
}

DEFINE_ITEM(mm, kthread_use_mm(user_mm), kthread_unuse_mm(user_mm), (long)current->mm, NULL);

static struct cred *new_cred;
static const struct cred *outer_cred;

static void take_new_cred(void)
{
	new_cred = prepare_creds();
	outer_cred = override_creds(new_cred);
}

static void give_new_cred(void)
{
	revert_creds(outer_cred);
	put_cred(new_cred);
}

DEFINE_ITEM(cred, take_new_cred(), give_new_cred(), (long)rcu_access_pointer(current->cred), NULL);

static void take_three(void)
{
	take_noio();
	take_pagefault();
	take_state();
}

/* Each of several is put right and reported. */
static void several_left(struct kunit *test)
{
	const char *text;

	kcapture_begin(test);
	leave(take_three);
	text = kcapture_end(test);
	KUNIT_EXPECT_EQ(test, count_warnings(text), 3);
	/* A root, whose context is not in the function itself. */
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\nkdefer: the recovery returns to leave+"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, noio.words));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, pagefault.words));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, state.words));
	KUNIT_EXPECT_EQ(test, read_noio(), 0L);
	KUNIT_EXPECT_EQ(test, read_pagefault(), 0L);
	KUNIT_EXPECT_EQ(test, read_state(), (long)TASK_RUNNING);
}

#endif /* __KERNEL__ */

#define KDEFER_ITEM(name, field, part, end, taken, given, by, on, effect, ...)	end##_CASES(name)
#include <kdefer/snapshot_items.h>

#define LIST_FATAL(name)	KUNIT_CASE(name##_held), KUNIT_CASE(name##_deferred),
#define LIST_REPAIRED(name)	KUNIT_CASE(name##_left), LIST_FATAL(name)

static struct kunit_case context_cases[] = {
#define KDEFER_ITEM(name, field, part, end, taken, given, by, on, effect, ...)	LIST_##end(name)
#include <kdefer/snapshot_items.h>
#ifdef RCU_IS_COUNTED
	KUNIT_CASE(rcu_left_nested),
	KUNIT_CASE(rcu_left_and_synchronized),
#endif
#ifdef __KERNEL__
	KUNIT_CASE(noio_given),
	KUNIT_CASE(pagefault_left_nested),
	KUNIT_CASE(pagefault_given),
#ifdef CONFIG_SMP
	KUNIT_CASE(migration_left_nested),
#endif
	KUNIT_CASE(state_replaced),
	KUNIT_CASE(state_woken),
#ifdef CONFIG_LOCKDEP
	KUNIT_CASE(lockdep_left_nested),
#endif
	KUNIT_CASE(several_left),
	/* Last: for some seconds there are no more of its warnings. */
	KUNIT_CASE(pagefault_flood),
#endif /* __KERNEL__ */
	{ }
};

static struct kunit_suite context_suite = {
	.name = "kdefer_context",
#ifdef __KERNEL__
	.suite_init = find_user_mm,
#endif
	.test_cases = context_cases,
};

kunit_test_suite(context_suite);

MODULE_LICENSE("GPL");
