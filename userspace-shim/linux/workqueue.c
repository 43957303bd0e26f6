// SPDX-License-Identifier: GPL-2.0-only
/* Workqueues: threads that are started when work waits and all others are busy. */

#include <stdlib.h>
#include "kshim-impl.h"

#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

/* So many at once do in a process; a kernel has more. */
#define WORKERS_MAX 16

struct workqueue_struct {
	char name[TASK_COMM_LEN];
	unsigned int max_active;
	unsigned int nr_workers;
	unsigned int nr_idle;
	bool ends;
	u64 seq;			/* of what was queued last */
	struct list_head pending;
	struct list_head workers;
	pthread_cond_t changed;		/* something was queued, or has ended */
};

struct worker {
	struct workqueue_struct *wq;
	struct work_struct *current_work;
	u64 seq;			/* of the work that runs; only its address may be used */
	pthread_t thread;
	struct list_head node;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static kshim_tls struct worker *self;

static struct workqueue_struct system_queue = {
	.name = "events",
	.max_active = WORKERS_MAX,
	.pending = LIST_HEAD_INIT(system_queue.pending),
	.workers = LIST_HEAD_INIT(system_queue.workers),
	.changed = PTHREAD_COND_INITIALIZER,
};

struct workqueue_struct * const kshim_system_wq = &system_queue;

static struct worker *runner_of(const struct work_struct *work)
{
	struct worker *w;

	if (!work->wq)
		return NULL;
	list_for_each_entry(w, &work->wq->workers, node) {
		if (w->current_work == work)
			return w;
	}
	return NULL;
}

/* A work item never runs twice at once. */
static struct work_struct *next_work(struct workqueue_struct *wq)
{
	struct work_struct *work;

	list_for_each_entry(work, &wq->pending, entry) {
		if (!runner_of(work))
			return work;
	}
	return NULL;
}

static void run_work(struct worker *w, struct work_struct *work)
{
	work_func_t fn = work->func;

	list_del_init(&work->entry);
	WRITE_ONCE(work->pending, false);
	w->current_work = work;
	w->seq = work->seq;
	pthread_mutex_unlock(&lock);
	/* The function may free the work item. */
	fn(work);
	WARN(in_atomic(), "BUG: workqueue leaked lock or atomic: %s: %ps\n", w->wq->name, fn);
	pthread_mutex_lock(&lock);
	w->current_work = NULL;
	pthread_cond_broadcast(&w->wq->changed);
}

static void *worker_main(void *data)
{
	struct worker *w = data;
	struct workqueue_struct *wq = w->wq;
	struct work_struct *work;

	self = w;
	pthread_setname_np(pthread_self(), wq->name);
	pthread_mutex_lock(&lock);
	while (!wq->ends || !list_empty(&wq->pending)) {
		work = next_work(wq);
		if (work) {
			run_work(w, work);
			continue;
		}
		wq->nr_idle++;
		pthread_cond_wait(&wq->changed, &lock);
		wq->nr_idle--;
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void add_worker(struct workqueue_struct *wq)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (w) {
		w->wq = wq;
		list_add(&w->node, &wq->workers);
		wq->nr_workers++;
	}
	if (!w || pthread_create(&w->thread, NULL, worker_main, w))
		panic("shim: cannot start a worker of %s\n", wq->name);
}

static void end_workers(struct workqueue_struct *wq)
{
	struct worker *w, *next;

	pthread_mutex_lock(&lock);
	wq->ends = true;
	pthread_cond_broadcast(&wq->changed);
	pthread_mutex_unlock(&lock);
	list_for_each_entry_safe(w, next, &wq->workers, node) {
		pthread_join(w->thread, NULL);
		free(w);
	}
}

static void end_system_queue(void)
{
	end_workers(&system_queue);
}

static void __attribute__((__constructor__)) workqueue_init(void)
{
	if (atexit(end_system_queue))
		panic("shim: atexit() failed\n");
}

static bool queue_locked(struct workqueue_struct *wq, struct work_struct *work)
{
	if (work->pending || work->cancelling || WARN_ON(wq->ends && self && self->wq != wq))
		return false;
	WRITE_ONCE(work->pending, true);
	work->wq = wq;
	work->seq = ++wq->seq;
	list_add_tail(&work->entry, &wq->pending);
	if (!wq->nr_idle && wq->nr_workers < wq->max_active)
		add_worker(wq);
	pthread_cond_broadcast(&wq->changed);
	return true;
}

bool kshim_queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	bool queued;

	pthread_mutex_lock(&lock);
	queued = queue_locked(wq, work);
	pthread_mutex_unlock(&lock);
	return queued;
}

/* What was queued up to @seq has not ended yet: @work alone, or all of the queue. */
static bool is_busy(struct workqueue_struct *wq, const struct work_struct *only, u64 seq)
{
	struct work_struct *work;
	struct worker *w;

	list_for_each_entry(work, &wq->pending, entry) {
		if (work->seq <= seq && (!only || work == only))
			return true;
	}
	list_for_each_entry(w, &wq->workers, node) {
		if (w->current_work && w->seq <= seq && (!only || w->current_work == only))
			return true;
	}
	return false;
}

static bool wait_for_work(struct workqueue_struct *wq, const struct work_struct *only, u64 seq)
{
	bool waited = false;

	WARN(self && self->wq == wq && (!only || self->current_work == only),
	     "workqueue: %s waits for itself\n", wq->name);
	while (is_busy(wq, only, seq)) {
		waited = true;
		pthread_cond_wait(&wq->changed, &lock);
	}
	return waited;
}

bool kshim_flush_work(struct work_struct *work)
{
	bool waited;

	might_sleep();
	pthread_mutex_lock(&lock);
	waited = work->wq && wait_for_work(work->wq, work, work->seq);
	pthread_mutex_unlock(&lock);
	return waited;
}

void kshim_flush_workqueue(struct workqueue_struct *wq)
{
	might_sleep();
	pthread_mutex_lock(&lock);
	wait_for_work(wq, NULL, wq->seq);
	pthread_mutex_unlock(&lock);
}

bool kshim_cancel_work(struct work_struct *work, bool sync)
{
	bool was_pending;

	if (sync)
		might_sleep();
	pthread_mutex_lock(&lock);
	was_pending = work->pending;
	if (was_pending)
		list_del_init(&work->entry);
	WRITE_ONCE(work->pending, false);
	if (sync && work->wq) {
		/* The function that is waited for must not queue it again. */
		WRITE_ONCE(work->cancelling, work->cancelling + 1);
		wait_for_work(work->wq, work, U64_MAX);
		WRITE_ONCE(work->cancelling, work->cancelling - 1);
	}
	pthread_mutex_unlock(&lock);
	return was_pending;
}

bool kshim_work_busy(struct work_struct *work)
{
	bool busy;

	pthread_mutex_lock(&lock);
	busy = work->pending || runner_of(work);
	pthread_mutex_unlock(&lock);
	return busy;
}

struct workqueue_struct *kshim_alloc_workqueue(int max_active, const char *fmt, ...)
{
	struct workqueue_struct *wq = kzalloc(sizeof(*wq), GFP_KERNEL);
	va_list args;

