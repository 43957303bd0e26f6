/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_DELAY_H
#define _KSHIM_LINUX_DELAY_H

#include <linux/sched.h>
#include <linux/types.h>

void kshim_udelay(u64 nsecs);
void kshim_usleep(u64 nsecs);

#define ndelay(n) kshim_udelay(n)
#define udelay(n) kshim_udelay((u64)(n) * NSEC_PER_USEC)
#define mdelay(n) kshim_udelay((u64)(n) * NSEC_PER_MSEC)

static inline void msleep(unsigned int msecs)
{
	long timeout = (long)msecs_to_jiffies(msecs) + 1;

	might_sleep();
	while (timeout)
		timeout = schedule_timeout_uninterruptible(timeout);
}

static inline unsigned long msleep_interruptible(unsigned int msecs)
{
	long timeout = (long)msecs_to_jiffies(msecs) + 1;

	might_sleep();
	while (timeout && !signal_pending(current))
		timeout = schedule_timeout_interruptible(timeout);
	return jiffies_to_msecs((unsigned long)timeout);
}

static inline void ssleep(unsigned int seconds)
{
	msleep(seconds * 1000);
}

static inline void usleep_range(unsigned long min, unsigned long max __always_unused)
{
	might_sleep();
	kshim_usleep((u64)min * NSEC_PER_USEC);
}

static inline void fsleep(unsigned long usecs)
{
	usleep_range(usecs, 2 * usecs);
}

#endif /* _KSHIM_LINUX_DELAY_H */
