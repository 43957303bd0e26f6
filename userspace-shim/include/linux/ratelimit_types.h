/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_RATELIMIT_TYPES_H
#define _KSHIM_LINUX_RATELIMIT_TYPES_H

#include <linux/types.h>

/* In jiffies, of which the shim has 1000 in a second. */
#define DEFAULT_RATELIMIT_INTERVAL (5 * 1000)
#define DEFAULT_RATELIMIT_BURST 10

struct ratelimit_state {
	int busy;
	int interval;
	int burst;
	int printed;
	int missed;
	unsigned long begin;
};

#define RATELIMIT_STATE_INIT(name, interval_init, burst_init) \
	{ .interval = (interval_init), .burst = (burst_init) }
#define DEFINE_RATELIMIT_STATE(name, interval_init, burst_init) \
	struct ratelimit_state name = RATELIMIT_STATE_INIT(name, interval_init, burst_init)

bool kshim_ratelimit(struct ratelimit_state *rs, const char *func);

#define __ratelimit(state) kshim_ratelimit(state, __func__)

#endif /* _KSHIM_LINUX_RATELIMIT_TYPES_H */
