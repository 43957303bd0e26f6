// SPDX-License-Identifier: GPL-2.0-only
/*
 * The go statement: a function on a thread of its own. The threads are the host's, which keeps
 * those that have ended for the next function.
 */
#include "impl.h"

static long kdefer_job_body(void *arg)
{
	const struct kdefer_job *job = arg;

	if (job->group)
		return kdefer_fn_cast(long (*)(void *), job->fn)(job->arg);
	kdefer_fn_cast(kdefer_fn, job->fn)(job->arg);
	return 0;
}

/* Returns false if a member has failed and its group does not keep what it has come to. */
static bool kdefer_job_keep(const struct kdefer_job *job, const struct kdefer_barrier *b)
{
	if (likely(b->how == KDEFER_RETURNED && b->result >= 0))
		return true;
	kdefer_fill_outcome(b);
	return kdefer_group_keep(job->group, b->out);
}

/* Runs @job to its end, whichever that is. If it has a group and fails, @out is filled in. */
void kdefer_job_run(const struct kdefer_job *job, struct kdefer_barrier *b,
		    struct kdefer_outcome *out, struct kdefer_task_storage *own)
{
	b->fn = kdefer_job_body;
	b->arg = (void *)job;
	b->out = job->group ? out : NULL;
	b->is_thread = true;
	b->thread_fn = (unsigned long)job->fn;
	kdefer_run_barrier(b, own);
	if (job->group && !kdefer_job_keep(job, b))
		kdefer_release_at_end(out, b->thread_fn, own);
}

/*
 * Tells whoever waits for @job. Its thread is in the pool again by then, so that who has waited
 * finds it there.
 */
void kdefer_job_ended(const struct kdefer_job *job)
{
	if (job->group)
		kdefer_group_end(job->group);
}

/* The thread of @job was killed, by an oops, or has called kthread_exit(). */
void kdefer_job_killed(const struct kdefer_job *job)
{
	const struct kdefer_outcome out = kdefer_outcome_of_errno(-EOWNERDEAD);

	if (job->group)
		kdefer_group_keep(job->group, &out);
	kdefer_job_ended(job);
}

/**
 * kdefer_go - run a function on a thread of its own, which nobody waits for
 * @fn: the function
 * @arg: its argument, which has to be valid for as long as @fn uses it
 *
 * Go's go statement. The thread comes from a pool and goes back there when @fn has returned, has
 * called kgoexit(), or has raised a panic that nobody recovered; such a panic is reported by the
 * policy of the module parameter ``uncaught``. The thread is as a new one each time. There is no
 * limit to how many run at a time; kdefer_group_limit() has one. A module calls kdefer_go_wait()
 * before it is unloaded.
 *
 * Context: any, interrupts included. Where it may not sleep, a thread must be idle. On a kernel
 * without CONFIG_PREEMPT_COUNT a spinlock that the caller holds cannot be seen.
 * Return: 0; -EAGAIN if it may not sleep here and no thread is idle; -ENOMEM if there is no memory
 * for one more.
 */
int kdefer_go(void (*fn)(void *), void *arg)
{
	struct kdefer_job job = { .fn = kdefer_fn_cast(kdefer_any_fn, fn), .arg = arg };

	return kdefer_host_go(&job);
}
EXPORT_SYMBOL_GPL(kdefer_go);
