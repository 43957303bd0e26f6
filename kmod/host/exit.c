// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that end inside a KDEFER function: killed by an oops, or because they have called
 * kthread_exit(), do_exit() or what comes down to it, as a failed KUnit assertion does. And threads
 * of kdefer's that are stopped with kthread_stop().
 */
#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/limits.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "registry.h"
#include "worker.h"
#include "../compat/process_exit.h"

/*
 * The exit code does not tell an oops from a call: newer kernels take what a kthread has given to
 * kthread_exit() for it, which may be any number.
 */
static int kdefer_note_oops(struct notifier_block *nb, unsigned long val, void *data)
{
	struct kdefer_task *task = val == DIE_OOPS ? kdefer_current_in_trap() : NULL;

	if (task)
		task->killed = true;
	return NOTIFY_DONE;
}
NOKPROBE_SYMBOL(kdefer_note_oops);

/* Called behind the notifier which makes a panic of a fault: it ends the chain for those. */
static struct notifier_block kdefer_oops_notifier = {
	.notifier_call = kdefer_note_oops,
	.priority = INT_MAX - 1,
};

/*
 * The stack of a thread that was killed may be overwritten by now, and is not looked at. Nothing is
 * lost where nothing is pending, as after a throw whose deferred calls have run.
 */
static void kdefer_say_lost(struct task_struct *p, const struct kdefer_task *task)
{
	const struct kdefer_frame *frame = kdefer_open_frame(task);

	if (!frame)
		return;
	if (task->killed)
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

static void kdefer_thread_of_group_exits(void *data, struct task_struct *p, bool last)
{
	kdefer_thread_exits(data, p);
}

static void kdefer_thread_is_stopped(void *data, struct task_struct *t)
{
	kdefer_kthread_is_stopped(t);
}

/* What kdefer wants to be told of, by a tracepoint that is not exported. */
static struct kdefer_watched {
	const char *name;
	void *probe;
	struct tracepoint *tp;
} kdefer_watched[] = {
	{
		"sched_process_exit",
		KDEFER_EXIT_TELLS_GROUP ? (void *)kdefer_thread_of_group_exits :
					  (void *)kdefer_thread_exits,
	},
	{ "sched_kthread_stop", (void *)kdefer_thread_is_stopped },
};

static void kdefer_match_watched(struct tracepoint *tp, void *priv)
{
	struct kdefer_watched *w;

	for (w = kdefer_watched; w < kdefer_watched + ARRAY_SIZE(kdefer_watched); w++) {
		if (!strcmp(tp->name, w->name))
			w->tp = tp;
	}
}

static int kdefer_watch(const struct kdefer_watched *w)
{
	if (w->tp)
		return tracepoint_probe_register(w->tp, w->probe, NULL);
	pr_err("kdefer: this kernel has no tracepoint %s: build it with CONFIG_TRACEPOINTS\n",
	       w->name);
	return -ENODEV;
}

/* The first @nr of them. */
static void kdefer_unwatch_tracepoints(unsigned int nr)
{
	while (nr--)
		tracepoint_probe_unregister(kdefer_watched[nr].tp, kdefer_watched[nr].probe, NULL);
	tracepoint_synchronize_unregister();
}

static int kdefer_watch_tracepoints(void)
{
	unsigned int i;
	int err;

	for_each_kernel_tracepoint(kdefer_match_watched, NULL);
	for (i = 0; i < ARRAY_SIZE(kdefer_watched); i++) {
		err = kdefer_watch(&kdefer_watched[i]);
		if (err) {
			kdefer_unwatch_tracepoints(i);
			return err;
		}
	}
	return 0;
}

int kdefer_watch_exits(void)
{
	int err = register_die_notifier(&kdefer_oops_notifier);

	if (err)
		return err;
	err = kdefer_watch_tracepoints();
	if (err)
		unregister_die_notifier(&kdefer_oops_notifier);
	return err;
}

void kdefer_unwatch_exits(void)
{
	kdefer_unwatch_tracepoints(ARRAY_SIZE(kdefer_watched));
	unregister_die_notifier(&kdefer_oops_notifier);
	/*
	 * For what killed threads left, and for nodes of tracers that were recycled:
	 * return_hooks.c.
	 */
#ifdef CONFIG_TASKS_RCU
	rcu_barrier_tasks();
#endif
	rcu_barrier();
}
