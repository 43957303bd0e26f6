/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KDEFER_HOST_KTHREAD_H
#define _KDEFER_HOST_KTHREAD_H

#include <linux/list.h>

#include "../core/impl.h"

/**
 * struct kdefer_kthread - what a thread and its joiner share; the joiner frees it
 * @link: among those that nobody has stopped yet, or that kthread_stop() has, or that kdefer is
 *	just stopping
 * @thread: the thread
 * @main: what to do in place of all that, for a thread of the pool; else NULL
 * @fn: the user's main function
 * @data: its argument
 * @stopper: who is just stopping it, for kdefer
 * @started: the thread ran
 * @ended: and has come to its end
 * @stopped: with kthread_stop(), before its end or after it
 * @outcome: how it ended
 * @storage: the memory of the thread's task
 */
struct kdefer_kthread {
	struct hlist_node link;
	struct task_struct *thread;
	int (*main)(struct kdefer_kthread *kt);
	int (*fn)(void *data);
	void *data;
	struct task_struct *stopper;
	bool started;
	bool ended;
	bool stopped;
	struct kdefer_outcome outcome;
	struct kdefer_task_storage *storage;
};

int kdefer_kthread_main(void *arg);
void kdefer_kthreads_exit(void);
int kdefer_kthread_stop_own(struct kdefer_kthread *kt);
void kdefer_kthread_is_stopped(struct task_struct *t);

#endif /* _KDEFER_HOST_KTHREAD_H */
