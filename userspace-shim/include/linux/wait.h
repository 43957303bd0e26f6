/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_WAIT_H
#define _KSHIM_LINUX_WAIT_H

#include <kshim-glibc.h>

#include_next <linux/wait.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#define WQ_FLAG_EXCLUSIVE 0x01

struct wait_queue_entry;

typedef int (*wait_queue_func_t)(struct wait_queue_entry *wq_entry, unsigned int mode, int flags,
				 void *key);

struct wait_queue_entry {
	unsigned int flags;
	void *private;
	wait_queue_func_t func;
	struct list_head entry;
	/* The queue that it is in, or NULL; and whether it is in the list of its thread, where. */
	struct wait_queue_head *kshim_queue;
	struct wait_queue_entry *kshim_next;
	bool kshim_own;
};

struct wait_queue_head {
	spinlock_t lock;
	struct list_head head;
};

typedef struct wait_queue_entry wait_queue_entry_t;
typedef struct wait_queue_head wait_queue_head_t;

int kshim_default_wake(struct wait_queue_entry *wq_entry, unsigned int mode, int flags, void *key);
int kshim_autoremove_wake(struct wait_queue_entry *wq_entry, unsigned int mode, int flags,
			  void *key);
void kshim_wait_queue_init(struct wait_queue_head *wq_head);
void kshim_wait_queue_add(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry,
			  bool exclusive);
void kshim_wait_queue_remove(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry);
bool kshim_wait_queue_active(struct wait_queue_head *wq_head);
int kshim_wake_up(struct wait_queue_head *wq_head, unsigned int mode, int nr, void *key);
long kshim_prepare_to_wait(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry,
			   unsigned int state, bool exclusive);
void kshim_finish_wait(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry);
struct wait_queue_entry *kshim_skipped_wait(unsigned long from, unsigned long to);
void kshim_unlink_wait(struct wait_queue_entry *wq_entry);

#define __WAIT_QUEUE_HEAD_INITIALIZER(name) \
	{ .lock = __SPIN_LOCK_UNLOCKED(name.lock), .head = LIST_HEAD_INIT(name.head) }
#define DECLARE_WAIT_QUEUE_HEAD(name) \
	struct wait_queue_head name = __WAIT_QUEUE_HEAD_INITIALIZER(name)
#define DECLARE_WAIT_QUEUE_HEAD_ONSTACK(name) DECLARE_WAIT_QUEUE_HEAD(name)
#define init_waitqueue_head(wq_head) kshim_wait_queue_init(wq_head)

#define DEFINE_WAIT_FUNC(name, function) \
	struct wait_queue_entry name = { .private = current, .func = (function), \
					 .entry = LIST_HEAD_INIT((name).entry) }
#define DEFINE_WAIT(name) DEFINE_WAIT_FUNC(name, kshim_autoremove_wake)
#define DECLARE_WAITQUEUE(name, tsk) \
	struct wait_queue_entry name = { .private = (tsk), .func = kshim_default_wake, \
					 .entry = LIST_HEAD_INIT((name).entry) }
#define default_wake_function kshim_default_wake
#define autoremove_wake_function kshim_autoremove_wake

static inline void init_waitqueue_entry(struct wait_queue_entry *wq_entry, struct task_struct *p)
{
	wq_entry->flags = 0;
	wq_entry->private = p;
	wq_entry->func = kshim_default_wake;
	wq_entry->kshim_queue = NULL;
	wq_entry->kshim_own = false;
}

static inline void init_waitqueue_func_entry(struct wait_queue_entry *wq_entry,
					     wait_queue_func_t func)
{
	wq_entry->flags = 0;
	wq_entry->private = NULL;
	wq_entry->func = func;
	wq_entry->kshim_queue = NULL;
	wq_entry->kshim_own = false;
}

static inline void add_wait_queue(struct wait_queue_head *wq_head,
				  struct wait_queue_entry *wq_entry)
{
	kshim_wait_queue_add(wq_head, wq_entry, false);
}

