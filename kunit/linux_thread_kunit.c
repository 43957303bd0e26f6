// SPDX-License-Identifier: GPL-2.0-only
/* That threads start, wait, wake and end in user space as in the kernel: the same cases in both. */

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/ratelimit.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/semaphore.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

static int return_data(void *data)
{
	return (int)(long)data;
}

static int exit_early(void *data)
{
	kthread_complete_and_exit(data, 42);
}

static void kthread_results(struct kunit *test)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct task_struct *t = kthread_create(return_data, (void *)5, "never");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	KUNIT_EXPECT_PTR_EQ(test, kthread_data(t), (void *)5);
	KUNIT_EXPECT_PTR_EQ(test, kthread_func(t), (void *)return_data);
	KUNIT_EXPECT_EQ(test, kthread_stop(t), -EINTR);
	t = kthread_create(exit_early, &done, "early/%d", 1);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	KUNIT_EXPECT_STREQ(test, t->comm, "early/1");
	get_task_struct(t);
	wake_up_process(t);
	wait_for_completion(&done);
	KUNIT_EXPECT_EQ(test, kthread_stop(t), 42);
	put_task_struct(t);
}

static int wait_for_ever(void *data)
{
	int ret = wait_event_interruptible(*(wait_queue_head_t *)data, false);

	return signal_pending(current) ? ret : 0;
}

static void stop_ends_interruptible_wait(struct kunit *test)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(wq);
	struct task_struct *t = kthread_run(wait_for_ever, &wq, "waiter");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	while (!waitqueue_active(&wq))
		msleep(1);
	KUNIT_EXPECT_EQ(test, kthread_stop(t), -ERESTARTSYS);
}

static int take_signal(void *data)
{
	wait_queue_head_t *wq = data;
	int ret;

	allow_signal(SIGUSR1);
	ret = wait_event_interruptible(*wq, false);
	if (ret != -ERESTARTSYS || kernel_dequeue_signal() != SIGUSR1)
		return -EIO;
	/* Once more, to be flushed before it is looked at. */
	if (send_sig(SIGUSR1, current, 1) || !signal_pending(current))
		return -EPROTO;
	flush_signals(current);
	if (signal_pending(current))
		return -EBUSY;
	wait_event(*wq, kthread_should_stop());
	return 0;
}

static void signals_that_are_allowed(struct kunit *test)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(wq);
	struct task_struct *t = kthread_run(take_signal, &wq, "signals");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	while (!waitqueue_active(&wq))
		msleep(1);
	KUNIT_EXPECT_EQ(test, send_sig(SIGUSR2, t, 1), 0);
	msleep(20);
	KUNIT_EXPECT_TRUE(test, waitqueue_active(&wq));
	KUNIT_EXPECT_EQ(test, send_sig(SIGUSR1, t, 1), 0);
	/* Asleep once more, and no signal can wake it now. */
	while (READ_ONCE(t->__state) != TASK_UNINTERRUPTIBLE)
		msleep(1);
	KUNIT_EXPECT_EQ(test, kthread_stop(t), 0);
}

static int count_up(void *data)
{
	while (!kthread_should_stop()) {
		atomic_inc(data);
		if (kthread_should_park())
			kthread_parkme();
		msleep(1);
	}
	return 0;
}

static void park_and_unpark(struct kunit *test)
{
	atomic_t n = ATOMIC_INIT(0);
	struct task_struct *t = kthread_run(count_up, &n, "counter");
	int parked_at;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	KUNIT_EXPECT_EQ(test, kthread_park(t), 0);
	parked_at = atomic_read(&n);
	msleep(20);
	KUNIT_EXPECT_EQ(test, atomic_read(&n), parked_at);
	kthread_unpark(t);
	while (atomic_read(&n) == parked_at)
		msleep(1);
	KUNIT_EXPECT_EQ(test, kthread_stop(t), 0);
}

struct table {
	wait_queue_head_t wq;
	struct mutex lock;	/* guards rounds */
	int turn;
	int rounds;
};

static int ping(void *data)
{
	struct table *table = data;

	for (int i = 0; i < 500; i++) {
		wait_event(table->wq, READ_ONCE(table->turn) == 0);
		scoped_guard(mutex, &table->lock)
			table->rounds++;
		WRITE_ONCE(table->turn, 1);
		wake_up_all(&table->wq);
	}
	wait_event(table->wq, kthread_should_stop());
	return 0;
}

