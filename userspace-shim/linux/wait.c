// SPDX-License-Identifier: GPL-2.0-only
/* Wait queues, and the completions that are built on them. */

#include "kshim-impl.h"

#include <linux/completion.h>
#include <linux/wait.h>
#include <kdefer/kdefer.h>

void kshim_wait_queue_init(struct wait_queue_head *q)
{
	spin_lock_init(&q->lock);
	INIT_LIST_HEAD(&q->head);
}

int kshim_default_wake(struct wait_queue_entry *entry, unsigned int mode,
		       int flags __always_unused, void *key __always_unused)
{
	return kshim_wake_up_state(entry->private, mode);
}

/* An entry that is in no queue says so: a panic may skip it. */
static void unlink_locked(struct wait_queue_entry *entry)
{
	list_del_init(&entry->entry);
	WRITE_ONCE(entry->kshim_queue, NULL);
}

int kshim_autoremove_wake(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key)
{
	int woken = kshim_default_wake(entry, mode, flags, key);

	if (woken)
		unlink_locked(entry);
	return woken;
}

/*
 * The entries on this thread's stack, in a list from when they are added to a queue until
 * finish_wait() or remove_wait_queue(): what a panic skips is looked for here. Where nobody could
 * raise one that skips the entry there is no need.
 */
static kshim_tls struct wait_queue_entry *own_entries;

static void remember(struct wait_queue_entry *entry)
{
	unsigned long at = (unsigned long)entry;

	if (entry->kshim_own || !kdefer_self || entry->private != current ||
	    at < kdefer_self->stack_lo || at >= kdefer_self->stack_hi)
		return;
	entry->kshim_own = true;
	entry->kshim_next = own_entries;
	own_entries = entry;
}

static void forget(struct wait_queue_entry *entry)
{
	struct wait_queue_entry **link = &own_entries;

	if (!entry->kshim_own)
		return;
	while (*link && *link != entry)
		link = &(*link)->kshim_next;
	if (*link)
		*link = entry->kshim_next;
	entry->kshim_own = false;
}

static void add_locked(struct wait_queue_head *q, struct wait_queue_entry *entry, bool exclusive)
{
	if (exclusive) {
		entry->flags |= WQ_FLAG_EXCLUSIVE;
		list_add_tail(&entry->entry, &q->head);
	} else {
		entry->flags &= ~(unsigned int)WQ_FLAG_EXCLUSIVE;
		list_add(&entry->entry, &q->head);
	}
	WRITE_ONCE(entry->kshim_queue, q);
}

void kshim_wait_queue_add(struct wait_queue_head *q, struct wait_queue_entry *entry, bool exclusive)
{
	unsigned long flags;

	remember(entry);
	spin_lock_irqsave(&q->lock, flags);
	add_locked(q, entry, exclusive);
	spin_unlock_irqrestore(&q->lock, flags);
}

void kshim_wait_queue_remove(struct wait_queue_head *q, struct wait_queue_entry *entry)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	unlink_locked(entry);
	spin_unlock_irqrestore(&q->lock, flags);
	forget(entry);
}

bool kshim_wait_queue_active(struct wait_queue_head *q)
{
	unsigned long flags;
	bool active;

	spin_lock_irqsave(&q->lock, flags);
	active = !list_empty(&q->head);
	spin_unlock_irqrestore(&q->lock, flags);
	return active;
}

/* @nr counts exclusive waiters, 0 stands for all; the others are always woken. */
static int wake_up_locked(struct wait_queue_head *q, unsigned int mode, int nr, void *key)
{
	struct wait_queue_entry *entry, *next;
	int woken = 0;

	list_for_each_entry_safe(entry, next, &q->head, entry) {
		bool exclusive = entry->flags & WQ_FLAG_EXCLUSIVE;

		if (!entry->func(entry, mode, 0, key))
			continue;
		woken++;
		if (exclusive && !--nr)
			break;
	}
	return woken;
}

int kshim_wake_up(struct wait_queue_head *q, unsigned int mode, int nr, void *key)
{
	unsigned long flags;
	int woken;

	spin_lock_irqsave(&q->lock, flags);
	woken = wake_up_locked(q, mode, nr, key);
	spin_unlock_irqrestore(&q->lock, flags);
	return woken;
}

