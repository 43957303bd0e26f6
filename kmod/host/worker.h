/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The threads of the pool.
 */
#ifndef _KDEFER_HOST_WORKER_H
#define _KDEFER_HOST_WORKER_H

#include <linux/cpumask.h>
#include <linux/sched.h>

#include "kthread.h"

/**
 * struct kdefer_worker_new - what a thread of the pool was like when it was new
 * @comm: its name
 * @flags: its flags, of those that a job may change
 * @cpus: the CPUs that it may run on
 */
struct kdefer_worker_new {
	char comm[TASK_COMM_LEN];
	unsigned int flags;
	cpumask_var_t cpus;
};

/**
 * struct kdefer_worker - a thread of the pool
 * @kt: how kdefer finds the thread's task
 * @all: link in the list of all threads of the pool
 * @link: link in the list of idle ones, of those with a job that were not woken, or of those to be
 *	ended
 * @idle_since: in jiffies, when it became idle
 * @ready: @job is to be run, and the thread was woken for that
 * @runq: where it waits, or has waited, to be woken
 * @job: what it runs; the function is NULL when there is nothing to run
 * @ending: the function of a job that is over, while its group is told
 * @killed: it has ended in the middle of a job, and tells of that later than kthread_stop() waits
 * @as_new: what it has to be like before it runs anything else
 */
struct kdefer_worker {
	struct kdefer_kthread kt;
	struct list_head all;
	struct list_head link;
	unsigned long idle_since;
	bool ready;
	struct kdefer_runq *runq;
	struct kdefer_job job;
	kdefer_any_fn ending;
	bool killed;
	struct kdefer_worker_new as_new;
};

/* worker.c */
bool kdefer_worker_new_init(struct kdefer_worker_new *as_new);
void kdefer_worker_new_free(struct kdefer_worker_new *as_new);
void kdefer_worker_new_save(struct kdefer_worker_new *as_new);
bool kdefer_worker_renew(const struct kdefer_worker_new *as_new, const struct kdefer_job *job,
			 const struct kdefer_snapshot *then);

/* go.c */
int kdefer_pool_init(void);
void kdefer_pool_exit(void);
void kdefer_pool_thread_exits(const struct task_struct *p);

#endif /* _KDEFER_HOST_WORKER_H */
