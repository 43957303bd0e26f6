// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where tasks begin and end: kdefer_run(), root frames on tasks that kdefer did not start, and the
 * kthreads that it does start, joined in every order.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

#include "kunit-capture.h"
#include "kunit-log.h"

static int run_kunit_init(struct kunit *test)
{
	klog_begin();
	return 0;
}

static long return_arg(void *arg)
{
	return (long)arg;
}

static long panic_with(void *err)
{
	kpanic((long)err);
}

static long goexit_with(void *code)
{
	kgoexit((long)code);
}

/* kdefer_run(): a function that returns; out may be NULL. */
static void run_returned(struct kunit *test)
{
	struct kdefer_outcome out;

	KUNIT_EXPECT_EQ(test, kdefer_run(return_arg, KLOG_NR(42), &out), 42L);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_RETURNED);
	KUNIT_EXPECT_EQ(test, out.result, 42L);
	KUNIT_EXPECT_EQ(test, kdefer_run(return_arg, KLOG_NR(-1), NULL), -1L);
}

/* kdefer_run(): a goexit, whose code is the result. */
static void run_goexited(struct kunit *test)
{
	struct kdefer_outcome out;

	KUNIT_EXPECT_EQ(test, kdefer_run(goexit_with, KLOG_NR(43), &out), 43L);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_GOEXITED);
	KUNIT_EXPECT_EQ(test, out.result, 43L);
	KUNIT_EXPECT_EQ(test, kdefer_run(goexit_with, KLOG_NR(-2), NULL), -2L);
}

/* kdefer_run(): an uncaught panic, whose errno is the result. */
static void run_panicked(struct kunit *test)
{
	struct kdefer_outcome out;

	KUNIT_EXPECT_EQ(test, kdefer_run(panic_with, KLOG_NR(-EIO), &out), (long)-EIO);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
	KUNIT_EXPECT_EQ(test, out.result, (long)-EIO);
	KUNIT_EXPECT_EQ(test, out.value.kind, KDEFER_ERRNO);
	KUNIT_EXPECT_EQ(test, out.value.err, -EIO);
	KUNIT_EXPECT_EQ(test, kdefer_run(panic_with, KLOG_NR(-EIO), NULL), (long)-EIO);
}

/* What an outcome held before is not taken for the value of this run, and released once more. */
static void run_leaves_no_old_value(struct kunit *test)
{
	static const struct kdefer_value none;
	struct kdefer_outcome out;

	kdefer_run(panic_with, KLOG_NR(-EIO), &out);
	kdefer_run(return_arg, KLOG_NR(42), &out);
	KUNIT_EXPECT_EQ(test, memcmp(&out.value, &none, sizeof(none)), 0);
	kdefer_run(panic_with, KLOG_NR(-EIO), &out);
	kdefer_run(goexit_with, KLOG_NR(43), &out);
	KUNIT_EXPECT_EQ(test, memcmp(&out.value, &none, sizeof(none)), 0);
}

static KDEFER_DEFINE1(long, run_recovers_itself, void *, arg)
{
	kdefer(klog_recover, "recovered");
	kdefer_result = 7;
	kpanic(-EIO);
}

/* kdefer_run(): a panic that is recovered inside is a return. */
static void run_recovered_inside(struct kunit *test)
{
	struct kdefer_outcome out;

	KUNIT_EXPECT_EQ(test, kdefer_run(run_recovers_itself, NULL, &out), 7L);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_RETURNED);
	KLOG_EXPECT(test, "recovered=-5");
}

/* kdefer_run() with interrupts off, which they still are after a panic inside. */
static void run_with_interrupts_off(struct kunit *test)
{
	struct kdefer_outcome out;
	bool off;

	local_irq_disable();
	kdefer_run(panic_with, KLOG_NR(-EIO), &out);
	off = irqs_disabled();
	local_irq_enable();
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
	KUNIT_EXPECT_TRUE(test, off);
}

static long nested_innermost(void *arg)
{
	kpanicf("innermost");
}

static KDEFER_DEFINE1(long, nested_inner, void *, arg)
{
	struct kdefer_outcome out;

	kdefer(klog_step, "inner");
	klog("how=%d", kdefer_run(nested_innermost, NULL, &out) == -ENOTRECOVERABLE ?
	     (int)out.how : -1);
	kgoexit(2);
}

static KDEFER_DEFINE1(long, nested_outer, void *, arg)
{
	struct kdefer_outcome out;

	kdefer(klog_step, "outer");
	kdefer_run(nested_inner, NULL, &out);
	klog("how=%d", (int)out.how);
	return out.result;
}

