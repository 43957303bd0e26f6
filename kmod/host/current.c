// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding the task of the current thread. Every CPU has a guess, the task that was found there
 * last, which kdefer_current() looks at first; after that comes the registry.
 */
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "registry.h"

/* What a CPU guesses while it knows no task. It has no owner, so it is no thread's. */
static struct kdefer_task kdefer_no_task;

DEFINE_PER_CPU(struct kdefer_task *, __kdefer_last_task);
EXPORT_PER_CPU_SYMBOL_GPL(__kdefer_last_task);

/*
 * Not by an initializer: an address in the initial value of a module's per-CPU variable would be
 * that of before the module was relocated.
 */
void kdefer_guess_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		per_cpu(__kdefer_last_task, cpu) = &kdefer_no_task;
}

/*
 * The task of the current thread, also where it is in a trap that the kernel counts as an NMI, and
 * where it is an idle thread, which RCU-tasks does not wait for. It may be used after the RCU
 * section has ended: nobody but the thread itself takes it out of the registry, and that thread is
 * here.
 */
struct kdefer_task *kdefer_current_in_trap(void)
{
	struct kdefer_attachment *a;

	rcu_read_lock();
	a = kdefer_find_attachment(current);
	rcu_read_unlock();
	return a ? &a->storage.task : NULL;
}

struct kdefer_task *__kdefer_find_task(void)
{
	struct kdefer_attachment *a = likely(in_task()) ? kdefer_find_attachment(current) : NULL;

	if (!a)
		return NULL;
	/* It does no harm if this is another CPU by now. */
	raw_cpu_write(__kdefer_last_task, &a->storage.task);
	return &a->storage.task;
}
EXPORT_SYMBOL_GPL(__kdefer_find_task);

/*
 * No CPU guesses @task from here on. A thread that has guessed it just before may still read its
 * owner, so the memory must stay until those have looked; see kdefer_free_attachment().
 */
void kdefer_forget_guesses(const struct kdefer_task *task)
{
	int cpu;

	for_each_possible_cpu(cpu)
		cmpxchg(per_cpu_ptr(&__kdefer_last_task, cpu), (struct kdefer_task *)task,
			&kdefer_no_task);
}
