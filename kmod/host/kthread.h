/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KDEFER_HOST_KTHREAD_H
#define _KDEFER_HOST_KTHREAD_H

#include <linux/list.h>

#include "../core/impl.h"

/**
 * struct kdefer_kthread - what a thread and its joiner share; the joiner frees it
 * @link: in the list of those that nobody has stopped yet
 * @thread: the thread
 * @fn: the user's main function
 * @data: its argument
 * @started: the thread ran
 * @outcome: how it ended
 * @task: the thread's newest task, which is @root's but inside a kdefer_run()
 * @root: the thread's own task
 */
struct kdefer_kthread {
	struct list_head link;
	struct task_struct *thread;
	int (*fn)(void *data);
	void *data;
	bool started;
	struct kdefer_outcome outcome;
	struct kdefer_task *task;
	struct kdefer_root root;
};

int kdefer_kthread_main(void *arg);

#endif /* _KDEFER_HOST_KTHREAD_H */
