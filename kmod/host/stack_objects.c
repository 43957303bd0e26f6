// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers, hrtimers and work items on a part of the stack that is given up, still pending: they
 * would run when the stack is used for something else. An object is known by a word on the stack, a
 * function's address or what says that it is queued, and by what surrounds it there. One that
 * already runs is in no list, and is not found.
 */
#include <linux/preempt.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "host.h"
#include "../compat/hrtimer_bases.h"

/* More entries than a list that is on a stack is likely to have. */
#define KDEFER_LONG_LIST	10000

/*
 * A list's entry is linked to its neighbours as a timer is in its queue. But a list comes back to
 * where it began, and a queue ends. One that is changed meanwhile may seem to end in any way.
 */
static bool kdefer_comes_back(const struct hlist_node *first)
{
	const struct hlist_node *node = READ_ONCE_NOCHECK(first->next);
	unsigned int i;

	for (i = 0; node && node != first && i < KDEFER_LONG_LIST; i++)
		if (copy_from_kernel_nofault(&node, &node->next, sizeof(node)))
			return false;
	return node == first;
}

static struct timer_list *kdefer_pending_timer(unsigned long at)
{
	struct timer_list *timer = (void *)(at - offsetof(struct timer_list, function));
	struct hlist_node **pprev = READ_ONCE_NOCHECK(timer->entry.pprev), *node;

	if (copy_from_kernel_nofault(&node, pprev, sizeof(node)) || node != &timer->entry)
		return NULL;
	return kdefer_comes_back(&timer->entry) ? NULL : timer;
}

#define KDEFER_WORK_FLAGS	(BIT(WORK_STRUCT_COLOR_SHIFT + WORK_STRUCT_COLOR_BITS) - 1)

/*
 * Any entry of a list is linked. What a work item is queued with is the address of a structure, for
 * each workqueue and pool of threads, that begins with the address of the pool.
 */
static bool kdefer_has_pool(const struct work_struct *work)
{
	unsigned long data = READ_ONCE_NOCHECK(*(unsigned long *)&work->data);
	unsigned long pool, word;

	return !copy_from_kernel_nofault(&pool, (void *)(data & ~KDEFER_WORK_FLAGS),
					 sizeof(pool)) &&
	       !copy_from_kernel_nofault(&word, (void *)pool, sizeof(word));
}

static struct work_struct *kdefer_pending_work(unsigned long at)
{
	struct work_struct *work = (void *)(at - offsetof(struct work_struct, func));

	return kdefer_is_linked(&work->entry) && kdefer_has_pool(work) ? work : NULL;
}

/* Both may have to wait until the function has returned, which is right, for it uses the object. */
static bool kdefer_cancel_work(struct work_struct *work)
{
	/* Nobody can tell whether it may sleep: what is pending is taken off without waiting. */
	if (!IS_ENABLED(CONFIG_PREEMPT_COUNT) && cancel_work(work)) {
		destroy_work_on_stack(work);
		return true;
	}
	if (!preemptible())
		return false;
	/* With any other state the first sleep would be without end. */
	__set_current_state(TASK_RUNNING);
	cancel_work_sync(work);
	destroy_work_on_stack(work);
	return true;
}

/* What has a function's address at @at, where kdefer_may_be_timer(). */
void kdefer_look_for_timer(struct kdefer_skipping *s, unsigned long at)
{
	struct timer_list *timer = kdefer_pending_timer(at);

	if (!timer)
		return;
	timer_delete_sync(timer);
	timer_destroy_on_stack(timer);
	kdefer_found_pending(s, timer, "a timer", true);
}

/*
 * A list's entry looks like a node whose parent knows of it. A queue is one of its CPU's, and knows
 * of the CPU and of its own place there.
 */
static bool kdefer_is_hrtimer_base(const struct hrtimer_clock_base *base)
{
	struct hrtimer_cpu_base *cpu;
	unsigned int index;

	return !copy_from_kernel_nofault(&cpu, &base->cpu_base, sizeof(cpu)) &&
	       !copy_from_kernel_nofault(&index, &base->index, sizeof(index)) &&
	       index < HRTIMER_MAX_CLOCK_BASES && base == &cpu->clock_base[index];
}

/* A timer is a node of its queue's tree: its parent, or the queue if it has none, knows of it. */
static struct hrtimer *kdefer_pending_hrtimer(unsigned long at)
{
	struct hrtimer *timer = (void *)(at - KDEFER_HRTIMER_QUEUED);
	struct rb_node *node = (struct rb_node *)&timer->node, *top, copy;
	unsigned long parent = READ_ONCE_NOCHECK(node->__rb_parent_color) & ~3UL;
	struct hrtimer_clock_base *base = READ_ONCE_NOCHECK(timer->base);

	if (parent && (copy_from_kernel_nofault(&copy, (void *)parent, sizeof(copy)) ||
		       (copy.rb_left != node && copy.rb_right != node)))
		return NULL;
	if (!parent && (copy_from_kernel_nofault(&top, &base->active, sizeof(top)) || top != node))
		return NULL;
	return kdefer_is_hrtimer_base(base) ? timer : NULL;
}

/* What says at @at that it is queued, where kdefer_may_be_hrtimer(). */
void kdefer_look_for_hrtimer(struct kdefer_skipping *s, unsigned long at)
{
	struct hrtimer *timer = kdefer_pending_hrtimer(at);

	if (!timer)
		return;
	hrtimer_cancel(timer);
	destroy_hrtimer_on_stack(timer);
	kdefer_found_pending(s, timer, "an hrtimer", true);
}

/* The same where kdefer_may_be_work(). */
void kdefer_look_for_work(struct kdefer_skipping *s, unsigned long at)
{
	struct work_struct *work = kdefer_pending_work(at);

	if (work)
		kdefer_found_pending(s, work, "a work item", kdefer_cancel_work(work));
}