static void ping_pong(struct kunit *test)
{
	struct table table = { .turn = 0 };
	struct task_struct *t;

	init_waitqueue_head(&table.wq);
	mutex_init(&table.lock);
	t = kthread_run(ping, &table, "ping");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	for (int i = 0; i < 500; i++) {
		wait_event(table.wq, READ_ONCE(table.turn) == 1);
		scoped_guard(mutex, &table.lock)
			table.rounds++;
		WRITE_ONCE(table.turn, 0);
		wake_up(&table.wq);
	}
	KUNIT_EXPECT_EQ(test, kthread_stop(t), 0);
	KUNIT_EXPECT_EQ(test, table.rounds, 1000);
	mutex_destroy(&table.lock);
}

static void timeouts(struct kunit *test)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(wq);
	DECLARE_COMPLETION_ONSTACK(done);
	ktime_t start = ktime_get();

	KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&done, msecs_to_jiffies(20)), 0);
	KUNIT_EXPECT_EQ(test, wait_event_timeout(wq, false, msecs_to_jiffies(20)), 0);
	KUNIT_EXPECT_GE(test, ktime_ms_delta(ktime_get(), start), 39);
	complete(&done);
	KUNIT_EXPECT_GT(test, wait_for_completion_timeout(&done, HZ), 0);
	KUNIT_EXPECT_FALSE(test, try_wait_for_completion(&done));
	KUNIT_EXPECT_EQ(test, wait_event_timeout(wq, true, 0), 1);
	complete_all(&done);
	KUNIT_EXPECT_TRUE(test, try_wait_for_completion(&done));
	KUNIT_EXPECT_TRUE(test, completion_done(&done));
}

struct turnstile {
	wait_queue_head_t wq;
	spinlock_t lock;	/* guards through */
	bool open;
	int through;
};

/* Written out as drivers did before there was wait_event(). */
static int pass_turnstile(void *data)
{
	struct turnstile *t = data;
	DECLARE_WAITQUEUE(wait, current);

	add_wait_queue(&t->wq, &wait);
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (READ_ONCE(t->open))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	remove_wait_queue(&t->wq, &wait);
	spin_lock(&t->lock);
	WRITE_ONCE(t->through, t->through + 1);
	spin_unlock(&t->lock);
	wait_event(t->wq, kthread_should_stop());
	return 0;
}

static void wait_by_hand(struct kunit *test)
{
	struct task_struct *threads[3];
	struct turnstile t = { .open = false };
	int i;

	init_waitqueue_head(&t.wq);
	spin_lock_init(&t.lock);
	for (i = 0; i < 3; i++)
		threads[i] = kthread_run(pass_turnstile, &t, "waiter/%d", i);
	WRITE_ONCE(t.open, true);
	wake_up_all(&t.wq);
	/* A thread that is stopped before it has run never runs. */
	while (READ_ONCE(t.through) < 3)
		msleep(1);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, kthread_stop(threads[i]), 0);
	KUNIT_EXPECT_EQ(test, t.through, 3);
}

static int try_lock(void *data)
{
	if (!mutex_trylock(data))
		return -EBUSY;
	mutex_unlock(data);
	return 0;
}

static int ask_thread(struct mutex *lock)
{
	struct task_struct *t = kthread_create(try_lock, lock, "trylock");
	int ret;

	get_task_struct(t);
	wake_up_process(t);
	while (!(READ_ONCE(t->flags) & PF_EXITING))
		msleep(1);
	ret = kthread_stop(t);
	put_task_struct(t);
	return ret;
}

static void trylock(struct kunit *test)
{
	static DEFINE_MUTEX(lock);

	mutex_lock(&lock);
	KUNIT_EXPECT_EQ(test, ask_thread(&lock), -EBUSY);
	mutex_unlock(&lock);
	KUNIT_EXPECT_EQ(test, ask_thread(&lock), 0);
}

struct shelf {
	struct rw_semaphore sem;
	rwlock_t lock;
	int left;
	int right;
	bool torn;
};

static void look_at_shelf(struct shelf *s)
{
	if (READ_ONCE(s->left) != READ_ONCE(s->right))
		WRITE_ONCE(s->torn, true);
}

static void add_to_shelf(struct shelf *s)
{
	WRITE_ONCE(s->left, s->left + 1);
	WRITE_ONCE(s->right, s->right + 1);
}

