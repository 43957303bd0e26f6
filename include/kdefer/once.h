/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Once: a function that is called once, whoever asks for its result.
 */
#ifndef _KDEFER_ONCE_H
#define _KDEFER_ONCE_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <asm/barrier.h>
#include <kdefer/outcome.h>

struct kdefer_sleeper;
struct task_struct;

/**
 * enum kdefer_once_state - how far a &struct kdefer_once has come
 * @KDEFER_ONCE_NEW: nobody has asked yet
 * @KDEFER_ONCE_RUNNING: the function runs
 * @KDEFER_ONCE_DONE: it has ended, in one way or another
 */
enum kdefer_once_state {
	KDEFER_ONCE_NEW,
	KDEFER_ONCE_RUNNING,
	KDEFER_ONCE_DONE,
};

/**
 * struct kdefer_once - the call that is made once, and its outcome
 * @state: an &enum kdefer_once_state
 * @lock: guards @runner, @waiters and each change of @state
 * @runner: who runs the function
 * @waiters: who waits for its end
 * @outcome: how it has ended
 *
 * What it holds is for kdefer alone.
 */
struct kdefer_once {
	int state;
	raw_spinlock_t lock;
	struct task_struct *runner;
	struct kdefer_sleeper *waiters;
	struct kdefer_outcome outcome;
};

/**
 * define KDEFER_ONCE_INIT - initial value of a &struct kdefer_once
 */
#define KDEFER_ONCE_INIT	{ .lock = __RAW_SPIN_LOCK_UNLOCKED(kdefer_once_lock) }

/**
 * kdefer_once_init - set up a &struct kdefer_once at run time
 * @o: to be set up; nobody uses it
 *
 * Context: any.
 */
static inline void kdefer_once_init(struct kdefer_once *o)
{
	o->state = KDEFER_ONCE_NEW;
	raw_spin_lock_init(&o->lock);
	o->runner = NULL;
	o->waiters = NULL;
}

long kdefer_once(struct kdefer_once *o, long (*fn)(void *), void *arg);

#endif /* _KDEFER_ONCE_H */
