// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that end inside a KDEFER function: killed by an oops, or because they have called
 * kthread_exit(), do_exit() or what comes down to it, as a failed KUnit assertion does.
 */
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "registry.h"
#include "worker.h"

/* An exit by a call has a code, or none; an oops ends the thread with the number of a signal. */
static bool kdefer_was_killed(const struct task_struct *p)
{
	return p->exit_code & 0x7f;
}

/*
 * The stack of a thread that was killed may be overwritten by now, and is not looked at. Nothing is
 * lost where nothing is pending, as after a throw whose deferred calls have run.
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
			p->comm, task_pid_nr(p), (void *)frame->ip);
}

/*
 * A thread can end inside a KDEFER function. Its deferred calls are lost; what kdefer keeps of it
 * is not. That of a kthread of kdefer's belongs to its joiner, which waits for as long as it has an
 * owner.
 */
static void kdefer_attached_exits(struct kdefer_attachment *a, struct task_struct *p)
{
	if (!kdefer_registry_del(a, p))
		return;
	kdefer_say_lost(p, &a->storage.task);
	if (a->storage.own)
		kdefer_count(KDEFER_STAT_THREADS_KILLED);
	else
		kdefer_free_attachment(a);
	WRITE_ONCE(a->storage.task.owner, NULL);
}

static void kdefer_thread_exits(void *data, struct task_struct *p)
{
	struct kdefer_attachment *a;

	rcu_read_lock();
	a = kdefer_find_attachment(p);
	rcu_read_unlock();
	if (unlikely(a))
		kdefer_attached_exits(a, p);
	if (kthread_func(p) == kdefer_kthread_main)
		kdefer_pool_thread_exits(p);
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
	 * For what killed threads left, and for nodes of tracers that were recycled:
	 * return_hooks.c.
	 */
#ifdef CONFIG_TASKS_RCU
	rcu_barrier_tasks();
#endif
	rcu_barrier();
}