static int use_semaphore(void *data)
{
	struct shelf *s = data;
	int i;

	for (i = 0; i < 200; i++) {
		down_read(&s->sem);
		look_at_shelf(s);
		up_read(&s->sem);
		down_write(&s->sem);
		add_to_shelf(s);
		downgrade_write(&s->sem);
		look_at_shelf(s);
		up_read(&s->sem);
	}
	return 0;
}

static int use_rwlock(void *data)
{
	struct shelf *s = data;
	unsigned long flags;
	int i;

	for (i = 0; i < 200; i++) {
		read_lock(&s->lock);
		look_at_shelf(s);
		read_unlock(&s->lock);
		write_lock_irqsave(&s->lock, flags);
		add_to_shelf(s);
		write_unlock_irqrestore(&s->lock, flags);
	}
	return 0;
}

static void use_shelf(struct kunit *test, int (*fn)(void *data))
{
	struct task_struct *threads[4];
	struct shelf s = { .left = 0 };
	int i;

	init_rwsem(&s.sem);
	rwlock_init(&s.lock);
	for (i = 0; i < 4; i++) {
		threads[i] = kthread_create(fn, &s, "shelf/%d", i);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, threads[i]);
		get_task_struct(threads[i]);
		wake_up_process(threads[i]);
	}
	for (i = 0; i < 4; i++) {
		while (!(READ_ONCE(threads[i]->flags) & PF_EXITING))
			msleep(1);
		KUNIT_EXPECT_EQ(test, kthread_stop(threads[i]), 0);
		put_task_struct(threads[i]);
	}
	KUNIT_EXPECT_FALSE(test, s.torn);
	KUNIT_EXPECT_EQ(test, s.left, 800);
	KUNIT_EXPECT_EQ(test, s.right, 800);
}

static void rwsem(struct kunit *test)
{
	static DECLARE_RWSEM(sem);

	use_shelf(test, use_semaphore);
	KUNIT_EXPECT_TRUE(test, down_read_trylock(&sem));
	KUNIT_EXPECT_FALSE(test, down_write_trylock(&sem));
	KUNIT_EXPECT_TRUE(test, rwsem_is_locked(&sem));
	up_read(&sem);
	KUNIT_EXPECT_TRUE(test, down_write_trylock(&sem));
	KUNIT_EXPECT_FALSE(test, down_read_trylock(&sem));
	up_write(&sem);
	KUNIT_EXPECT_EQ(test, down_read_killable(&sem), 0);
	up_read(&sem);
	KUNIT_EXPECT_EQ(test, down_write_killable(&sem), 0);
	up_write(&sem);
	KUNIT_EXPECT_FALSE(test, rwsem_is_locked(&sem));
}

static int give_back(void *sem)
{
	msleep(20);
	up(sem);
	return 0;
}

/* Another thread may give back what this one has taken. */
static void semaphores(struct kunit *test)
{
	/* The other thread looks at it to its end. */
	static struct semaphore sem;
	struct task_struct *t;

	sema_init(&sem, 2);
	down(&sem);
	KUNIT_EXPECT_EQ(test, down_interruptible(&sem), 0);
	KUNIT_EXPECT_NE(test, down_trylock(&sem), 0);
	KUNIT_EXPECT_EQ(test, down_timeout(&sem, 2), -ETIME);
	t = kthread_run(give_back, &sem, "give_back");
	KUNIT_ASSERT_FALSE(test, IS_ERR(t));
	KUNIT_EXPECT_EQ(test, down_killable(&sem), 0);
	up(&sem);
	KUNIT_EXPECT_EQ(test, down_trylock(&sem), 0);
}

static void rwlock(struct kunit *test)
{
	static DEFINE_RWLOCK(lock);

	use_shelf(test, use_rwlock);
	KUNIT_EXPECT_TRUE(test, read_trylock(&lock));
	KUNIT_EXPECT_FALSE(test, write_trylock(&lock));
	KUNIT_EXPECT_TRUE(test, in_atomic());
	read_unlock(&lock);
	KUNIT_EXPECT_FALSE(test, in_atomic());
}

static int be_nice(void *wq)
{
	set_freezable();
	try_to_freeze();
	set_user_nice(current, 5);
	sched_set_fifo_low(current);
	sched_set_fifo(current);
	sched_set_normal(current, 7);
	wait_event_freezable(*(wait_queue_head_t *)wq, true);
	return task_nice(current);
}

