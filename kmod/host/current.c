// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding the task of the current thread. That of a kdefer kthread is reached by its kthread data;
 * those of other threads are in a hash for as long as their outermost KDEFER function or
 * kdefer_run() lasts.
 */
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "registry.h"

struct kdefer_kthread *kdefer_current_kthread(void)
{
	if (kthread_func(current) != kdefer_kthread_main)
		return NULL;
	return kthread_data(current);
}

/*
 * The entry may be used after the RCU section has ended: nobody but the thread itself removes it,
 * and that thread is here.
 */
struct kdefer_foreign *kdefer_current_foreign(void)
{
	struct kdefer_foreign *f;

	rcu_read_lock();
	f = kdefer_find_foreign(current);
	rcu_read_unlock();
	return f;
}

/* The task of the current thread, also where it is in a trap that the kernel counts as an NMI. */
struct kdefer_task *kdefer_current_in_trap(void)
{
	struct kdefer_kthread *kt = kdefer_current_kthread();
	struct kdefer_foreign *f;

	if (kt)
		return kt->entry.task;
	f = kdefer_current_foreign();
	return f ? f->entry.task : NULL;
}

/* The task of the current thread; NULL if there is none, and in interrupt context. */
struct kdefer_task *kdefer_current(void)
{
	return likely(in_task()) ? kdefer_current_in_trap() : NULL;
}
EXPORT_SYMBOL_GPL(kdefer_current);
