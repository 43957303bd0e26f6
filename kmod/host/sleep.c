// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that wait for another one.
 */
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "host.h"

/* Not preemptible(), which is never true without CONFIG_PREEMPT_COUNT. */
bool kdefer_host_may_sleep(void)
{
	return !preempt_count() && !irqs_disabled() && !rcu_preempt_depth();
}

bool kdefer_host_has_ended(const struct task_struct *t)
{
	return READ_ONCE(t->exit_state);
}

void kdefer_host_await_end(const struct task_struct *t)
{
	while (!kdefer_host_has_ended(t))
		schedule_timeout_uninterruptible(1);
}

void kdefer_host_sleeper_init(struct kdefer_sleeper *s)
{
	s->next = NULL;
	s->thread = current;
	s->woken = false;
}

long kdefer_host_sleep(struct kdefer_sleeper *s, long timeout)
{
	might_sleep();
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (READ_ONCE(s->woken) || !timeout)
			break;
		/* Most wait for ever, and need not pay for a look at the time. */
		if (timeout == MAX_SCHEDULE_TIMEOUT)
			schedule();
		else
			timeout = schedule_timeout(timeout);
	}
	__set_current_state(TASK_RUNNING);
	return timeout;
}

void kdefer_host_wake(struct kdefer_sleeper *s)
{
	WRITE_ONCE(s->woken, true);
	wake_up_process(s->thread);
}
