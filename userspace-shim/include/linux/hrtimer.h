/* SPDX-License-Identifier: GPL-2.0-only */
/* Timers with a resolution of nanoseconds. Their functions run as in an interrupt. */
#ifndef _KSHIM_LINUX_HRTIMER_H
#define _KSHIM_LINUX_HRTIMER_H

#include <time.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/types.h>

enum hrtimer_restart { HRTIMER_NORESTART, HRTIMER_RESTART };

enum hrtimer_mode {
	HRTIMER_MODE_ABS = 0,
	HRTIMER_MODE_REL = 1,
	HRTIMER_MODE_PINNED = 2,
	HRTIMER_MODE_SOFT = 4,
	HRTIMER_MODE_HARD = 8,
	HRTIMER_MODE_ABS_PINNED = 2,
	HRTIMER_MODE_REL_PINNED = 3,
	HRTIMER_MODE_ABS_SOFT = 4,
	HRTIMER_MODE_REL_SOFT = 5,
};

struct hrtimer {
	struct list_head entry;
	ktime_t expires;
	int clock;
	enum hrtimer_restart (*function)(struct hrtimer *timer);
};

void kshim_hrtimer_start(struct hrtimer *timer, ktime_t time, bool relative);
int kshim_hrtimer_cancel(struct hrtimer *timer, bool sync);
bool kshim_hrtimer_active(const struct hrtimer *timer);
u64 kshim_hrtimer_forward(struct hrtimer *timer, ktime_t now, ktime_t interval);

static inline void hrtimer_init(struct hrtimer *timer, int clock,
				enum hrtimer_mode mode __maybe_unused)
{
	*timer = (struct hrtimer){ .clock = clock };
	INIT_LIST_HEAD(&timer->entry);
}

static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*fn)(struct hrtimer *timer), int clock,
				 enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}

#define hrtimer_start(timer, time, mode) \
	kshim_hrtimer_start(timer, time, (mode) & HRTIMER_MODE_REL)
#define hrtimer_start_range_ns(timer, time, delta, mode) \
	((void)(delta), hrtimer_start(timer, time, mode))
#define hrtimer_restart(timer) kshim_hrtimer_start(timer, (timer)->expires, false)
#define hrtimer_cancel(timer) kshim_hrtimer_cancel(timer, true)
#define hrtimer_try_to_cancel(timer) kshim_hrtimer_cancel(timer, false)
#define hrtimer_active(timer) kshim_hrtimer_active(timer)
#define hrtimer_cb_get_time(timer) kshim_ktime_get((timer)->clock)
#define hrtimer_get_expires(timer) ((timer)->expires)
#define hrtimer_set_expires(timer, time) ((void)((timer)->expires = (time)))
#define hrtimer_forward(timer, now, interval) kshim_hrtimer_forward(timer, now, interval)
#define hrtimer_forward_now(timer, interval) \
	hrtimer_forward(timer, hrtimer_cb_get_time(timer), interval)

#endif /* _KSHIM_LINUX_HRTIMER_H */
