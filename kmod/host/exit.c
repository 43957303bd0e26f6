// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that end inside a KDEFER function: killed by an oops, or because they have called
 * kthread_exit(), do_exit() or what comes down to it, as a failed KUnit assertion does.
 */
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "registry.h"
#include "worker.h"

/*
 * An RCU callback runs in interrupt context, where the lock of the spare tasks must not be taken:
 * the memory is freed, and never kept as a spare one.
 */
static void kdefer_reap_rcu(struct rcu_head *rcu)
{
	struct kdefer_task *task = container_of(rcu, struct kdefer_foreign, rcu)->entry.task;
	struct kdefer_task *parent;

	for (; task; task = parent) {
		parent = task->parent;
		kdefer_free_chunks(task);
		kfree(container_of(task, struct kdefer_foreign, storage.task));
	}
}

/* The newest KDEFER function that has not ended, of a thread whose newest task is @task. */
static const struct kdefer_frame *kdefer_open_frame(const struct kdefer_task *task)
{
	while (task && !task->frames)
		task = task->parent;
	return task ? task->frames : NULL;
}

/* An exit by a call has a code, or none; an oops ends the thread with the number of a signal. */
static bool kdefer_was_killed(const struct task_struct *p)
{
	return p->exit_code & 0x7f;
}

/*
 * The stack of a thread that was killed may be overwritten by now, and is not looked at. Nothing is
 * lost after a throw whose deferred calls have run: it has left no frame.
 */
static void kdefer_say_lost(struct task_struct *p, const struct kdefer_task *task)
{
	const struct kdefer_frame *frame = kdefer_open_frame(task);

	if (!frame)
		return;
	if (kdefer_was_killed(p))
		pr_warn("kdefer: thread %s[%d] was killed inside a KDEFER function: its deferred calls did not run\n",
			p->comm, task_pid_nr(p));
	else
		pr_warn("kdefer: thread %s[%d] has called kthread_exit() or do_exit() inside the KDEFER function %ps(): its deferred calls did not run; use kgoexit()\n",
			p->comm, task_pid_nr(p), (void *)kdefer_frame_ip(frame));
}

/*
 * A thread that ends inside a KDEFER function loses its deferred calls, but the memory that kdefer
 * keeps for it must not be lost. It is freed by RCU, because the kernel calls this with preemption
 * off, where PREEMPT_RT allows nobody to free memory.
 */
static void kdefer_thread_exits(void *data, struct task_struct *p)
{
	struct kdefer_foreign *f;

	if (kthread_func(p) == kdefer_kthread_main) {
		kdefer_say_lost(p, kdefer_kthread_exits(p));
		kdefer_pool_thread_exits(p);
		return;
	}
	rcu_read_lock();
	f = kdefer_find_foreign(p);
	rcu_read_unlock();
	if (!f)
		return;
	kdefer_say_lost(p, f->entry.task);
	kdefer_foreign_del(f);
	call_rcu(&f->rcu, kdefer_reap_rcu);
}

static struct tracepoint *kdefer_exit_tracepoint;

static void kdefer_match_exit(struct tracepoint *tp, void *priv)
{
	if (!strcmp(tp->name, "sched_process_exit"))
		kdefer_exit_tracepoint = tp;
}

int kdefer_watch_exits(void)
{
	for_each_kernel_tracepoint(kdefer_match_exit, NULL);
	if (!kdefer_exit_tracepoint) {
		pr_err("kdefer: this kernel has no tracepoint sched_process_exit: build it with CONFIG_TRACEPOINTS\n");
		return -ENODEV;
	}
	return tracepoint_probe_register(kdefer_exit_tracepoint, kdefer_thread_exits, NULL);
}

void kdefer_unwatch_exits(void)
{
	tracepoint_probe_unregister(kdefer_exit_tracepoint, kdefer_thread_exits, NULL);
	tracepoint_synchronize_unregister();
	/*
	 * For the callbacks that free what ended threads have left, and those of return_hooks.c,
	 * which free nodes of probes that were unregistered.
	 */
	rcu_barrier();
}
