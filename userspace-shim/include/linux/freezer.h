/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_FREEZER_H
#define _KSHIM_LINUX_FREEZER_H

#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/wait.h>

/*
 * A process is suspended as a whole: nobody asks its threads to freeze, as in a kernel without
 * CONFIG_FREEZER.
 */
static inline bool freezing(struct task_struct *p __maybe_unused)
{
	return false;
}

static inline bool try_to_freeze(void)
{
	return false;
}

static inline bool set_freezable(void)
{
	WRITE_ONCE(current->flags, current->flags & ~PF_NOFREEZE);
	return false;
}

static inline bool kthread_freezable_should_stop(bool *was_frozen)
{
	if (was_frozen)
		*was_frozen = false;
	return kthread_should_stop();
}

#define wait_event_freezable(wq_head, condition) wait_event_interruptible(wq_head, condition)
#define wait_event_freezable_timeout(wq_head, condition, timeout) \
	wait_event_interruptible_timeout(wq_head, condition, timeout)
#define freezable_schedule() schedule()
#define freezable_schedule_timeout(timeout) schedule_timeout(timeout)

#endif /* _KSHIM_LINUX_FREEZER_H */
