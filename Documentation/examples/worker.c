// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shape of a kdefer kthread: started, fed, stopped, and joined with its outcome. The same
 * source is a kernel module and a program over the shim.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <kdefer/kdefer.h>

/* One at a time: who asks waits for the answer. */
struct job {
	spinlock_t lock;	/* guards pending and closed */
	bool pending;
	bool closed;		/* there is nobody any more who would take it */
	int input;
	int result;
	struct completion done;
};

static DECLARE_WAIT_QUEUE_HEAD(queue);
static struct job job;

/* start worker */
static void job_recover(void *arg, struct kdefer_panic *p)
{
	struct kdefer_value v;
	struct job *j = arg;

	if (krecover(p, &v))
		j->result = v.err;
}

DEFINE_KDEFER(job_complete, struct job *, complete(&_T->done))

/* The boundary of one job: no panic of a job ends the thread. */
static KDEFER_DEFINE_VOID1(do_job, struct job *, j)
{
	kdefer(job_complete, j);
	kdefer(job_recover, j);
	if (j->input < 0)
		kpanic(-EINVAL);
	if (j->input == 99)
		kgoexit(j->input);
	j->result = 2 * j->input;
}

static bool job_take(struct job *j)
{
	bool taken;

	spin_lock(&j->lock);
	taken = j->pending;
	j->pending = false;
	spin_unlock(&j->lock);
	return taken;
}

/* Runs last on every way out. A job that nobody has taken is answered, and there are no others. */
static void close_jobs(struct job *j)
{
	spin_lock(&j->lock);
	j->closed = true;
	if (j->pending) {
		j->pending = false;
		j->result = -ESHUTDOWN;
		complete(&j->done);
	}
	spin_unlock(&j->lock);
}

DEFINE_KDEFER(worker_ends, struct job *, close_jobs(_T))

static KDEFER_DEFINE1(int, worker, void *, arg)
{
	struct job *j = arg;
	bool taken;

	kdefer(worker_ends, j);
	for (;;) {
		wait_event_idle(queue, (taken = job_take(j)) || kthread_should_stop());
		if (!taken)
			return 0;
		do_job(j);
	}
}

static int ask(struct job *j, int input)
{
	bool closed;

	spin_lock(&j->lock);
	closed = j->closed;
	if (!closed) {
		j->input = input;
		j->result = 0;
		j->pending = true;
	}
	spin_unlock(&j->lock);
	if (closed)
		return -ESHUTDOWN;
	wake_up(&queue);
	wait_for_completion(&j->done);
	return j->result;
}

/* end worker */

static void ask_and_print(int input)
{
	pr_info("job %d: %d\n", input, ask(&job, input));
}

static int __init worker_init(void)
{
	struct kdefer_outcome out;
	struct task_struct *t;

	spin_lock_init(&job.lock);
	init_completion(&job.done);
	t = kdefer_kthread_run(worker, &job, "doc_worker");
	if (IS_ERR(t))
		return PTR_ERR(t);
	ask_and_print(21);
	ask_and_print(-1);
	/* This one ends the thread, by kgoexit(): it is answered, and those that come after it. */
	ask_and_print(99);
	ask_and_print(21);
	kdefer_kthread_stop(t, &out);
	pr_info("the thread %s, %ld\n", out.how == KDEFER_GOEXITED ? "called kgoexit" : "ended",
		out.result);
	return 0;
}

static void __exit worker_exit(void)
{
}

module_init(worker_init);
module_exit(worker_exit);

MODULE_DESCRIPTION("kdefer: a thread that is fed, and joined");
MODULE_LICENSE("GPL");
