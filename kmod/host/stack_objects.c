// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers and work items on a part of the stack that is given up, still pending: they would run when
 * the stack is used for something else. An object is known by a function's address on the stack,
 * and by what surrounds it there. One that already runs is in no list, and is not found.
 */
#include <linux/jiffies.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "host.h"

/* When a timer may be due that a function on the stack waits for, from now. */
#define KDEFER_TIMER_LATE	(60L * HZ)
#define KDEFER_TIMER_EARLY	(24L * 60 * 60 * HZ)

static struct timer_list *kdefer_pending_timer(unsigned long at, unsigned long from)
{
	struct timer_list *timer = (void *)(at - offsetof(struct timer_list, function));
	struct hlist_node **pprev, *node;
	long due;

	if ((unsigned long)timer < from)
		return NULL;
	due = (long)(READ_ONCE_NOCHECK(timer->expires) - jiffies);
	if (likely(due < -KDEFER_TIMER_LATE || due > KDEFER_TIMER_EARLY))
		return NULL;
	pprev = READ_ONCE_NOCHECK(timer->entry.pprev);
	if (copy_from_kernel_nofault(&node, pprev, sizeof(node)) || node != &timer->entry)
		return NULL;
	return timer;
}

static struct work_struct *kdefer_pending_work(unsigned long at, unsigned long from)
{
	struct work_struct *work = (void *)(at - offsetof(struct work_struct, func));
	unsigned long data;

	if ((unsigned long)work < from)
		return NULL;
	data = READ_ONCE_NOCHECK(*(unsigned long *)&work->data);
	if (likely(!(data & BIT(WORK_STRUCT_PENDING_BIT)) || (long)data > 0))
		return NULL;
	return kdefer_is_linked(&work->entry) ? work : NULL;
}

/* Both may have to wait until the function has returned, which is right, for it uses the object. */
static bool kdefer_cancel_work(struct work_struct *work)
{
	if (!preemptible())
		return false;
	/* With any other state the first sleep would be without end. */
	__set_current_state(TASK_RUNNING);
	cancel_work_sync(work);
	destroy_work_on_stack(work);
	return true;
}

/* What begins at @from and has a function's address at @at. */
void kdefer_look_for_object(struct kdefer_skipping *s, unsigned long at, unsigned long from)
{
	struct timer_list *timer = kdefer_pending_timer(at, from);
	struct work_struct *work = kdefer_pending_work(at, from);

	if (unlikely(timer)) {
		timer_delete_sync(timer);
		timer_destroy_on_stack(timer);
		kdefer_found_pending(s, timer, "a timer", true);
	}
	if (unlikely(work))
		kdefer_found_pending(s, work, "a work item", kdefer_cancel_work(work));
}