static inline void add_wait_queue_exclusive(struct wait_queue_head *wq_head,
					    struct wait_queue_entry *wq_entry)
{
	kshim_wait_queue_add(wq_head, wq_entry, true);
}

static inline void remove_wait_queue(struct wait_queue_head *wq_head,
				     struct wait_queue_entry *wq_entry)
{
	kshim_wait_queue_remove(wq_head, wq_entry);
}

static inline bool waitqueue_active(struct wait_queue_head *wq_head)
{
	return kshim_wait_queue_active(wq_head);
}

static inline bool wq_has_sleeper(struct wait_queue_head *wq_head)
{
	return kshim_wait_queue_active(wq_head);
}

static inline void prepare_to_wait(struct wait_queue_head *wq_head,
				   struct wait_queue_entry *wq_entry, unsigned int state)
{
	kshim_prepare_to_wait(wq_head, wq_entry, state, false);
}

static inline void prepare_to_wait_exclusive(struct wait_queue_head *wq_head,
					     struct wait_queue_entry *wq_entry, unsigned int state)
{
	kshim_prepare_to_wait(wq_head, wq_entry, state, true);
}

static inline long prepare_to_wait_event(struct wait_queue_head *wq_head,
					 struct wait_queue_entry *wq_entry, unsigned int state)
{
	return kshim_prepare_to_wait(wq_head, wq_entry, state,
				     wq_entry->flags & WQ_FLAG_EXCLUSIVE);
}

static inline void finish_wait(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry)
{
	kshim_finish_wait(wq_head, wq_entry);
}

#define wake_up(x) kshim_wake_up(x, TASK_NORMAL, 1, NULL)
#define wake_up_nr(x, nr) kshim_wake_up(x, TASK_NORMAL, nr, NULL)
#define wake_up_all(x) kshim_wake_up(x, TASK_NORMAL, 0, NULL)
#define wake_up_interruptible(x) kshim_wake_up(x, TASK_INTERRUPTIBLE, 1, NULL)
#define wake_up_interruptible_nr(x, nr) kshim_wake_up(x, TASK_INTERRUPTIBLE, nr, NULL)
#define wake_up_interruptible_all(x) kshim_wake_up(x, TASK_INTERRUPTIBLE, 0, NULL)
#define wake_up_interruptible_sync(x) wake_up_interruptible(x)

#define ___wait_event(wq_head, condition, state, exclusive, ret, cmd) \
({ \
	struct wait_queue_entry __wq_entry = { \
		.flags = (exclusive) ? WQ_FLAG_EXCLUSIVE : 0, \
		.private = current, \
		.func = kshim_autoremove_wake, \
		.entry = LIST_HEAD_INIT(__wq_entry.entry), \
	}; \
	long __ret = ret; \
	for (;;) { \
		long __int = prepare_to_wait_event(&wq_head, &__wq_entry, state); \
		if (condition) \
			break; \
		if (__int) { \
			__ret = __int; \
			break; \
		} \
		cmd; \
	} \
	finish_wait(&wq_head, &__wq_entry); \
	__ret; \
})

#define ___wait_cond_timeout(condition) \
({ \
	bool __cond = (condition); \
	if (__cond && !__ret) \
		__ret = 1; \
	__cond || !__ret; \
})

#define __kshim_wait_event(wq_head, condition, state, exclusive) \
({ \
	long __kshim_wait = 0; \
	might_sleep(); \
	if (!(condition)) \
		__kshim_wait = ___wait_event(wq_head, condition, state, exclusive, 0, schedule()); \
	(int)__kshim_wait; \
})

#define __kshim_wait_event_timeout(wq_head, condition, timeout, state) \
({ \
	long __kshim_timeout = (timeout); \
	long __ret = __kshim_timeout; \
	might_sleep(); \
	if (!___wait_cond_timeout(condition)) \
		__ret = ___wait_event(wq_head, ___wait_cond_timeout(condition), state, 0, \
				      __kshim_timeout, __ret = schedule_timeout(__ret)); \
	__ret; \
})

