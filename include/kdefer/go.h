/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The go statement, and groups of what it starts.
 */
#ifndef _KDEFER_GO_H
#define _KDEFER_GO_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <kdefer/outcome.h>

struct kdefer_group_waiter;
struct kdefer_sleeper;
struct module;

int kdefer_go(void (*fn)(void *), void *arg);
void __kdefer_go_wait(const struct module *owner);

/**
 * kdefer_go_wait - wait until none of the calling module's functions runs on a thread of the pool
 *
 * For a module's exit function: what kdefer_go() and kdefer_group_go() have started is still to
 * end, and its code is about to go. A module that forgets this is waited for, with a warning,
 * before its code is freed. In user space, where there is one program, all of it is waited for.
 * The caller's own call, if it is one of them, is not.
 *
 * Context: process context, sleeps.
 */
#define kdefer_go_wait()	__kdefer_go_wait(THIS_MODULE)

/**
 * struct kdefer_group - functions that run at the same time and are waited for together
 * @lock: guards the rest
 * @running: members that have not ended
 * @limit: how many may run at a time; 0 for any number
 * @failed: a member has failed, and @first is its outcome
 * @cancelled: what kdefer_group_cancelled() returns
 * @waiters: those who wait for all members, the one that came first at the head
 * @starters: those who wait to start one more, the one that came first at the head
 * @starters_end: where the next one is added
 * @first: the outcome of the member that failed first
 *
 * Go's sync.WaitGroup and errgroup.Group. What it holds is for kdefer alone. Set up with
 * KDEFER_GROUP_INIT() or kdefer_group_init(); may be on the stack of whoever waits for it.
 */
struct kdefer_group {
	raw_spinlock_t lock;
	unsigned int running;
	unsigned int limit;
	bool failed;
	bool cancelled;
	struct kdefer_group_waiter *waiters;
	struct kdefer_sleeper *starters;
	struct kdefer_sleeper **starters_end;
	struct kdefer_outcome first;
};

/**
 * KDEFER_GROUP_INIT - initial value of a group
 * @g: the group's name
 */
#define KDEFER_GROUP_INIT(g)						\
	{								\
		.lock = __RAW_SPIN_LOCK_UNLOCKED((g).lock),		\
		.starters_end = &(g).starters,				\
	}

/**
 * kdefer_group_init - set up a group at run time
 * @g: the group; no member of it runs
 *
 * Context: any.
 */
static inline void kdefer_group_init(struct kdefer_group *g)
{
	raw_spin_lock_init(&g->lock);
	g->running = 0;
	g->limit = 0;
	g->failed = false;
	g->cancelled = false;
	g->waiters = NULL;
	g->starters = NULL;
	g->starters_end = &g->starters;
}

int kdefer_group_go(struct kdefer_group *g, long (*fn)(void *), void *arg);
void kdefer_group_limit(struct kdefer_group *g, unsigned int n);
long kdefer_group_wait(struct kdefer_group *g, struct kdefer_outcome *out);
bool kdefer_group_wait_timeout(struct kdefer_group *g, struct kdefer_outcome *out, long timeout);
void kdefer_group_cancel(struct kdefer_group *g);

/**
 * kdefer_group_cancelled - whether the members of a group should give up
 * @g: the group
 *
 * Context: any.
 * Return: true if a member has failed or kdefer_group_cancel() was called, and nobody has waited
 * for the group to the end since.
 */
static inline bool kdefer_group_cancelled(const struct kdefer_group *g)
{
	return READ_ONCE(g->cancelled);
}

#endif /* _KDEFER_GO_H */
