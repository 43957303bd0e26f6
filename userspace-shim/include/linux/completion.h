/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_COMPLETION_H
#define _KSHIM_LINUX_COMPLETION_H

#include <linux/wait.h>

struct completion {
	unsigned int done;
	struct wait_queue_head wait;
};

#define COMPLETION_INITIALIZER(work) \
	{ .done = 0, .wait = __WAIT_QUEUE_HEAD_INITIALIZER((work).wait) }
#define DECLARE_COMPLETION(work) struct completion work = COMPLETION_INITIALIZER(work)
#define DECLARE_COMPLETION_ONSTACK(work) DECLARE_COMPLETION(work)

void kshim_complete(struct completion *x);
void kshim_complete_all(struct completion *x);
long kshim_wait_for_completion(struct completion *x, long timeout, unsigned int state);
bool kshim_try_wait_for_completion(struct completion *x);
bool kshim_completion_done(struct completion *x);

static inline void init_completion(struct completion *x)
{
	x->done = 0;
	init_waitqueue_head(&x->wait);
}

static inline void reinit_completion(struct completion *x)
{
	WRITE_ONCE(x->done, 0);
}

static inline void complete(struct completion *x)
{
	kshim_complete(x);
}

static inline void complete_all(struct completion *x)
{
	kshim_complete_all(x);
}

static inline void wait_for_completion(struct completion *x)
{
	kshim_wait_for_completion(x, MAX_SCHEDULE_TIMEOUT, TASK_UNINTERRUPTIBLE);
}

static inline int __must_check wait_for_completion_interruptible(struct completion *x)
{
	long t = kshim_wait_for_completion(x, MAX_SCHEDULE_TIMEOUT, TASK_INTERRUPTIBLE);

	return t == -ERESTARTSYS ? (int)t : 0;
}

static inline int __must_check wait_for_completion_killable(struct completion *x)
{
	long t = kshim_wait_for_completion(x, MAX_SCHEDULE_TIMEOUT, TASK_KILLABLE);

	return t == -ERESTARTSYS ? (int)t : 0;
}

static inline unsigned long wait_for_completion_timeout(struct completion *x,
							unsigned long timeout)
{
	return (unsigned long)kshim_wait_for_completion(x, (long)timeout, TASK_UNINTERRUPTIBLE);
}

static inline long __must_check wait_for_completion_interruptible_timeout(struct completion *x,
									  unsigned long timeout)
{
	return kshim_wait_for_completion(x, (long)timeout, TASK_INTERRUPTIBLE);
}

static inline long __must_check wait_for_completion_killable_timeout(struct completion *x,
								     unsigned long timeout)
{
	return kshim_wait_for_completion(x, (long)timeout, TASK_KILLABLE);
}

static inline bool try_wait_for_completion(struct completion *x)
{
	return kshim_try_wait_for_completion(x);
}

static inline bool completion_done(struct completion *x)
{
	return kshim_completion_done(x);
}

#endif /* _KSHIM_LINUX_COMPLETION_H */