#define wait_event(wq_head, condition) \
	((void)__kshim_wait_event(wq_head, condition, TASK_UNINTERRUPTIBLE, 0))
#define wait_event_idle(wq_head, condition) \
	((void)__kshim_wait_event(wq_head, condition, TASK_IDLE, 0))
#define wait_event_interruptible(wq_head, condition) \
	__kshim_wait_event(wq_head, condition, TASK_INTERRUPTIBLE, 0)
#define wait_event_interruptible_exclusive(wq_head, condition) \
	__kshim_wait_event(wq_head, condition, TASK_INTERRUPTIBLE, 1)
#define wait_event_killable(wq_head, condition) \
	__kshim_wait_event(wq_head, condition, TASK_KILLABLE, 0)
#define wait_event_timeout(wq_head, condition, timeout) \
	__kshim_wait_event_timeout(wq_head, condition, timeout, TASK_UNINTERRUPTIBLE)
#define wait_event_idle_timeout(wq_head, condition, timeout) \
	__kshim_wait_event_timeout(wq_head, condition, timeout, TASK_IDLE)
#define wait_event_interruptible_timeout(wq_head, condition, timeout) \
	__kshim_wait_event_timeout(wq_head, condition, timeout, TASK_INTERRUPTIBLE)
#define wait_event_killable_timeout(wq_head, condition, timeout) \
	__kshim_wait_event_timeout(wq_head, condition, timeout, TASK_KILLABLE)

/* Waits with a spinlock held, interrupts off: @lock is given up to sleep, and for @cmd before. */
#define __kshim_sleep_unlocked(lock, cmd, sleep) \
	spin_unlock_irq(&(lock)); \
	cmd; \
	sleep; \
	spin_lock_irq(&(lock))

#define __kshim_wait_event_lock_irq(wq_head, condition, lock, cmd, state) \
({ \
	long __kshim_wait = 0; \
	if (!(condition)) \
		__kshim_wait = ___wait_event(wq_head, condition, state, 0, 0, \
					     __kshim_sleep_unlocked(lock, cmd, schedule())); \
	(int)__kshim_wait; \
})

#define __kshim_wait_event_lock_irq_timeout(wq_head, condition, lock, timeout, state) \
({ \
	long __kshim_timeout = (timeout); \
	long __ret = __kshim_timeout; \
	if (!___wait_cond_timeout(condition)) \
		__ret = ___wait_event(wq_head, ___wait_cond_timeout(condition), state, 0, \
				      __kshim_timeout, \
				      __kshim_sleep_unlocked(lock, , \
							     __ret = schedule_timeout(__ret))); \
	__ret; \
})

#define wait_event_lock_irq_cmd(wq_head, condition, lock, cmd) \
	((void)__kshim_wait_event_lock_irq(wq_head, condition, lock, cmd, TASK_UNINTERRUPTIBLE))
#define wait_event_lock_irq(wq_head, condition, lock) \
	wait_event_lock_irq_cmd(wq_head, condition, lock, )
#define wait_event_interruptible_lock_irq_cmd(wq_head, condition, lock, cmd) \
	__kshim_wait_event_lock_irq(wq_head, condition, lock, cmd, TASK_INTERRUPTIBLE)
#define wait_event_interruptible_lock_irq(wq_head, condition, lock) \
	wait_event_interruptible_lock_irq_cmd(wq_head, condition, lock, )
#define wait_event_lock_irq_timeout(wq_head, condition, lock, timeout) \
	__kshim_wait_event_lock_irq_timeout(wq_head, condition, lock, timeout, \
					    TASK_UNINTERRUPTIBLE)
#define wait_event_interruptible_lock_irq_timeout(wq_head, condition, lock, timeout) \
	__kshim_wait_event_lock_irq_timeout(wq_head, condition, lock, timeout, TASK_INTERRUPTIBLE)

#endif /* _KSHIM_LINUX_WAIT_H */
