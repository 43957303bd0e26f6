/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KDEFER_HOST_KTHREAD_H
#define _KDEFER_HOST_KTHREAD_H

#include <linux/list.h>
#include <linux/list_nulls.h>

#include "../core/impl.h"

/**
 * struct kdefer_thread_entry - what a thread that has a task is found by
 * @node: link in a hash, by @owner
 * @owner: the thread
 * @start: when @owner started, since a later thread can have the same address
 * @serial: grows from each thread to the next
 * @task: its newest task
 */
struct kdefer_thread_entry {
	struct hlist_nulls_node node;
	struct task_struct *owner;
	u64 start;
	u64 serial;
	struct kdefer_task *task;
};

/**
 * struct kdefer_kthread - what a thread and its joiner share; the joiner frees it
 * @link: in the list of those that nobody has stopped yet
 * @thread: the thread
 * @main: what to do in place of all that, for a thread of the pool; else NULL
 * @fn: the user's main function
 * @data: its argument
 * @started: the thread ran
 * @lost: it ends by a kthread_stop() that kdefer was not told of
 * @outcome: how it ended
 * @entry: what it is found by while it runs
 * @storage: the thread's own task
 */
struct kdefer_kthread {
	struct list_head link;
	struct task_struct *thread;
	int (*main)(struct kdefer_kthread *kt);
	int (*fn)(void *data);
	void *data;
	bool started;
	bool lost;
	struct kdefer_outcome outcome;
	struct kdefer_thread_entry entry;
	struct kdefer_task_storage storage;
};

int kdefer_kthread_main(void *arg);
void kdefer_kthreads_exit(void);

#endif /* _KDEFER_HOST_KTHREAD_H */
