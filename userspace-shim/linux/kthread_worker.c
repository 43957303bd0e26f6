// SPDX-License-Identifier: GPL-2.0-only
/* Threads that do one work after the other, by the shim's own kernel API. */

#include <stdarg.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/sprintf.h>

struct flush {
	struct kthread_work work;
	struct completion done;
};

void kshim_kthread_init_worker(struct kthread_worker *worker)
{
	*worker = (struct kthread_worker){ };
	spin_lock_init(&worker->lock);
	INIT_LIST_HEAD(&worker->work_list);
}

static struct kthread_work *take_work(struct kthread_worker *worker)
{
	struct kthread_work *work;
	unsigned long flags;

	spin_lock_irqsave(&worker->lock, flags);
	work = list_first_entry_or_null(&worker->work_list, struct kthread_work, node);
	if (work)
		list_del_init(&work->node);
	worker->current_work = work;
	spin_unlock_irqrestore(&worker->lock, flags);
	return work;
}

int kshim_kthread_worker_fn(void *data)
{
	struct kthread_worker *worker = data;
	struct kthread_work *work;
	unsigned long flags;

	spin_lock_irqsave(&worker->lock, flags);
	worker->task = current;
	spin_unlock_irqrestore(&worker->lock, flags);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		work = take_work(worker);
		if (!work) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		/* The function may free its work. */
		work->func(work);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

struct kthread_worker *kshim_kthread_run_worker(unsigned int flags, const char *namefmt, ...)
{
	struct kthread_worker *worker = kmalloc(sizeof(*worker), GFP_KERNEL);
	struct task_struct *task;
	char name[32];
	va_list args;

	if (!worker)
		return ERR_PTR(-ENOMEM);
	kshim_kthread_init_worker(worker);
	worker->flags = flags;
	va_start(args, namefmt);
	vsnprintf(name, sizeof(name), namefmt, args);
	va_end(args);
	task = kthread_create(kshim_kthread_worker_fn, worker, "%s", name);
	if (IS_ERR(task)) {
		kfree(worker);
		return ERR_CAST(task);
	}
	worker->task = task;
	wake_up_process(task);
	return worker;
}

void kshim_kthread_destroy_worker(struct kthread_worker *worker)
{
	kshim_kthread_flush_worker(worker);
	kthread_stop(worker->task);
	WARN_ON(!list_empty(&worker->work_list));
	kfree(worker);
}

/* With the lock held, at the end or before @at. */
static void insert(struct kthread_worker *worker, struct kthread_work *work, struct list_head *at)
{
	list_add_tail(&work->node, at);
	work->worker = worker;
	if (!worker->current_work && worker->task)
		wake_up_process(worker->task);
}

bool kshim_kthread_queue_work(struct kthread_worker *worker, struct kthread_work *work)
{
	unsigned long flags;
	bool queue;

	spin_lock_irqsave(&worker->lock, flags);
	queue = list_empty(&work->node) && !work->canceling;
	if (queue)
		insert(worker, work, &worker->work_list);
	spin_unlock_irqrestore(&worker->lock, flags);
	return queue;
}

static void flushed(struct kthread_work *work)
{
	complete(&container_of(work, struct flush, work)->done);
}

static void init_flush(struct flush *f)
{
	kthread_init_work(&f->work, flushed);
	init_completion(&f->done);
}

void kshim_kthread_flush_worker(struct kthread_worker *worker)
{
	struct flush f;

	init_flush(&f);
	kshim_kthread_queue_work(worker, &f.work);
	wait_for_completion(&f.done);
}

void kshim_kthread_flush_work(struct kthread_work *work)
{
	struct kthread_worker *worker = READ_ONCE(work->worker);
	unsigned long flags;
	bool wait = true;
	struct flush f;

	if (!worker)
		return;
	init_flush(&f);
	spin_lock_irqsave(&worker->lock, flags);
	if (!list_empty(&work->node))
		insert(worker, &f.work, work->node.next);
	else if (worker->current_work == work)
		insert(worker, &f.work, worker->work_list.next);
	else
		wait = false;
	spin_unlock_irqrestore(&worker->lock, flags);
	if (wait)
		wait_for_completion(&f.done);
}

bool kshim_kthread_cancel_work(struct kthread_work *work)
{
	struct kthread_worker *worker = READ_ONCE(work->worker);
	unsigned long flags;
	bool was_queued;

	if (!worker)
		return false;
	spin_lock_irqsave(&worker->lock, flags);
	was_queued = !list_empty(&work->node);
	list_del_init(&work->node);
	/* Nor is it queued again by its own function. */
	work->canceling++;
	spin_unlock_irqrestore(&worker->lock, flags);
	kshim_kthread_flush_work(work);
	spin_lock_irqsave(&worker->lock, flags);
	work->canceling--;
	spin_unlock_irqrestore(&worker->lock, flags);
	return was_queued;
}

static void delay_ends(struct timer_list *timer)
{
	struct kthread_delayed_work *dwork = from_timer(dwork, timer, timer);

	kshim_kthread_queue_work(dwork->work.worker, &dwork->work);
}

void kshim_kthread_init_delayed_work(struct kthread_delayed_work *dwork, kthread_work_func_t fn)
{
	kthread_init_work(&dwork->work, fn);
	timer_setup(&dwork->timer, delay_ends, TIMER_IRQSAFE);
}

/* Whether it waits for its time, or for the thread. */
static bool is_pending(struct kthread_worker *worker, struct kthread_delayed_work *dwork)
{
	unsigned long flags;
	bool pending;

	spin_lock_irqsave(&worker->lock, flags);
	pending = !list_empty(&dwork->work.node) || dwork->work.canceling;
	spin_unlock_irqrestore(&worker->lock, flags);
	return pending || timer_pending(&dwork->timer);
}

static void start_delay(struct kthread_worker *worker, struct kthread_delayed_work *dwork,
			unsigned long delay)
{
	WRITE_ONCE(dwork->work.worker, worker);
	if (delay)
		mod_timer(&dwork->timer, jiffies + delay);
	else
		kshim_kthread_queue_work(worker, &dwork->work);
}

bool kshim_kthread_queue_delayed_work(struct kthread_worker *worker,
				      struct kthread_delayed_work *dwork, unsigned long delay)
{
	if (is_pending(worker, dwork))
		return false;
	start_delay(worker, dwork, delay);
	return true;
}

bool kshim_kthread_mod_delayed_work(struct kthread_worker *worker,
				    struct kthread_delayed_work *dwork, unsigned long delay)
{
	bool was_pending = timer_delete(&dwork->timer);
	unsigned long flags;

	spin_lock_irqsave(&worker->lock, flags);
	was_pending |= !list_empty(&dwork->work.node);
	list_del_init(&dwork->work.node);
	spin_unlock_irqrestore(&worker->lock, flags);
	start_delay(worker, dwork, delay);
	return was_pending;
}

bool kshim_kthread_cancel_delayed_work(struct kthread_delayed_work *dwork)
{
	bool was_pending = timer_delete_sync(&dwork->timer);

	return kshim_kthread_cancel_work(&dwork->work) || was_pending;
}
