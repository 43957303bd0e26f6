/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_SCHED_H
#define _KSHIM_LINUX_SCHED_H

#include <kshim-glibc.h>

#include_next <linux/sched.h>
#include <limits.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/types.h>

#define TASK_RUNNING 0x00000000
#define TASK_INTERRUPTIBLE 0x00000001
#define TASK_UNINTERRUPTIBLE 0x00000002
#define TASK_PARKED 0x00000040
#define TASK_DEAD 0x00000080
#define TASK_WAKEKILL 0x00000100
#define TASK_NOLOAD 0x00000400
#define TASK_KILLABLE (TASK_WAKEKILL | TASK_UNINTERRUPTIBLE)
#define TASK_IDLE (TASK_UNINTERRUPTIBLE | TASK_NOLOAD)
#define TASK_NORMAL (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)

#define PF_EXITING 0x00000004
#define PF_NOFREEZE 0x00008000
#define PF_KTHREAD 0x00200000

#define TASK_COMM_LEN 16
#define MAX_SCHEDULE_TIMEOUT LONG_MAX

struct kunit;

/* Every thread of the process has one: a kthread from its start, any other from its first use. */
struct task_struct {
	unsigned int __state;
	unsigned int flags;
	pid_t pid;
	pid_t tgid;
	char comm[TASK_COMM_LEN];
	struct kunit *kunit_test;
};

extern kshim_tls struct task_struct *kshim_current_task;
struct task_struct *kshim_adopt_thread(void);

void kshim_set_current_state(unsigned int state);
void kshim_schedule(void);
long kshim_schedule_timeout(long timeout);
bool kshim_wake_up_state(struct task_struct *p, unsigned int state);
struct task_struct *kshim_get_task(struct task_struct *t);
void kshim_put_task(struct task_struct *t);
bool kshim_signal_pending(struct task_struct *p);
void kshim_yield(void);

static __always_inline struct task_struct *get_current(void)
{
	struct task_struct *t = kshim_current_task;

	return likely(t) ? t : kshim_adopt_thread();
}

#define current get_current()

#define __set_current_state(state_value) kshim_set_current_state(state_value)
#define set_current_state(state_value) kshim_set_current_state(state_value)
#define get_current_state() READ_ONCE(current->__state)
#define task_is_running(task) (READ_ONCE((task)->__state) == TASK_RUNNING)

static inline void schedule(void)
{
	kshim_schedule();
}

static inline void io_schedule(void)
{
	kshim_schedule();
}

static inline long schedule_timeout(long timeout)
{
	return kshim_schedule_timeout(timeout);
}

static inline long schedule_timeout_interruptible(long timeout)
{
	kshim_set_current_state(TASK_INTERRUPTIBLE);
	return kshim_schedule_timeout(timeout);
}

static inline long schedule_timeout_killable(long timeout)
{
	kshim_set_current_state(TASK_KILLABLE);
	return kshim_schedule_timeout(timeout);
}

static inline long schedule_timeout_uninterruptible(long timeout)
{
	kshim_set_current_state(TASK_UNINTERRUPTIBLE);
	return kshim_schedule_timeout(timeout);
}

static inline long schedule_timeout_idle(long timeout)
{
	kshim_set_current_state(TASK_IDLE);
	return kshim_schedule_timeout(timeout);
}

static inline void yield(void)
{
	kshim_yield();
}

#define cond_resched() \
({ \
	might_sleep(); \
	kshim_yield(); \
	0; \
})

static inline int wake_up_process(struct task_struct *p)
{
	return kshim_wake_up_state(p, TASK_NORMAL);
}

static inline int wake_up_state(struct task_struct *p, unsigned int state)
{
	return kshim_wake_up_state(p, state);
}

static inline struct task_struct *get_task_struct(struct task_struct *t)
{
	return kshim_get_task(t);
}

static inline void put_task_struct(struct task_struct *t)
{
	kshim_put_task(t);
}

static inline pid_t task_pid_nr(struct task_struct *t)
{
	return t->pid;
}

static inline pid_t task_tgid_nr(struct task_struct *t)
{
	return t->tgid;
}

static inline int signal_pending(struct task_struct *p)
{
	return kshim_signal_pending(p);
}

static inline int fatal_signal_pending(struct task_struct *p)
{
	return !(p->flags & PF_KTHREAD) && kshim_signal_pending(p);
}

static inline int signal_pending_state(unsigned int state, struct task_struct *p)
{
	if (!(state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)))
		return 0;
	return state & TASK_INTERRUPTIBLE ? signal_pending(p) : fatal_signal_pending(p);
}

/* Of the host's scheduler, as far as it lets the program have its way. */
void kshim_set_user_nice(struct task_struct *p, long nice);
int kshim_task_nice(const struct task_struct *p);
void kshim_sched_set_fifo(struct task_struct *p, bool low);
void kshim_sched_set_normal(struct task_struct *p, int nice);

#define MAX_NICE 19
#define MIN_NICE (-20)

static inline void set_user_nice(struct task_struct *p, long nice)
{
	kshim_set_user_nice(p, nice);
}

static inline int task_nice(const struct task_struct *p)
{
	return kshim_task_nice(p);
}

static inline void sched_set_fifo(struct task_struct *p)
{
	kshim_sched_set_fifo(p, false);
}

static inline void sched_set_fifo_low(struct task_struct *p)
{
	kshim_sched_set_fifo(p, true);
}

static inline void sched_set_normal(struct task_struct *p, int nice)
{
	kshim_sched_set_normal(p, nice);
}

static inline char *get_task_comm(char *buf, struct task_struct *tsk)
{
	for (int i = 0; i < TASK_COMM_LEN; i++)
		buf[i] = tsk->comm[i];
	return buf;
}

#endif /* _KSHIM_LINUX_SCHED_H */
