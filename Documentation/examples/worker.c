// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shape of a kdefer kthread: started, fed, stopped, and joined with its outcome. The same
 * source is a kernel module and a program over the shim.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/wait.h>
#include <kdefer/kdefer.h>

struct job {
	int input;
	int result;
	bool pending;
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
	return xchg(&j->pending, false);
}

static int worker(void *arg)
{
	struct job *j = arg;
	bool taken;

	for (;;) {
		wait_event_idle(queue, (taken = job_take(j)) || kthread_should_stop());
		if (!taken)
			return 0;
		do_job(j);
	}
}

/* end worker */

static void ask(int input)
{
	job.input = input;
	job.result = 0;
	/* Pairs with the xchg() of job_take(): what the job is comes before that there is one. */
	smp_store_release(&job.pending, true);
	wake_up(&queue);
	wait_for_completion(&job.done);
	pr_info("job %d: %d\n", input, job.result);
}

static int __init worker_init(void)
{
	struct kdefer_outcome out;
	struct task_struct *t;

	init_completion(&job.done);
	t = kdefer_kthread_run(worker, &job, "doc_worker");
	if (IS_ERR(t))
		return PTR_ERR(t);
	ask(21);
	ask(-1);
	ask(99);
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
