// SPDX-License-Identifier: GPL-2.0-only
/*
 * The jobs, and the threads that start them. A job looks whether its thread is as new, defers
 * calls, ends in one of all ways, and leaves something changed.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "pool.h"

/* Threads that start jobs, and jobs that one of them starts before it waits for all of these. */
#define PRODUCERS	2
#define BATCH		32

/* One of so many jobs ends with a panic that nobody recovers: its report takes long. */
#define UNCAUGHT	256

/* One of so many leaves something that cannot be put right: its thread is not used again. */
#define FOR_GOOD	64

struct pool_counts counts;

struct producer;

/**
 * struct member - a job as a member of a group
 * @nr: which job
 * @producer: who has started it
 */
struct member {
	unsigned long nr;
	struct producer *producer;
};

/**
 * struct producer - a thread that starts jobs
 * @thread: the thread
 * @members: those of the batch
 * @nr_members: how many there are
 * @ended: how many of them have ended
 */
struct producer {
	struct task_struct *thread;
	struct member members[BATCH];
	unsigned int nr_members;
	atomic_t ended;
};

static struct producer producers[PRODUCERS];
static unsigned int jobs_each;

/* Counted before: without memory, kdefer() makes the call at once, and panics. */
#define defer_counted(fn, arg)							\
do {										\
	atomic_long_inc(&counts.deferred);					\
	kdefer(fn, arg);							\
} while (0)

static void count_call(void *unused)
{
	atomic_long_inc(&counts.ran);
}

static void count_end(void *unused)
{
	count_call(NULL);
	atomic_long_inc(&counts.ended);
}

static void recover_and_count(void *unused, struct kdefer_panic *p)
{
	struct kdefer_value v;

	count_call(NULL);
	if (krecover(p, &v) && v.err != -EIO)
		wrong("recovered %d", v.err);
}

static KDEFER_DEFINE_VOID1(panics_and_recovers, unsigned int, depth)
{
	defer_counted(recover_and_count, NULL);
	if (depth)
		panics_and_recovers(depth - 1);
	kpanic(-EIO);
}

/* The last of the job's calls to run. */
static void change_and_count(void *nr)
{
	count_end(NULL);
	change_something((unsigned long)nr / 2);
}

static KDEFER_DEFINE_VOID1(ends_somehow, unsigned long, nr)
{
	defer_counted(change_and_count, (void *)nr);
	defer_counted(count_call, NULL);
	if (nr % 3 == 0)
		panics_and_recovers(nr % 4);
	if (nr % UNCAUGHT == 0)
		kpanic(-EIO);
	if (nr % 2)
		kgoexit(nr);
}

static KDEFER_DEFINE_VOID0(returns)
{
	defer_counted(count_end, NULL);
	defer_counted(count_call, NULL);
}

/* What cannot be put right may be left by a return only: with a panic or a goexit it is a throw. */
static void job(void *arg)
{
	unsigned long nr = (unsigned long)arg;
	const char *not_new = not_as_new();

	if (not_new)
		wrong("a thread is not as new: %s", not_new);
	if (nr % FOR_GOOD) {
		ends_somehow(nr);
		return;
	}
	returns();
	change_for_good(nr / FOR_GOOD);
}

static void count_member(void *arg)
{
	struct member *m = arg;

	count_call(NULL);
	atomic_inc(&m->producer->ended);
}

static KDEFER_DEFINE1(long, run_member, struct member *, m)
{
	defer_counted(count_member, m);
	job((void *)m->nr);
	return 0;
}

static long member(void *arg)
{
	return run_member(arg);
}

static int start_member(struct producer *p, struct kdefer_group *g, unsigned long nr)
{
	struct member *m = &p->members[p->nr_members];
	int err;

	m->nr = nr;
	m->producer = p;
	err = kdefer_group_go(g, member, m);
	p->nr_members += !err;
	return err;
}

/* Every other one as a member of a group, and some where sleeping is not allowed. */
static void start_job(struct producer *p, struct kdefer_group *g, unsigned long nr)
{
	bool atomic = nr % 8 > 5;
	int err;

	atomic_long_inc(&counts.jobs);
	if (atomic)
		preempt_disable();
	err = nr % 2 ? kdefer_go(job, (void *)nr) : start_member(p, g, nr);
	if (atomic)
		preempt_enable();
	if (!err)
		return;
	atomic_long_dec(&counts.jobs);
	if (err == -EAGAIN && atomic)
		atomic_long_inc(&counts.refused);
	else
		wrong("a job was not started: %d", err);
}

/*
 * Members of the group have ended when it was waited for, and the others some time later. Jobs that
 * are never told to have ended are to fail the test, rather than to stop it.
 */
static bool wait_for_batch(struct producer *p, struct kdefer_group *g)
{
	struct kdefer_outcome out;

	if (!kdefer_group_wait_timeout(g, &out, patience * HZ)) {
		wrong("members of a group have not ended");
		return false;
	}
	if (out.how == KDEFER_PANICKED && out.value.err != -EIO)
		wrong("a member has panicked with %d", out.value.err);
	if (atomic_read(&p->ended) != p->nr_members) {
		wrong("%u members are told to have ended, and %d have", p->nr_members,
		      atomic_read(&p->ended));
		return false;
	}
	p->nr_members = 0;
	atomic_set(&p->ended, 0);
	return true;
}

static int produce(void *arg)
{
	struct producer *p = arg;
	unsigned long i, first = (p - producers) * UNCAUGHT / 2;
	struct kdefer_group g;

	kdefer_group_init(&g);
	for (i = 0; i < jobs_each && !kthread_should_stop(); i++) {
		start_job(p, &g, first + i);
		if (i % BATCH == BATCH - 1 && !wait_for_batch(p, &g))
			return -ETIMEDOUT;
	}
	return wait_for_batch(p, &g) ? 0 : -ETIMEDOUT;
}

/* Starts the threads that start @nr jobs. */
int jobs_start(unsigned int nr)
{
	struct producer *p;

	jobs_each = nr / PRODUCERS;
	for (p = producers; p < producers + PRODUCERS; p++) {
		p->thread = kdefer_kthread_run(produce, p, "producer/%td", p - producers);
		if (IS_ERR(p->thread)) {
			jobs_stop();
			return -ENOMEM;
		}
	}
	return 0;
}

/* Waits until all jobs were started, and have ended. */
void jobs_wait(void)
{
	struct producer *p;

	for (p = producers; p < producers + PRODUCERS; p++)
		while (!READ_ONCE(p->thread->exit_state))
			schedule_timeout_interruptible(HZ / 50);
	jobs_stop();
}

/* Where jobs do not end there is something wrong already. */
void jobs_stop(void)
{
	struct producer *p;

	for (p = producers; p < producers + PRODUCERS; p++) {
		if (!IS_ERR_OR_NULL(p->thread) && kdefer_kthread_stop(p->thread, NULL))
			wrong("a thread that starts jobs has given up");
		p->thread = NULL;
	}
	if (!atomic_long_read(&counts.wrong))
		kdefer_go_wait();
}
