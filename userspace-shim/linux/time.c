// SPDX-License-Identifier: GPL-2.0-only
/* Clocks and delays. */

#include <errno.h>
#include <time.h>
#include "kshim-impl.h"

#include <linux/delay.h>
#include <linux/ktime.h>

s64 kshim_ktime_get(int clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (s64)now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

/* Spins, as the kernel does: also allowed where sleeping is not. */
void kshim_udelay(u64 nsecs)
{
	s64 until = kshim_ktime_get(CLOCK_MONOTONIC) + (s64)nsecs;

	while (kshim_ktime_get(CLOCK_MONOTONIC) < until)
		barrier();
}

void kshim_usleep(u64 nsecs)
{
	s64 until = kshim_ktime_get(CLOCK_MONOTONIC) + (s64)nsecs;
	struct timespec t = { .tv_sec = until / NSEC_PER_SEC, .tv_nsec = until % NSEC_PER_SEC };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}
