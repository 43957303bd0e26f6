// SPDX-License-Identifier: GPL-2.0-only
/* That timers and work run in user space as in the kernel: the same cases in both. */

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/preempt.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

struct clock {
	struct timer_list timer;
	struct completion rang;
	atomic_t rings;
	bool again;
	bool in_softirq;
	unsigned long at;
};

static void ring(struct timer_list *timer)
{
	struct clock *c = container_of(timer, struct clock, timer);

	c->at = jiffies;
	c->in_softirq = in_serving_softirq();
	atomic_inc(&c->rings);
	if (READ_ONCE(c->again))
		mod_timer(timer, jiffies + 1);
	complete(&c->rang);
}

static void init_clock(struct clock *c)
{
	*c = (struct clock){ .rings = ATOMIC_INIT(0) };
	init_completion(&c->rang);
	timer_setup(&c->timer, ring, 0);
}

static void timer_rings(struct kunit *test)
{
	unsigned long due = jiffies + msecs_to_jiffies(20);
	static struct clock c;

	init_clock(&c);
	KUNIT_EXPECT_FALSE(test, timer_pending(&c.timer));
	KUNIT_EXPECT_EQ(test, mod_timer(&c.timer, due + 10 * HZ), 0);
	KUNIT_EXPECT_TRUE(test, timer_pending(&c.timer));
	KUNIT_EXPECT_EQ(test, mod_timer(&c.timer, due), 1);
	KUNIT_ASSERT_GT(test, wait_for_completion_timeout(&c.rang, 10 * HZ), 0);
	KUNIT_EXPECT_TRUE(test, time_after_eq(c.at, due));
	KUNIT_EXPECT_TRUE(test, c.in_softirq);
	KUNIT_EXPECT_FALSE(test, timer_pending(&c.timer));
	KUNIT_EXPECT_EQ(test, timer_delete_sync(&c.timer), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&c.rings), 1);
}

/* One that arms itself again is dead all the same. */
static void timer_is_deleted(struct kunit *test)
{
	static struct clock c;
	int rings;

	init_clock(&c);
	mod_timer(&c.timer, jiffies + 10 * HZ);
	KUNIT_EXPECT_EQ(test, timer_delete(&c.timer), 1);
	c.again = true;
	c.timer.expires = jiffies + 1;
	add_timer(&c.timer);
	KUNIT_ASSERT_GT(test, wait_for_completion_timeout(&c.rang, 10 * HZ), 0);
	timer_delete_sync(&c.timer);
	rings = atomic_read(&c.rings);
	msleep(20);
	KUNIT_EXPECT_EQ(test, atomic_read(&c.rings), rings);
}

/* Nothing arms a timer that was shut down, not even its own function, until it is set up again. */
static void timer_is_shut_down(struct kunit *test)
{
	static struct clock c;
	int rings;

	init_clock(&c);
	KUNIT_EXPECT_EQ(test, timer_shutdown(&c.timer), 0);
	KUNIT_EXPECT_EQ(test, mod_timer(&c.timer, jiffies + 1), 0);
	KUNIT_EXPECT_FALSE(test, timer_pending(&c.timer));
	msleep(20);
	KUNIT_EXPECT_EQ(test, atomic_read(&c.rings), 0);
	init_clock(&c);
	mod_timer(&c.timer, jiffies + 10 * HZ);
	KUNIT_EXPECT_EQ(test, timer_shutdown_sync(&c.timer), 1);
	init_clock(&c);
	c.again = true;
	mod_timer(&c.timer, jiffies + 1);
	KUNIT_ASSERT_GT(test, wait_for_completion_timeout(&c.rang, 10 * HZ), 0);
	timer_shutdown_sync(&c.timer);
	rings = atomic_read(&c.rings);
	c.timer.expires = jiffies + 1;
	add_timer(&c.timer);
	msleep(20);
	KUNIT_EXPECT_EQ(test, atomic_read(&c.rings), rings);
}

struct job {
	struct work_struct work;
	struct completion begun;
	struct completion may_end;
	atomic_t runs;
	atomic_t at_once;
	int most_at_once;
};

