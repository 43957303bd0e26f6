/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks of every kind that are in the middle of something when somebody else ends them.
 */
#ifndef _KDEFER_LIFECYCLE_H
#define _KDEFER_LIFECYCLE_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <kdefer/kdefer.h>

/**
 * struct lifecycle_counts - what must add up in the end
 * @deferred: deferred calls that were registered
 * @ran: those that ran
 * @recovered: panics that were recovered
 * @no_memory: of these, those that were raised for want of memory
 * @wrong: whatever must not happen
 */
struct lifecycle_counts {
	atomic_long_t deferred;
	atomic_long_t ran;
	atomic_long_t recovered;
	atomic_long_t no_memory;
	atomic_long_t wrong;
};

extern struct lifecycle_counts counts;

/* Counts, and says what is wrong. */
#define wrong(fmt, ...)								\
do {										\
	atomic_long_inc(&counts.wrong);						\
	pr_err("kdefer_lifecycle: " fmt "\n", ##__VA_ARGS__);			\
} while (0)

/* Counted before: without memory, kdefer() makes the call at once, and panics. */
#define defer_counted(fn, arg)							\
do {										\
	atomic_long_inc(&counts.deferred);					\
	kdefer(fn, arg);							\
} while (0)

/* calls.c */
void count_call(void *unused);
void fail_allocations(bool on);
void quiet_round(void);
void panic_round(void);
void panic_uncaught(void);
void run_rounds(void);
bool counts_add_up(void);

/* threads.c */
int threads_start(bool settle);
void threads_stop(void);

/* device.c */
int lifecycle_device_add(void);
void lifecycle_device_del(void);

/* killed.c */
int kill_threads(unsigned int nr);

#endif /* _KDEFER_LIFECYCLE_H */