static void priorities(struct kunit *test)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(wq);
	struct task_struct *t = kthread_create(be_nice, &wq, "nice");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	get_task_struct(t);
	wake_up_process(t);
	while (!(READ_ONCE(t->flags) & PF_EXITING))
		msleep(1);
	KUNIT_EXPECT_EQ(test, kthread_stop(t), 7);
	put_task_struct(t);
}

/* The kernel's may be early, and by much if its loop was measured in a guest on a busy host. */
static void delays(struct kunit *test)
{
	ktime_t start = ktime_get();

	udelay(200);
	KUNIT_EXPECT_GE(test, ktime_us_delta(ktime_get(), start), 20);
}

static void ratelimits(struct kunit *test)
{
	static DEFINE_RATELIMIT_STATE(rs, 1000 * HZ, 2);

	KUNIT_EXPECT_TRUE(test, __ratelimit(&rs));
	KUNIT_EXPECT_TRUE(test, __ratelimit(&rs));
	KUNIT_EXPECT_FALSE(test, __ratelimit(&rs));
}

static void random_bytes(struct kunit *test)
{
	u64 a = 0, b = 0;

	get_random_bytes(&a, sizeof(a));
	get_random_bytes(&b, sizeof(b));
	KUNIT_EXPECT_NE(test, a, b);
}

struct pair {
	seqlock_t lock;
	int a, b;
};

static int write_pair(void *data)
{
	struct pair *p = data;
	int i;

	for (i = 0; !kthread_should_stop(); i++) {
		write_seqlock(&p->lock);
		WRITE_ONCE(p->a, i);
		WRITE_ONCE(p->b, -i);
		write_sequnlock(&p->lock);
		cond_resched();
	}
	return 0;
}

static int read_sum(struct pair *p)
{
	unsigned int seq;
	int sum;

	do {
		seq = read_seqbegin(&p->lock);
		sum = READ_ONCE(p->a) + READ_ONCE(p->b);
	} while (read_seqretry(&p->lock, seq));
	return sum;
}

static void seqlock_reads_are_whole(struct kunit *test)
{
	static struct pair p;
	struct task_struct *t;
	int i;

	seqlock_init(&p.lock);
	t = kthread_run(write_pair, &p, "writer");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	for (i = 0; i < 1000; i++)
		KUNIT_EXPECT_EQ(test, read_sum(&p), 0);
	kthread_stop(t);
}

static void seqlock_variants(struct kunit *test)
{
	static DEFINE_SEQLOCK(lock);
	unsigned int seq = read_seqbegin(&lock);
	unsigned long flags;
	int either = 0;

	KUNIT_EXPECT_FALSE(test, read_seqretry(&lock, seq));
	write_seqlock_irqsave(&lock, flags);
	write_sequnlock_irqrestore(&lock, flags);
	KUNIT_EXPECT_TRUE(test, read_seqretry(&lock, seq));
	seq = read_seqbegin(&lock);
	write_seqlock_bh(&lock);
	write_sequnlock_bh(&lock);
	write_seqlock_irq(&lock);
	write_sequnlock_irq(&lock);
	KUNIT_EXPECT_TRUE(test, read_seqretry(&lock, seq));
	/* An exclusive reader keeps writers out, and disturbs no other reader. */
	seq = read_seqbegin(&lock);
	read_seqlock_excl(&lock);
	read_sequnlock_excl(&lock);
	KUNIT_EXPECT_FALSE(test, read_seqretry(&lock, seq));
	/* What was disturbed once takes the lock. */
	read_seqbegin_or_lock(&lock, &either);
	KUNIT_EXPECT_FALSE(test, need_seqretry(&lock, either));
	write_seqlock(&lock);
	write_sequnlock(&lock);
	KUNIT_EXPECT_TRUE(test, need_seqretry(&lock, either));
	done_seqretry(&lock, either);
	either = 1;
	read_seqbegin_or_lock(&lock, &either);
	KUNIT_EXPECT_FALSE(test, need_seqretry(&lock, either));
	done_seqretry(&lock, either);
}

static void seqcounts(struct kunit *test)
{
	static seqcount_t count = SEQCNT_ZERO(count);
	static seqcount_spinlock_t locked;
	static DEFINE_SPINLOCK(lock);
	unsigned int seq = read_seqcount_begin(&count);

	KUNIT_EXPECT_FALSE(test, read_seqcount_retry(&count, seq));
	preempt_disable();
	write_seqcount_begin(&count);
	KUNIT_EXPECT_TRUE(test, read_seqcount_retry(&count, seq));
	write_seqcount_end(&count);
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, read_seqcount_retry(&count, seq));
	seqcount_spinlock_init(&locked, &lock);
	seq = read_seqcount_begin(&locked);
	spin_lock(&lock);
	write_seqcount_begin(&locked);
	write_seqcount_end(&locked);
	spin_unlock(&lock);
	KUNIT_EXPECT_TRUE(test, read_seqcount_retry(&locked, seq));
}