/* kdefer_run() nests: each run ends at its own barrier, and only its own deferred calls run. */
static void run_nests(struct kunit *test)
{
	struct kdefer_outcome out;

	KUNIT_EXPECT_EQ(test, kdefer_run(nested_outer, NULL, &out), 2L);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_RETURNED);
	KLOG_EXPECT(test, "how=2 inner how=1 outer");
}

static long use_token(void *token)
{
	klog("look=%d", !!kdefer_panic_value(token));
	klog("recover=%d", krecover(token, NULL));
	return 0;
}

static void pass_token_through_barrier(void *arg, struct kdefer_panic *p)
{
	kdefer_run(use_token, p, NULL);
	klog_try_recover("outside", p);
}

static KDEFER_DEFINE_VOID0(barrier_and_token)
{
	kdefer(pass_token_through_barrier, NULL);
	kpanic(-EIO);
}

/* A barrier does not let a token through; on this side of it the token is still good. */
static void run_stops_tokens(struct kunit *test)
{
	barrier_and_token();
	KLOG_EXPECT(test, "look=0 recover=0 outside=-5");
}

static KDEFER_DEFINE1(long, recover_on_the_other_side, void *, arg)
{
	kdefer(klog_recover, "other");
	return 0;
}

static void run_while_panicking(void *arg, struct kdefer_panic *p)
{
	struct kdefer_outcome out;

	kdefer_run(recover_on_the_other_side, NULL, &out);
	klog("how=%d", (int)out.how);
	kdefer_run(panic_with, KLOG_NR(-EPERM), &out);
	klog("how=%d", (int)out.how);
	klog_try_recover("this", p);
}

static KDEFER_DEFINE_VOID0(panic_around_run)
{
	kdefer(run_while_panicking, NULL);
	kpanic(-EIO);
}

/* A panic that is going on above the barrier is neither seen nor disturbed below it. */
static void run_hides_outer_panic(struct kunit *test)
{
	panic_around_run();
	KLOG_EXPECT(test, "other=- how=0 how=2 this=-5");
}

static KDEFER_DEFINE1(long, uncaught_in_root, void *, arg)
{
	kdefer(klog_step, "a");
	kdefer(klog_look, "b");
	kpanic(-EIO);
}

/* P1 at a barrier: every deferred call has run when kdefer_run() returns. */
static void run_ends_after_deferred_calls(struct kunit *test)
{
	kdefer_run(uncaught_in_root, NULL, NULL);
	KLOG_EXPECT(test, "b=-5 a");
}

static KDEFER_DEFINE1(int, root_frame, void *, arg)
{
	kdefer_result = (long)arg;
	kdefer(klog_recover, "root");
	kpanic(-EIO);
}

/* K26: a KDEFER function on a task of others is its own root: the case's thread is one. */
static void root_on_case_thread(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, root_frame(KLOG_NR(3)), 3);
	KUNIT_EXPECT_EQ(test, root_frame(KLOG_NR(4)), 4);
	KLOG_EXPECT(test, "root=-5 root=-5");
}

struct foreign {
	struct completion done;
	int result;
};

static int foreign_main(void *arg)
{
	struct foreign *f = arg;

	f->result = root_frame(KLOG_NR(5));
	complete(&f->done);
	while (!kthread_should_stop())
		usleep_range(50, 100);
	return f->result;
}

/* K26: so is a kthread that kthread_run() started, which ends as usual. */
static void root_on_foreign_kthread(struct kunit *test)
{
	struct foreign f = { };
	struct task_struct *t;

	init_completion(&f.done);
	t = kthread_run(foreign_main, &f, "foreign");
	KUNIT_ASSERT_FALSE(test, IS_ERR(t));
	wait_for_completion(&f.done);
	KUNIT_EXPECT_EQ(test, kthread_stop(t), 5);
	KLOG_EXPECT(test, "root=-5");
}

#ifdef __KERNEL__

#include <linux/workqueue.h>

struct foreign_work {
	struct work_struct work;
	int result;
	long run_result;
};

static void foreign_work_fn(struct work_struct *work)
{
	struct foreign_work *w = container_of(work, struct foreign_work, work);

	w->result = root_frame(KLOG_NR(6));
	w->run_result = kdefer_run(panic_with, KLOG_NR(-EPERM), NULL);
}

/* K26: so is a workqueue's worker. */
static void root_on_worker(struct kunit *test)
{
	struct foreign_work w = { };

	INIT_WORK_ONSTACK(&w.work, foreign_work_fn);
	schedule_work(&w.work);
	flush_work(&w.work);
	destroy_work_on_stack(&w.work);
	KUNIT_EXPECT_EQ(test, w.result, 6);
	KUNIT_EXPECT_EQ(test, w.run_result, (long)-EPERM);
	KLOG_EXPECT(test, "root=-5");
}

