/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Singleflight: callers that ask for the same key at the same time share one call. After
 * golang.org/x/sync/singleflight.
 */
#ifndef SINGLEFLIGHT_H
#define SINGLEFLIGHT_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <kdefer/kdefer.h>

#define SF_KEY_MAX	32

/* The calls that are under way, one for each key. */
struct sf_group {
	/* Guards the list, and the calls in it. */
	struct mutex lock;
	struct list_head calls;
};

#define SF_GROUP_INIT(g)							\
	{ .lock = __MUTEX_INITIALIZER((g).lock), .calls = LIST_HEAD_INIT((g).calls) }

typedef long (*sf_fn)(void *arg);

/*
 * Calls fn(arg), or waits for a call of the same key that is under way, and returns its result. A
 * panic of the function reaches every caller as a panic, with the same value. A kgoexit() ends the
 * thread that made the call; all others get -ECANCELED. *@shared: somebody else has the same
 * result.
 */
long sf_do(struct sf_group *g, const char *key, sf_fn fn, void *arg, bool *shared);

/* Told on another thread, once, what sf_do() would have returned. */
struct sf_listener {
	struct list_head link;
	void (*tell)(struct sf_listener *l, long result, bool shared);
};

/*
 * As sf_do(), without waiting. A panic of the function can be recovered by nobody then: there is no
 * caller left that it could reach.
 */
int sf_do_async(struct sf_group *g, const char *key, sf_fn fn, void *arg, struct sf_listener *l);

/* The next caller makes a call of its own, although one is under way. */
void sf_forget(struct sf_group *g, const char *key);

#endif