static void do_job(struct work_struct *work)
{
	struct job *job = container_of(work, struct job, work);
	int n = atomic_inc_return(&job->at_once);

	job->most_at_once = max(job->most_at_once, n);
	complete(&job->begun);
	wait_for_completion(&job->may_end);
	atomic_dec(&job->at_once);
	atomic_inc(&job->runs);
}

static void init_job(struct job *job)
{
	*job = (struct job){ .runs = ATOMIC_INIT(0), .at_once = ATOMIC_INIT(0) };
	init_completion(&job->begun);
	init_completion(&job->may_end);
	INIT_WORK_ONSTACK(&job->work, do_job);
}

static void work_runs(struct kunit *test)
{
	struct job job;

	init_job(&job);
	complete_all(&job.may_end);
	KUNIT_EXPECT_FALSE(test, flush_work(&job.work));
	KUNIT_EXPECT_TRUE(test, schedule_work(&job.work));
	flush_work(&job.work);
	KUNIT_EXPECT_EQ(test, atomic_read(&job.runs), 1);
	destroy_work_on_stack(&job.work);
}

/* Queued while it runs, it runs once more, after that. */
static void work_never_runs_twice_at_once(struct kunit *test)
{
	struct job job;

	init_job(&job);
	schedule_work(&job.work);
	wait_for_completion(&job.begun);
	KUNIT_EXPECT_TRUE(test, schedule_work(&job.work));
	KUNIT_EXPECT_FALSE(test, schedule_work(&job.work));
	KUNIT_EXPECT_TRUE(test, work_pending(&job.work));
	msleep(20);
	complete_all(&job.may_end);
	flush_work(&job.work);
	KUNIT_EXPECT_EQ(test, atomic_read(&job.runs), 2);
	KUNIT_EXPECT_EQ(test, job.most_at_once, 1);
	destroy_work_on_stack(&job.work);
}

static void work_is_cancelled(struct kunit *test)
{
	struct job first, second;
	struct workqueue_struct *wq = alloc_ordered_workqueue("linux_kunit", 0);

	KUNIT_ASSERT_NOT_NULL(test, wq);
	init_job(&first);
	init_job(&second);
	queue_work(wq, &first.work);
	wait_for_completion(&first.begun);
	/* An ordered queue does one thing at a time. */
	queue_work(wq, &second.work);
	KUNIT_EXPECT_TRUE(test, cancel_work_sync(&second.work));
	complete_all(&first.may_end);
	KUNIT_EXPECT_FALSE(test, cancel_work_sync(&first.work));
	KUNIT_EXPECT_EQ(test, atomic_read(&first.runs), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&second.runs), 0);
	destroy_workqueue(wq);
	destroy_work_on_stack(&first.work);
	destroy_work_on_stack(&second.work);
}

static void queue_is_flushed(struct kunit *test)
{
	struct workqueue_struct *wq = alloc_workqueue("linux_kunit", WQ_UNBOUND, 4);
	struct job jobs[3];
	int i;

	KUNIT_ASSERT_NOT_NULL(test, wq);
	for (i = 0; i < 3; i++) {
		init_job(&jobs[i]);
		queue_work(wq, &jobs[i].work);
	}
	/* All at once: none of them ends before the others have begun. */
	for (i = 0; i < 3; i++)
		wait_for_completion(&jobs[i].begun);
	for (i = 0; i < 3; i++)
		complete_all(&jobs[i].may_end);
	flush_workqueue(wq);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, atomic_read(&jobs[i].runs), 1);
		destroy_work_on_stack(&jobs[i].work);
	}
	destroy_workqueue(wq);
}

struct later {
	struct delayed_work dwork;
	struct completion done;
	atomic_t runs;
	bool again;
	unsigned long at;
};

static void do_later(struct work_struct *work)
{
	struct later *l = container_of(to_delayed_work(work), struct later, dwork);

	l->at = jiffies;
	atomic_inc(&l->runs);
	if (READ_ONCE(l->again))
		schedule_delayed_work(&l->dwork, 1);
	complete(&l->done);
}

static void init_later(struct later *l)
{
	*l = (struct later){ .runs = ATOMIC_INIT(0) };
	init_completion(&l->done);
	INIT_DELAYED_WORK_ONSTACK(&l->dwork, do_later);
}