#else

static void root_on_worker(struct kunit *test)
{
	kunit_skip(test, "user space has no workqueues");
}

#endif

static int never_runs(void *arg)
{
	*(bool *)arg = true;
	return 0;
}

/* A thread that is stopped before it was woken never runs, and that is told. */
static void kthread_stopped_before_it_ran(struct kunit *test)
{
	struct kdefer_outcome out;
	struct task_struct *t;
	bool ran = false;

	t = kdefer_kthread_create(never_runs, &ran, "never");
	KUNIT_ASSERT_FALSE(test, IS_ERR(t));
	KUNIT_EXPECT_EQ(test, kdefer_kthread_stop(t, &out), -EINTR);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_RETURNED);
	KUNIT_EXPECT_EQ(test, out.result, (long)-EINTR);
	KUNIT_EXPECT_FALSE(test, ran);
}

enum job_end {
	JOB_RETURN,
	JOB_PANIC,
	JOB_GOEXIT,
};

struct job {
	struct completion started;
	enum job_end end;
	bool until_stopped;
	unsigned int deferred;
};

static void count_deferred(void *arg)
{
	struct job *job = arg;

	/* The joiner must wait for this, however long it takes. */
	usleep_range(1000, 2000);
	job->deferred++;
}

static KDEFER_DEFINE1(int, job_main, void *, arg)
{
	struct job *job = arg;

	kdefer(count_deferred, job);
	complete(&job->started);
	while (job->until_stopped && !kthread_should_stop())
		usleep_range(50, 100);
	if (job->end == JOB_PANIC)
		kpanic(-EIO);
	if (job->end == JOB_GOEXIT)
		kgoexit(9);
	return 8;
}

static const int job_results[] = {
	[JOB_RETURN] = 8,
	[JOB_PANIC] = -EIO,
	[JOB_GOEXIT] = 9,
};

static const enum kdefer_how job_hows[] = {
	[JOB_RETURN] = KDEFER_RETURNED,
	[JOB_PANIC] = KDEFER_PANICKED,
	[JOB_GOEXIT] = KDEFER_GOEXITED,
};

static void join_job(struct kunit *test, struct task_struct *t, const struct job *job,
		     bool with_outcome)
{
	struct kdefer_outcome out;

	KUNIT_EXPECT_EQ(test, kdefer_kthread_stop(t, with_outcome ? &out : NULL),
			job_results[job->end]);
	KUNIT_EXPECT_EQ(test, job->deferred, 1U);
	if (!with_outcome)
		return;
	KUNIT_EXPECT_EQ(test, out.how, job_hows[job->end]);
	KUNIT_EXPECT_EQ(test, out.result, (long)job_results[job->end]);
}

static struct task_struct *start_job(struct kunit *test, struct job *job)
{
	struct task_struct *t;

	init_completion(&job->started);
	t = kdefer_kthread_run(job_main, job, "job");
	KUNIT_ASSERT_FALSE(test, IS_ERR(t));
	wait_for_completion(&job->started);
	return t;
}

/* K22, G19: stopped while it runs, whatever end it then takes. */
static void k22_kthread_stopped_while_it_runs(struct kunit *test)
{
	struct job job;
	enum job_end end;

	for (end = JOB_RETURN; end <= JOB_GOEXIT; end++) {
		job = (struct job){ .end = end, .until_stopped = true };
		join_job(test, start_job(test, &job), &job, true);
		job = (struct job){ .end = end, .until_stopped = true };
		join_job(test, start_job(test, &job), &job, false);
	}
}

static bool has_ended(struct task_struct *t)
{
	return READ_ONCE(t->flags) & PF_EXITING;
}

/* K22, G19: stopped after it has ended, when a plain kthread's task could be gone already. */
static void k22_kthread_stopped_after_its_end(struct kunit *test)
{
	struct task_struct *t;
	enum job_end end;
	struct job job;

	for (end = JOB_RETURN; end <= JOB_GOEXIT; end++) {
		job = (struct job){ .end = end };
		t = start_job(test, &job);
		while (!has_ended(t))
			usleep_range(100, 200);
		usleep_range(1000, 2000);
		join_job(test, t, &job, true);
	}
}

/* K22: stopped at once, many times: it either ran to its end or not at all. */
static void k22_kthread_stopped_at_once(struct kunit *test)
{
	struct kdefer_outcome out;
	struct task_struct *t;
	struct job job;
	unsigned int i;
	int ret;

	for (i = 0; i < 100; i++) {
		job = (struct job){ .end = i % 3 };
		init_completion(&job.started);
		t = kdefer_kthread_run(job_main, &job, "at_once");
		KUNIT_ASSERT_FALSE(test, IS_ERR(t));
		ret = kdefer_kthread_stop(t, &out);
		KUNIT_EXPECT_EQ(test, ret, job.deferred ? job_results[job.end] : -EINTR);
	}
}

