// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a thread of the pool as new: what one job has changed of its thread, the next one must not
 * find. What cannot be put right is reported, and the thread ends.
 */
#include <linux/kthread.h>
#include <linux/preempt.h>
#include <linux/ratelimit.h>
#include <linux/sched/signal.h>
#include <linux/sched/prio.h>
#include <linux/signal.h>
#include <linux/string.h>
#include <linux/mmu_context.h>

#include "host.h"
#include "worker.h"

/*
 * The flags that a job may change: set_freezable(), kthread_bind(), memalloc_*_save() and others.
 */
#define KDEFER_WORKER_FLAGS							\
	(PF_NOFREEZE | PF_NO_SETAFFINITY | PF_LOCAL_THROTTLE | KDEFER_MEMALLOC_FLAGS)

bool kdefer_worker_new_init(struct kdefer_worker_new *as_new)
{
	return zalloc_cpumask_var(&as_new->cpus, GFP_KERNEL);
}

void kdefer_worker_new_free(struct kdefer_worker_new *as_new)
{
	free_cpumask_var(as_new->cpus);
}

/* By the thread itself, before its first job. */
void kdefer_worker_new_save(struct kdefer_worker_new *as_new)
{
	memcpy(as_new->comm, current->comm, sizeof(as_new->comm));
	as_new->flags = current->flags & KDEFER_WORKER_FLAGS;
	cpumask_copy(as_new->cpus, current->cpus_ptr);
}

static void kdefer_restore_name(const struct kdefer_worker_new *as_new)
{
	if (likely(!memcmp(current->comm, as_new->comm, sizeof(as_new->comm))))
		return;
	task_lock(current);
	memcpy(current->comm, as_new->comm, sizeof(current->comm));
	task_unlock(current);
}

static bool kdefer_has_new_priority(void)
{
	return current->policy == SCHED_NORMAL && current->static_prio == DEFAULT_PRIO &&
	       !current->sched_reset_on_fork;
}

static bool kdefer_restore_priority(void)
{
	if (likely(kdefer_has_new_priority()))
		return true;
	sched_set_normal(current, 0);
	return kdefer_has_new_priority();
}

static bool kdefer_restore_cpus(const struct kdefer_worker_new *as_new)
{
	if (likely(cpumask_equal(current->cpus_ptr, as_new->cpus)))
		return true;
	return !set_cpus_allowed_ptr(current, as_new->cpus);
}

/* A kthread ignores all signals, until it allows one. */
static void kdefer_restore_signals(void)
{
	const struct k_sigaction *action = rcu_access_pointer(current->sighand)->action;
	int sig;

	/* As a loop this would be most of what the look at a thread costs. */
#pragma GCC unroll 64
	for (sig = 1; sig <= _NSIG; sig++)
		if (unlikely(action[sig - 1].sa.sa_handler != SIG_IGN))
			kernel_sigaction(sig, SIG_IGN);
	if (unlikely(!sigisemptyset(&current->blocked))) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
	}
	if (unlikely(signal_pending(current) || !sigisemptyset(&current->pending.signal) ||
		     !sigisemptyset(&current->signal->shared_pending.signal)))
		flush_signals(current);
}

/* That of a thread which has done I/O; the next job is not to inherit the priority of that. */
static bool kdefer_has_no_io_context(void)
{
#ifdef CONFIG_BLOCK
	return !current->io_context;
#else
	return true;
#endif
}

/* So that the thread can end: as the kernel does it for one that has oopsed. */
static void kdefer_enable_all(void)
{
	if (irqs_disabled())
		local_irq_enable();
	if (preempt_count())
		preempt_count_set(PREEMPT_ENABLED);
}

static void kdefer_report_left(const struct kdefer_job *job, const char *left)
{
	pr_warn_ratelimited("kdefer: thread %s[%d]: %ps() has ended with %s: its thread is not used again; defer the release right after the acquire\n",
			    current->comm, task_pid_nr(current), job->fn, left);
}

/*
 * Makes the thread as it was before it ran @job, when the snapshot @then was taken. False if it
 * must not be used again.
 */
bool kdefer_worker_renew(const struct kdefer_worker_new *as_new, const struct kdefer_job *job,
			 const struct kdefer_snapshot *then)
{
	const char *left = kdefer_host_repair_context(then, 0);

	if (unlikely(left)) {
		kdefer_report_left(job, left);
		kdefer_enable_all();
		/*
		 * The end of a thread would give up a reference that kthread_use_mm() has not
		 * taken.
		 */
		if (current->mm)
			kthread_unuse_mm(current->mm);
		return false;
	}
	current->flags = (current->flags & ~KDEFER_WORKER_FLAGS) | as_new->flags;
	kdefer_restore_name(as_new);
	kdefer_restore_signals();
	return kdefer_restore_priority() && kdefer_restore_cpus(as_new) &&
	       kdefer_has_no_io_context();
}