long kshim_prepare_to_wait(struct wait_queue_head *q, struct wait_queue_entry *entry,
			   unsigned int state, bool exclusive)
{
	unsigned long flags;
	long ret = 0;

	remember(entry);
	spin_lock_irqsave(&q->lock, flags);
	if (signal_pending_state(state, current)) {
		/* An exclusive waiter that gives up must not be the one that is woken. */
		unlink_locked(entry);
		ret = -ERESTARTSYS;
	} else {
		if (list_empty(&entry->entry))
			add_locked(q, entry, exclusive);
		set_current_state(state);
	}
	spin_unlock_irqrestore(&q->lock, flags);
	return ret;
}

void kshim_finish_wait(struct wait_queue_head *q, struct wait_queue_entry *entry)
{
	unsigned long flags;

	__set_current_state(TASK_RUNNING);
	spin_lock_irqsave(&q->lock, flags);
	unlink_locked(entry);
	spin_unlock_irqrestore(&q->lock, flags);
	forget(entry);
}

/*
 * The next of this thread's entries that is in a part of its stack which is given up, and is still
 * in its queue; NULL if there is none. Those before it in the list are forgotten, if there are any.
 */
struct wait_queue_entry *kshim_skipped_wait(unsigned long from, unsigned long to)
{
	struct wait_queue_entry **link = &own_entries, *entry;

	while ((entry = *link)) {
		if ((unsigned long)entry - from >= to - from) {
			link = &entry->kshim_next;
			continue;
		}
		*link = entry->kshim_next;
		entry->kshim_own = false;
		if (READ_ONCE(entry->kshim_queue))
			return entry;
	}
	return NULL;
}

void kshim_unlink_wait(struct wait_queue_entry *entry)
{
	struct wait_queue_head *q = READ_ONCE(entry->kshim_queue);

	if (q)
		kshim_finish_wait(q, entry);
}

void kshim_complete(struct completion *x)
{
	unsigned long flags;

	spin_lock_irqsave(&x->wait.lock, flags);
	if (x->done != UINT_MAX)
		WRITE_ONCE(x->done, x->done + 1);
	wake_up_locked(&x->wait, TASK_NORMAL, 1, NULL);
	spin_unlock_irqrestore(&x->wait.lock, flags);
}

void kshim_complete_all(struct completion *x)
{
	unsigned long flags;

	spin_lock_irqsave(&x->wait.lock, flags);
	WRITE_ONCE(x->done, UINT_MAX);
	wake_up_locked(&x->wait, TASK_NORMAL, 0, NULL);
	spin_unlock_irqrestore(&x->wait.lock, flags);
}

static long wait_locked(struct completion *x, long timeout, unsigned int state)
{
	DEFINE_WAIT(wait);

	while (!x->done && timeout) {
		if (signal_pending_state(state, current)) {
			timeout = -ERESTARTSYS;
			break;
		}
		if (list_empty(&wait.entry))
			add_locked(&x->wait, &wait, true);
		set_current_state(state);
		spin_unlock_irq(&x->wait.lock);
		timeout = schedule_timeout(timeout);
		spin_lock_irq(&x->wait.lock);
	}
	unlink_locked(&wait);
	if (!x->done)
		return timeout;
	if (x->done != UINT_MAX)
		WRITE_ONCE(x->done, x->done - 1);
	return timeout ?: 1;
}

long kshim_wait_for_completion(struct completion *x, long timeout, unsigned int state)
{
	long ret;

	might_sleep();
	spin_lock_irq(&x->wait.lock);
	ret = wait_locked(x, timeout, state);
	spin_unlock_irq(&x->wait.lock);
	return ret;
}

bool kshim_try_wait_for_completion(struct completion *x)
{
	unsigned long flags;
	bool done;

	spin_lock_irqsave(&x->wait.lock, flags);
	done = x->done;
	if (done && x->done != UINT_MAX)
		WRITE_ONCE(x->done, x->done - 1);
	spin_unlock_irqrestore(&x->wait.lock, flags);
	return done;
}

bool kshim_completion_done(struct completion *x)
{
	unsigned long flags;
	bool done;

	/* With the lock: true must also mean that complete() has let go of @x. */
	spin_lock_irqsave(&x->wait.lock, flags);
	done = x->done;
	spin_unlock_irqrestore(&x->wait.lock, flags);
	return done;
}