static int name_main(void *arg)
{
	struct completion *started = arg;

	complete(started);
	while (!kthread_should_stop())
		usleep_range(50, 100);
	return 0;
}

/* kdefer_kthread_create() names its thread, and leaves it to its creator to wake it. */
static void kthread_created_and_named(struct kunit *test)
{
	struct completion started;
	struct task_struct *t;

	init_completion(&started);
	t = kdefer_kthread_create(name_main, &started, "name/%d", 12);
	KUNIT_ASSERT_FALSE(test, IS_ERR(t));
	KUNIT_EXPECT_STREQ(test, (const char *)t->comm, "name/12");
	usleep_range(1000, 2000);
	KUNIT_EXPECT_FALSE(test, try_wait_for_completion(&started));
	wake_up_process(t);
	wait_for_completion(&started);
	KUNIT_EXPECT_EQ(test, kdefer_kthread_stop(t, NULL), 0);
}

static int run_in_thread_main(void *arg)
{
	struct kdefer_outcome out;

	kdefer_run(panic_with, KLOG_NR(-EPERM), &out);
	klog("how=%d", (int)out.how);
	return root_frame(KLOG_NR(10));
}

/* kdefer_run() in a thread of kdefer's ends at its own barrier; nothing is printed. */
static void run_in_kdefer_kthread(struct kunit *test)
{
	struct kdefer_outcome out;
	const char *text = kcapture_thread(test, run_in_thread_main, NULL, &out);

	KUNIT_EXPECT_EQ(test, out.how, KDEFER_RETURNED);
	KUNIT_EXPECT_EQ(test, out.result, 10L);
	KUNIT_EXPECT_STREQ(test, text, "");
	KLOG_EXPECT(test, "how=2 root=-5");
}

/* What a thread and a frame may cost at most. */
static void run_size_limits(struct kunit *test)
{
	KUNIT_EXPECT_LE(test, sizeof(struct kdefer_task), (size_t)256);
#ifdef KDEFER_ARCH_SETJMP
	kunit_skip(test, "a jmp_buf is larger than a frame needs to be");
#endif
	KUNIT_EXPECT_LE(test, sizeof(struct kdefer_frame), (size_t)320);
}

static int data_of_thread(void *data)
{
	return kdefer_kthread_data(current) == data ? 3 : -EINVAL;
}

/* A thread finds its argument from anywhere, and so does who started it. */
static void kthread_data_is_the_argument(struct kunit *test)
{
	int data;
	struct task_struct *t = kdefer_kthread_create(data_of_thread, &data, "kdefer_data");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	KUNIT_EXPECT_PTR_EQ(test, kdefer_kthread_data(t), (void *)&data);
	wake_up_process(t);
	while (!has_ended(t))
		msleep(1);
	KUNIT_EXPECT_EQ(test, kdefer_kthread_stop(t, NULL), 3);
}

static struct kunit_case run_cases[] = {
	KUNIT_CASE(run_returned),
	KUNIT_CASE(run_goexited),
	KUNIT_CASE(run_panicked),
	KUNIT_CASE(run_leaves_no_old_value),
	KUNIT_CASE(run_recovered_inside),
	KUNIT_CASE(run_with_interrupts_off),
	KUNIT_CASE(run_nests),
	KUNIT_CASE(run_stops_tokens),
	KUNIT_CASE(run_hides_outer_panic),
	KUNIT_CASE(run_ends_after_deferred_calls),
	KUNIT_CASE(root_on_case_thread),
	KUNIT_CASE(root_on_foreign_kthread),
	KUNIT_CASE(root_on_worker),
	KUNIT_CASE(kthread_stopped_before_it_ran),
	KUNIT_CASE(k22_kthread_stopped_while_it_runs),
	KUNIT_CASE(k22_kthread_stopped_after_its_end),
	KUNIT_CASE(k22_kthread_stopped_at_once),
	KUNIT_CASE(kthread_created_and_named),
	KUNIT_CASE(kthread_data_is_the_argument),
	KUNIT_CASE(run_in_kdefer_kthread),
	KUNIT_CASE(run_size_limits),
	{ }
};

static struct kunit_suite run_suite = {
	.name = "kdefer_run",
	.init = run_kunit_init,
	.test_cases = run_cases,
};

kunit_test_suite(run_suite);

MODULE_LICENSE("GPL");
