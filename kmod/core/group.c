// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups: Go's sync.WaitGroup and errgroup.Group in one.
 *
 * Threads that wait are woken under the group's lock, and take it before they go on. So neither a
 * sleeper nor a group on the waiter's stack goes away under the hands of whoever wakes it.
 */
#include "impl.h"

static bool kdefer_group_is_full(const struct kdefer_group *g)
{
	return g->limit && g->running >= g->limit;
}

/* Gives free places to those who wait for one; the one that came first is the first to get one. */
static void kdefer_group_admit(struct kdefer_group *g)
{
	struct kdefer_sleeper *s;

	while (unlikely(g->starters) && !kdefer_group_is_full(g)) {
		s = g->starters;
		g->starters = s->next;
		if (!g->starters)
			g->starters_end = &g->starters;
		g->running++;
		kdefer_host_wake(s);
	}
}

/* Takes a place. If there is none, @s gets in line for one. */
static bool kdefer_group_enter(struct kdefer_group *g, struct kdefer_sleeper *s)
{
	unsigned long flags;
	bool full;

	raw_spin_lock_irqsave(&g->lock, flags);
	full = kdefer_group_is_full(g);
	if (!full)
		g->running++;
	if (full && s) {
		kdefer_host_sleeper_init(s);
		*g->starters_end = s;
		g->starters_end = &s->next;
	}
	raw_spin_unlock_irqrestore(&g->lock, flags);
	return !full;
}

static int kdefer_group_begin(struct kdefer_group *g)
{
	struct kdefer_sleeper s __uninitialized;
	unsigned long flags;

	if (likely(kdefer_group_enter(g, NULL)))
		return 0;
	if (!kdefer_host_may_sleep())
		return -EAGAIN;
	if (kdefer_group_enter(g, &s))
		return 0;
	kdefer_host_sleep(&s, MAX_SCHEDULE_TIMEOUT);
	raw_spin_lock_irqsave(&g->lock, flags);
	raw_spin_unlock_irqrestore(&g->lock, flags);
	return 0;
}

/**
 * struct kdefer_group_waiter - a thread that waits for all members of a group
 * @sleeper: the thread
 * @next: the one that came after it
 * @out: where to put the outcome
 * @over: all members have ended, and *@out is filled in
 */
struct kdefer_group_waiter {
	struct kdefer_sleeper sleeper;
	struct kdefer_group_waiter *next;
	struct kdefer_outcome *out;
	bool over;
};

/*
 * What the group has come to is handed over, and the group is as new. Of an outcome without a panic
 * the value is left as it is, for who waits may not want it: see kdefer_group_clear_value().
 */
static void kdefer_group_take(struct kdefer_group *g, struct kdefer_outcome *out)
{
	lockdep_assert_held(&g->lock);
	WRITE_ONCE(g->cancelled, false);
	if (likely(!g->failed)) {
		out->how = KDEFER_RETURNED;
		out->result = 0;
		return;
	}
	g->failed = false;
	*out = g->first;
}

/* What an earlier call has left in *@out must not be taken for the value of this one. */
static void kdefer_group_clear_value(struct kdefer_outcome *out)
{
	if (out->how != KDEFER_PANICKED)
		out->value = (struct kdefer_value){ };
}

/* All members have ended. An object has one owner: who has waited for longest. */
static void kdefer_group_tell(struct kdefer_group *g)
{
	struct kdefer_group_waiter *first = g->waiters, *w, *next;

	kdefer_group_take(g, first->out);
	for (w = first; w; w = next) {
		next = w->next;
		if (w != first) {
			*w->out = *first->out;
			if (w->out->how == KDEFER_PANICKED)
				kdefer_value_disown(&w->out->value);
		}
		w->over = true;
		kdefer_host_wake(&w->sleeper);
	}
	g->waiters = NULL;
}

/* Gives a place back. A waiter may free the group as soon as the lock is open again. */
static void kdefer_group_leave(struct kdefer_group *g)
{
	lockdep_assert_held(&g->lock);
	g->running--;
	kdefer_group_admit(g);
	if (!g->running && g->waiters)
		kdefer_group_tell(g);
}

/*
 * A member is about to end with the failure *@out. Returns false if the group does not keep that,
 * since another member has failed before.
 */
bool kdefer_group_keep(struct kdefer_group *g, const struct kdefer_outcome *out)
{
	unsigned long flags;
	bool first;

	raw_spin_lock_irqsave(&g->lock, flags);
	first = !g->failed;
	if (first) {
		g->first = *out;
		g->failed = true;
		WRITE_ONCE(g->cancelled, true);
	}
	raw_spin_unlock_irqrestore(&g->lock, flags);
	return first;
}

/* A member has ended, after its deferred calls (rules P25, G14). */
void kdefer_group_end(struct kdefer_group *g)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&g->lock, flags);
	kdefer_group_leave(g);
	raw_spin_unlock_irqrestore(&g->lock, flags);
}

/**
 * kdefer_group_go - run a function as a member of a group
 * @g: the group
 * @fn: the function; a negative result is a failure
 * @arg: its argument, which has to be valid until the group was waited for
 *
 * As kdefer_go(). If the group has a limit and is full, this waits until a member has ended. A
 * member may start further ones; with a limit, members that all wait to start one wait for ever.
 *
 * Context: as kdefer_go(). With a limit that is reached it may sleep.
 * Return: as kdefer_go(); -EAGAIN also if the group is full and it may not sleep here. Then the
 * group is as it was.
 */
