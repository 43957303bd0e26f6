// SPDX-License-Identifier: GPL-2.0-only
/* Timers: one thread calls their functions, one after the other, as if in a softirq. */

#include <time.h>
#include "kshim-impl.h"

#include <kdefer-shim.h>
#include <linux/list.h>
#include <linux/time64.h>
#include <linux/timer.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;		/* what is due next, or that the program ends */
static pthread_cond_t idle = PTHREAD_COND_INITIALIZER;
static LIST_HEAD(queue);		/* by the time when they are due */
static struct timer_list *running;
static bool ended;

static void __attribute__((__constructor__)) timer_init(void)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &attr);
	pthread_condattr_destroy(&attr);
}

static void call(struct timer_list *timer)
{
	void (*fn)(struct timer_list *timer) = timer->function;

	list_del_init(&timer->entry);
	running = timer;
	pthread_mutex_unlock(&lock);
	shim_softirq_enter();
	/* The function may free its timer. */
	fn(timer);
	shim_softirq_exit();
	pthread_mutex_lock(&lock);
	running = NULL;
	pthread_cond_broadcast(&idle);
}

static void wait_until(unsigned long expires)
{
	const unsigned long tick = NSEC_PER_SEC / HZ;
	struct timespec until = {
		.tv_sec = (time_t)(expires / HZ), .tv_nsec = (long)(expires % HZ * tick),
	};

	pthread_cond_timedwait(&changed, &lock, &until);
}

static void run_timers(void)
{
	struct timer_list *timer;

	pthread_mutex_lock(&lock);
	while (!ended) {
		timer = list_first_entry_or_null(&queue, struct timer_list, entry);
		if (!timer)
			pthread_cond_wait(&changed, &lock);
		else if (time_after(timer->expires, jiffies))
			wait_until(timer->expires);
		else
			call(timer);
	}
	pthread_mutex_unlock(&lock);
}

static void end_timers(void)
{
	pthread_mutex_lock(&lock);
	ended = true;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

static struct kshim_service service = {
	.name = "timers", .run = run_timers, .end = end_timers,
};

/* An entry that DEFINE_TIMER() has made is all zero. */
static bool is_queued(const struct timer_list *timer)
{
	return timer->entry.next && !list_empty(&timer->entry);
}

static void insert(struct timer_list *timer)
{
	struct list_head *at = &queue;
	struct timer_list *other;

	list_for_each_entry(other, &queue, entry) {
		if (time_before(timer->expires, other->expires)) {
			at = &other->entry;
			break;
		}
	}
	list_add_tail(&timer->entry, at);
	pthread_cond_signal(&changed);
}

bool kshim_timer_mod(struct timer_list *timer, unsigned long expires)
{
	bool was_queued;

	kshim_service_start(&service);
	pthread_mutex_lock(&lock);
	was_queued = is_queued(timer);
	if (was_queued)
		list_del(&timer->entry);
	/* One that was shut down has none. */
	if (timer->function) {
		timer->expires = expires;
		insert(timer);
	}
	pthread_mutex_unlock(&lock);
	return was_queued;
}

bool kshim_timer_pending(const struct timer_list *timer)
{
	bool queued;

	pthread_mutex_lock(&lock);
	queued = is_queued(timer);
	pthread_mutex_unlock(&lock);
	return queued;
}

static bool delete_locked(struct timer_list *timer, bool sync)
{
	bool was_queued = false;

	/* What a function that is waited for has armed again is taken back. */
	for (;;) {
		if (is_queued(timer)) {
			list_del_init(&timer->entry);
			was_queued = true;
		}
		if (!sync || running != timer)
			return was_queued;
		pthread_cond_wait(&idle, &lock);
	}
}

int kshim_timer_delete(struct timer_list *timer, bool sync)
{
	bool was_queued;

	pthread_mutex_lock(&lock);
	was_queued = delete_locked(timer, sync);
	pthread_mutex_unlock(&lock);
	return was_queued;
}

int kshim_timer_shutdown(struct timer_list *timer, bool sync)
{
	bool was_queued;

	pthread_mutex_lock(&lock);
	timer->function = NULL;
	was_queued = delete_locked(timer, sync);
	pthread_mutex_unlock(&lock);
	return was_queued;
}
