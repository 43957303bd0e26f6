// SPDX-License-Identifier: GPL-2.0-only
/* High-resolution timers: one thread calls their functions, one after the other. */

#include <time.h>
#include "kshim-impl.h"

#include <kdefer-shim.h>
#include <linux/hrtimer.h>
#include <linux/time64.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;		/* what is due next, or that the program ends */
static pthread_cond_t idle = PTHREAD_COND_INITIALIZER;
static LIST_HEAD(queue);		/* in no order: each has its own clock */
static struct hrtimer *running;
static bool ended;

static void __attribute__((__constructor__)) hrtimer_init_clock(void)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &attr);
	pthread_condattr_destroy(&attr);
}

static ktime_t left(const struct hrtimer *timer)
{
	return timer->expires - kshim_ktime_get(timer->clock);
}

static struct hrtimer *next_timer(void)
{
	struct hrtimer *timer, *next = NULL;

	list_for_each_entry(timer, &queue, entry)
		if (!next || left(timer) < left(next))
			next = timer;
	return next;
}

static void call(struct hrtimer *timer)
{
	enum hrtimer_restart again;

	list_del_init(&timer->entry);
	running = timer;
	pthread_mutex_unlock(&lock);
	shim_hardirq_enter();
	again = timer->function(timer);
	shim_hardirq_exit();
	pthread_mutex_lock(&lock);
	/* A function that does not want to be called again may have freed its timer. */
	if (again == HRTIMER_RESTART && list_empty(&timer->entry))
		list_add(&timer->entry, &queue);
	running = NULL;
	pthread_cond_broadcast(&idle);
}

static void wait_for(ktime_t ns)
{
	ktime_t at = kshim_ktime_get(CLOCK_MONOTONIC) + ns;
	struct timespec until = {
		.tv_sec = at / NSEC_PER_SEC, .tv_nsec = at % NSEC_PER_SEC,
	};

	pthread_cond_timedwait(&changed, &lock, &until);
}

static void run_timers(void)
{
	struct hrtimer *timer;

	pthread_mutex_lock(&lock);
	while (!ended) {
		timer = next_timer();
		if (!timer)
			pthread_cond_wait(&changed, &lock);
		else if (left(timer) > 0)
			wait_for(left(timer));
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
	.name = "hrtimers", .run = run_timers, .end = end_timers,
};

void kshim_hrtimer_start(struct hrtimer *timer, ktime_t time, bool relative)
{
	kshim_service_start(&service);
	pthread_mutex_lock(&lock);
	timer->expires = time + (relative ? kshim_ktime_get(timer->clock) : 0);
	if (list_empty(&timer->entry))
		list_add(&timer->entry, &queue);
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

bool kshim_hrtimer_active(const struct hrtimer *timer)
{
	bool active;

	pthread_mutex_lock(&lock);
	active = !list_empty(&timer->entry) || running == timer;
	pthread_mutex_unlock(&lock);
	return active;
}

/* 1 if it was queued, 0 if it was not; without @sync -1 if its function runs. */
int kshim_hrtimer_cancel(struct hrtimer *timer, bool sync)
{
	int was_queued = 0;

	pthread_mutex_lock(&lock);
	/* What a function that is waited for has started again is taken back. */
	for (;;) {
		if (!list_empty(&timer->entry)) {
			list_del_init(&timer->entry);
			was_queued = 1;
		}
		if (running != timer)
			break;
		if (!sync) {
			was_queued = -1;
			break;
		}
		pthread_cond_wait(&idle, &lock);
	}
	pthread_mutex_unlock(&lock);
	return was_queued;
}

u64 kshim_hrtimer_forward(struct hrtimer *timer, ktime_t now, ktime_t interval)
{
	s64 periods;

	if (now < timer->expires)
		return 0;
	periods = (now - timer->expires) / interval + 1;
	timer->expires += periods * interval;
	return (u64)periods;
}