static void delayed_work_runs(struct kunit *test)
{
	unsigned long due = jiffies + msecs_to_jiffies(300);
	struct later l;

	init_later(&l);
	KUNIT_EXPECT_TRUE(test, schedule_delayed_work(&l.dwork, msecs_to_jiffies(300)));
	KUNIT_EXPECT_FALSE(test, schedule_delayed_work(&l.dwork, 0));
	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&l.dwork));
	KUNIT_ASSERT_GT(test, wait_for_completion_timeout(&l.done, 10 * HZ), 0);
	KUNIT_EXPECT_TRUE(test, time_after_eq(l.at, due));
	/* Flushing does not wait for the time. */
	KUNIT_EXPECT_TRUE(test, schedule_delayed_work(&l.dwork, 1000 * HZ));
	flush_delayed_work(&l.dwork);
	KUNIT_EXPECT_EQ(test, atomic_read(&l.runs), 2);
	KUNIT_EXPECT_FALSE(test, mod_delayed_work(system_wq, &l.dwork, 1000 * HZ));
	KUNIT_EXPECT_TRUE(test, mod_delayed_work(system_wq, &l.dwork, 0));
	flush_delayed_work(&l.dwork);
	KUNIT_EXPECT_EQ(test, atomic_read(&l.runs), 3);
	destroy_delayed_work_on_stack(&l.dwork);
}

static void delayed_work_is_cancelled(struct kunit *test)
{
	struct later l;
	int runs;

	init_later(&l);
	schedule_delayed_work(&l.dwork, 1000 * HZ);
	KUNIT_EXPECT_TRUE(test, cancel_delayed_work(&l.dwork));
	WRITE_ONCE(l.again, true);
	schedule_delayed_work(&l.dwork, 1);
	KUNIT_ASSERT_GT(test, wait_for_completion_timeout(&l.done, 10 * HZ), 0);
	cancel_delayed_work_sync(&l.dwork);
	runs = atomic_read(&l.runs);
	msleep(20);
	KUNIT_EXPECT_EQ(test, atomic_read(&l.runs), runs);
	destroy_delayed_work_on_stack(&l.dwork);
}

/* On the CPU that was asked for, of which there is one at least. */
static void work_on_a_cpu(struct kunit *test)
{
	struct workqueue_struct *wq = alloc_workqueue("on_a_cpu", WQ_UNBOUND, 0);
	struct later l;

	KUNIT_ASSERT_NOT_NULL(test, wq);
	init_later(&l);
	KUNIT_EXPECT_TRUE(test, queue_delayed_work_on(0, wq, &l.dwork, 1000 * HZ));
	KUNIT_EXPECT_TRUE(test, mod_delayed_work_on(0, wq, &l.dwork, 0));
	wait_for_completion(&l.done);
	KUNIT_EXPECT_TRUE(test, queue_work_on(0, wq, &l.dwork.work));
	drain_workqueue(wq);
	KUNIT_EXPECT_EQ(test, atomic_read(&l.runs), 2);
	KUNIT_EXPECT_FALSE(test, cancel_work(&l.dwork.work));
	KUNIT_EXPECT_TRUE(test, schedule_delayed_work_on(0, &l.dwork, 1000 * HZ));
	KUNIT_EXPECT_TRUE(test, cancel_delayed_work_sync(&l.dwork));
	KUNIT_EXPECT_FALSE(test, cancel_delayed_work_sync(&l.dwork));
	destroy_delayed_work_on_stack(&l.dwork);
	destroy_workqueue(wq);
}

static struct kunit_case linux_deferred_cases[] = {
	KUNIT_CASE(timer_rings),
	KUNIT_CASE(timer_is_deleted),
	KUNIT_CASE(timer_is_shut_down),
	KUNIT_CASE(work_runs),
	KUNIT_CASE(work_never_runs_twice_at_once),
	KUNIT_CASE(work_is_cancelled),
	KUNIT_CASE(queue_is_flushed),
	KUNIT_CASE(delayed_work_runs),
	KUNIT_CASE(delayed_work_is_cancelled),
	KUNIT_CASE(work_on_a_cpu),
	{}
};

static struct kunit_suite linux_deferred_suite = {
	.name = "linux_deferred",
	.test_cases = linux_deferred_cases,
};

kunit_test_suite(linux_deferred_suite);