struct locked_wait {
	spinlock_t lock;
	wait_queue_head_t wq;
	bool ready;
	int commands;
};

static int wait_locked(void *data)
{
	struct locked_wait *w = data;
	bool was_ready;

	spin_lock_irq(&w->lock);
	wait_event_lock_irq_cmd(w->wq, w->ready, w->lock, w->commands++);
	was_ready = w->ready;
	w->ready = false;
	spin_unlock_irq(&w->lock);
	wake_up(&w->wq);
	while (!kthread_should_stop())
		msleep(1);
	return was_ready;
}

static void wait_gives_the_lock_back(struct kunit *test)
{
	static struct locked_wait w;
	struct task_struct *t;

	spin_lock_init(&w.lock);
	init_waitqueue_head(&w.wq);
	w.ready = false;
	w.commands = 0;
	t = kthread_run(wait_locked, &w, "waiter");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	while (!waitqueue_active(&w.wq))
		msleep(1);
	spin_lock_irq(&w.lock);
	w.ready = true;
	wake_up(&w.wq);
	/* The lock is still held here: the other one has to wait for it. */
	KUNIT_EXPECT_TRUE(test, w.ready);
	wait_event_lock_irq(w.wq, !w.ready, w.lock);
	KUNIT_EXPECT_GE(test, w.commands, 1);
	spin_unlock_irq(&w.lock);
	KUNIT_EXPECT_EQ(test, kthread_stop(t), 1);
}

static int wait_locked_for_ever(void *data)
{
	struct locked_wait *w = data;
	int ret;

	spin_lock_irq(&w->lock);
	ret = wait_event_interruptible_lock_irq(w->wq, w->ready, w->lock);
	spin_unlock_irq(&w->lock);
	return ret;
}

static void locked_wait_ends_early(struct kunit *test)
{
	static struct locked_wait w;
	struct task_struct *t;

	spin_lock_init(&w.lock);
	init_waitqueue_head(&w.wq);
	t = kthread_run(wait_locked_for_ever, &w, "waiter");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	while (!waitqueue_active(&w.wq))
		msleep(1);
	KUNIT_EXPECT_EQ(test, kthread_stop(t), -ERESTARTSYS);
	spin_lock_irq(&w.lock);
	KUNIT_EXPECT_EQ(test, wait_event_lock_irq_timeout(w.wq, w.ready, w.lock, 2), 0);
	w.ready = true;
	KUNIT_EXPECT_EQ(test, wait_event_interruptible_lock_irq_timeout(w.wq, w.ready, w.lock, 2),
			2);
	KUNIT_EXPECT_EQ(test, wait_event_interruptible_lock_irq(w.wq, w.ready, w.lock), 0);
	w.ready = false;
	spin_unlock_irq(&w.lock);
}

static struct kunit_case linux_thread_cases[] = {
	KUNIT_CASE(kthread_results),
	KUNIT_CASE(stop_ends_interruptible_wait),
	KUNIT_CASE(signals_that_are_allowed),
	KUNIT_CASE(park_and_unpark),
	KUNIT_CASE(ping_pong),
	KUNIT_CASE(timeouts),
	KUNIT_CASE(wait_by_hand),
	KUNIT_CASE(trylock),
	KUNIT_CASE(rwsem),
	KUNIT_CASE(semaphores),
	KUNIT_CASE(rwlock),
	KUNIT_CASE(priorities),
	KUNIT_CASE(delays),
	KUNIT_CASE(ratelimits),
	KUNIT_CASE(random_bytes),
	KUNIT_CASE(seqlock_reads_are_whole),
	KUNIT_CASE(seqlock_variants),
	KUNIT_CASE(seqcounts),
	KUNIT_CASE(wait_gives_the_lock_back),
	KUNIT_CASE(locked_wait_ends_early),
	{}
};

static struct kunit_suite linux_thread_suite = {
	.name = "linux_thread",
	.test_cases = linux_thread_cases,
};

kunit_test_suite(linux_thread_suite);
