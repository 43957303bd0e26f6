/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_SCHED_SIGNAL_H
#define _KSHIM_LINUX_SCHED_SIGNAL_H

#include <signal.h>
#include <linux/sched.h>

/*
 * A signal to a task of the shim is a mark on the task, no signal to the process: as in the kernel
 * a kthread takes none that it has not allowed.
 */
void kshim_allow_signal(int sig, bool allow);
int kshim_send_sig(int sig, struct task_struct *p);
void kshim_flush_signals(struct task_struct *t);
int kshim_dequeue_signal(void);

static inline void allow_signal(int sig)
{
	kshim_allow_signal(sig, true);
}

static inline void disallow_signal(int sig)
{
	kshim_allow_signal(sig, false);
}

static inline int send_sig(int sig, struct task_struct *p, int priv __maybe_unused)
{
	return kshim_send_sig(sig, p);
}

static inline void flush_signals(struct task_struct *t)
{
	kshim_flush_signals(t);
}

static inline int kernel_dequeue_signal(void)
{
	return kshim_dequeue_signal();
}

#endif /* _KSHIM_LINUX_SCHED_SIGNAL_H */
