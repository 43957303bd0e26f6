/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Jobs for the threads of the pool that leave them in every state there is.
 */
#ifndef _KDEFER_POOL_TEST_H
#define _KDEFER_POOL_TEST_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <kdefer/kdefer.h>

/**
 * struct pool_counts - what must add up in the end
 * @jobs: jobs that were started
 * @ended: jobs whose deferred calls have run
 * @deferred: deferred calls that were registered
 * @ran: those that ran
 * @refused: jobs for which no thread was idle, in atomic context
 * @wrong: whatever must not happen
 */
struct pool_counts {
	atomic_long_t jobs;
	atomic_long_t ended;
	atomic_long_t deferred;
	atomic_long_t ran;
	atomic_long_t refused;
	atomic_long_t wrong;
};

extern struct pool_counts counts;

/* Counts, and says what is wrong. */
#define wrong(fmt, ...)								\
do {										\
	atomic_long_inc(&counts.wrong);						\
	pr_err_ratelimited("kdefer_pool_test: wrong: " fmt "\n", ##__VA_ARGS__);	\
} while (0)

/* main.c: how long 32 jobs may take, in seconds. */
extern unsigned int patience;

/* jobs.c */
int jobs_start(unsigned int nr);
void jobs_stop(void);
void jobs_wait(void);

/* changes.c */
int changes_init(void);
void changes_exit(void);
const char *not_as_new(void);
void change_something(unsigned int what);
void change_for_good(unsigned int what);

#endif /* _KDEFER_POOL_TEST_H */