	if (!wq)
		return NULL;
	va_start(args, fmt);
	kshim_vsnprintf(wq->name, sizeof(wq->name), fmt, args);
	va_end(args);
	wq->max_active = max_active > 0 ? min(max_active, WORKERS_MAX) : WORKERS_MAX;
	INIT_LIST_HEAD(&wq->pending);
	INIT_LIST_HEAD(&wq->workers);
	pthread_cond_init(&wq->changed, NULL);
	return wq;
}

void kshim_destroy_workqueue(struct workqueue_struct *wq)
{
	might_sleep();
	end_workers(wq);
	pthread_cond_destroy(&wq->changed);
	kfree(wq);
}

static void delayed_work_is_due(struct timer_list *timer)
{
	struct delayed_work *dwork = from_timer(dwork, timer, timer);

	kshim_queue_work(dwork->wq, &dwork->work);
}

void kshim_init_delayed_work(struct delayed_work *dwork, work_func_t fn)
{
	INIT_WORK(&dwork->work, fn);
	timer_setup(&dwork->timer, delayed_work_is_due, 0);
}

bool kshim_queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
			      unsigned long delay)
{
	if (!delay)
		return !timer_pending(&dwork->timer) && kshim_queue_work(wq, &dwork->work);
	if (timer_pending(&dwork->timer) || READ_ONCE(dwork->work.pending) ||
	    READ_ONCE(dwork->work.cancelling))
		return false;
	dwork->wq = wq;
	dwork->timer.function = delayed_work_is_due;
	mod_timer(&dwork->timer, jiffies + delay);
	return true;
}

bool kshim_mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
			    unsigned long delay)
{
	bool was_pending = kshim_cancel_delayed_work(dwork, false);

	kshim_queue_delayed_work(wq, dwork, delay);
	return was_pending;
}

bool kshim_cancel_delayed_work(struct delayed_work *dwork, bool sync)
{
	bool was_pending;

	pthread_mutex_lock(&lock);
	WRITE_ONCE(dwork->work.cancelling, dwork->work.cancelling + 1);
	pthread_mutex_unlock(&lock);
	was_pending = kshim_timer_delete(&dwork->timer, sync);
	was_pending |= kshim_cancel_work(&dwork->work, sync);
	/* The function may have armed the timer before it was waited for. */
	if (sync)
		kshim_timer_delete(&dwork->timer, true);
	pthread_mutex_lock(&lock);
	WRITE_ONCE(dwork->work.cancelling, dwork->work.cancelling - 1);
	pthread_mutex_unlock(&lock);
	return was_pending;
}

bool kshim_flush_delayed_work(struct delayed_work *dwork)
{
	if (kshim_timer_delete(&dwork->timer, true))
		kshim_queue_work(dwork->wq, &dwork->work);
	return kshim_flush_work(&dwork->work);
}