int kdefer_group_go(struct kdefer_group *g, long (*fn)(void *), void *arg)
{
	struct kdefer_job job = { .fn = kdefer_fn_cast(kdefer_any_fn, fn), .arg = arg, .group = g };
	int err = kdefer_group_begin(g);

	if (err)
		return err;
	err = kdefer_host_go(&job);
	if (unlikely(err))
		kdefer_group_end(g);
	return err;
}
EXPORT_SYMBOL_GPL(kdefer_group_go);

/**
 * kdefer_group_limit - choose how many members of a group may run at a time
 * @g: the group
 * @n: how many; 0 for any number
 *
 * errgroup's SetLimit. Members that run already go on.
 *
 * Context: any.
 */
void kdefer_group_limit(struct kdefer_group *g, unsigned int n)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&g->lock, flags);
	g->limit = n;
	kdefer_group_admit(g);
	raw_spin_unlock_irqrestore(&g->lock, flags);
}
EXPORT_SYMBOL_GPL(kdefer_group_limit);

/**
 * kdefer_group_cancel - ask the members of a group to give up
 * @g: the group
 *
 * They see it in kdefer_group_cancelled(); nothing else happens.
 *
 * Context: any.
 */
void kdefer_group_cancel(struct kdefer_group *g)
{
	WRITE_ONCE(g->cancelled, true);
}
EXPORT_SYMBOL_GPL(kdefer_group_cancel);

static void kdefer_group_add_waiter(struct kdefer_group *g, struct kdefer_group_waiter *w)
{
	struct kdefer_group_waiter **at = &g->waiters;

	lockdep_assert_held(&g->lock);
	while (*at)
		at = &(*at)->next;
	*at = w;
}

static void kdefer_group_del_waiter(struct kdefer_group *g, const struct kdefer_group_waiter *w)
{
	struct kdefer_group_waiter **at = &g->waiters;

	lockdep_assert_held(&g->lock);
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
}

/* Returns false if members still run after @timeout. */
static bool kdefer_group_sleep(struct kdefer_group *g, struct kdefer_outcome *out, long timeout)
{
	struct kdefer_group_waiter w = { .out = out };

	kdefer_host_sleeper_init(&w.sleeper);
	raw_spin_lock_irq(&g->lock);
	if (!g->running) {
		kdefer_group_take(g, out);
		w.over = true;
	} else if (timeout) {
		kdefer_group_add_waiter(g, &w);
		raw_spin_unlock_irq(&g->lock);
		kdefer_host_sleep(&w.sleeper, timeout);
		raw_spin_lock_irq(&g->lock);
		if (!w.over)
			kdefer_group_del_waiter(g, &w);
	}
	raw_spin_unlock_irq(&g->lock);
	return w.over;
}

/**
 * kdefer_group_wait_timeout - wait for all members of a group, but not for ever
 * @g: the group
 * @out: filled in with the outcome of the first member that failed, or else with KDEFER_RETURNED
 *	and 0; the object of a KDEFER_POINTER is the caller's. Left alone when time is up
 * @timeout: in jiffies
 *
 * As kdefer_group_wait(). The members that are not waited for any more go on, and the group must
 * stay until they were.
 *
 * Context: process context, sleeps.
 * Return: true if all have ended.
 */
bool kdefer_group_wait_timeout(struct kdefer_group *g, struct kdefer_outcome *out, long timeout)
{
	bool over = kdefer_group_sleep(g, out, timeout);

	if (over)
		kdefer_group_clear_value(out);
	return over;
}
EXPORT_SYMBOL_GPL(kdefer_group_wait_timeout);

/**
 * kdefer_group_wait - wait for all members of a group
 * @g: the group
 * @out: filled in with the outcome of the first member that failed: that panicked, called
 *	kgoexit(), or returned a negative value; if none did, with KDEFER_RETURNED and 0. May be
 *	NULL; then the object of a panic's value is released
 *
 * Go's WaitGroup.Wait and errgroup's. A member has ended when its deferred calls have run, in
 * whichever way it ends (rules P25, G14). Afterwards the group can be used again, or freed. Of
 * several threads that wait, each gets the outcome; an object in it is the one's that came first,
 * for the others it is as kdefer_value_take() leaves it.
 *
 * Context: process context, sleeps.
 * Return: the result of the first member that failed: what it returned, the code given to
 * kgoexit(), or the panic's &kdefer_value.err, -EOWNERDEAD if its thread was killed; 0 if none
 * failed; -EDEADLK, with a warning, if the caller is a member: *@out is that of a panic with it.
 */
long kdefer_group_wait(struct kdefer_group *g, struct kdefer_outcome *out)
{
	struct kdefer_outcome own __uninitialized;

	if (WARN(kdefer_host_group() == g,
		 "%s: %s[%d] is a member and would wait for itself: let the starter wait\n",
		 __func__, current->comm, task_pid_nr(current))) {
		if (out)
			*out = kdefer_outcome_of_errno(-EDEADLK);
		return -EDEADLK;
	}
	kdefer_group_sleep(g, out ?: &own, MAX_SCHEDULE_TIMEOUT);
	if (out) {
		kdefer_group_clear_value(out);
		return out->result;
	}
	if (own.how == KDEFER_PANICKED)
		kdefer_value_release(&own.value);
	return own.result;
}
EXPORT_SYMBOL_GPL(kdefer_group_wait);
