// SPDX-License-Identifier: GPL-2.0-only
/*
 * Once: Go's sync.OnceValue.
 */
#include "impl.h"

/* How often those who wait look whether the thread that they wait for still lives. */
#define KDEFER_ONCE_LOOK	HZ

/* Returns the thread that has run the function, whose reference is the caller's to give up. */
static struct task_struct *kdefer_once_close(struct kdefer_once *o)
{
	struct task_struct *runner = o->runner;
	struct kdefer_sleeper *s, *next;

	lockdep_assert_held(&o->lock);
	o->runner = NULL;
	/* Pairs with the acquire in kdefer_once(): who sees this sees the outcome. */
	smp_store_release(&o->state, KDEFER_ONCE_DONE);
	for (s = o->waiters; s; s = next) {
		next = s->next;
		kdefer_host_wake(s);
	}
	o->waiters = NULL;
	return runner;
}

static void kdefer_once_done(struct kdefer_once *o)
{
	struct task_struct *runner;
	unsigned long flags;

	raw_spin_lock_irqsave(&o->lock, flags);
	runner = kdefer_once_close(o);
	raw_spin_unlock_irqrestore(&o->lock, flags);
	put_task_struct(runner);
}

/*
 * Whether the function has ended. A thread that was killed in the function never comes back from
 * there, and its deferred calls are lost: all others get a panic that says so.
 */
static bool kdefer_once_is_over(struct kdefer_once *o)
{
	struct task_struct *dead = NULL;
	unsigned long flags;
	bool over;

	/* Whoever has woken this thread still looks at the sleeper, under the lock. */
	raw_spin_lock_irqsave(&o->lock, flags);
	if (o->runner && kdefer_host_has_ended(o->runner)) {
		o->outcome = kdefer_outcome_of_errno(-EOWNERDEAD);
		dead = kdefer_once_close(o);
	}
	over = o->state == KDEFER_ONCE_DONE;
	raw_spin_unlock_irqrestore(&o->lock, flags);
	if (dead)
		put_task_struct(dead);
	return over;
}

/* The first to come is to run the function; the others wait here until that has ended. */
static bool kdefer_once_begin(struct kdefer_once *o)
{
	struct kdefer_sleeper s __uninitialized;
	unsigned long flags;
	int state;

	raw_spin_lock_irqsave(&o->lock, flags);
	state = o->state;
	if (state == KDEFER_ONCE_NEW) {
		/* So that nobody takes another thread for this one when this one is gone. */
		o->runner = get_task_struct(current);
		WRITE_ONCE(o->state, KDEFER_ONCE_RUNNING);
	}
	if (state != KDEFER_ONCE_RUNNING || o->runner == current) {
		raw_spin_unlock_irqrestore(&o->lock, flags);
		if (state == KDEFER_ONCE_RUNNING)
			kpanicf("kdefer_once() would wait for itself: the function calls it");
		return state == KDEFER_ONCE_NEW;
	}
	kdefer_host_sleeper_init(&s);
	s.next = o->waiters;
	o->waiters = &s;
	raw_spin_unlock_irqrestore(&o->lock, flags);
	do
		kdefer_host_sleep(&s, KDEFER_ONCE_LOOK);
	while (!kdefer_once_is_over(o));
	return false;
}

/*
 * Deferred around the function. Only looks at a panic, which goes on its way: so its printout shows
 * where it comes from (rule P24). The object of its value is kept for callers to come.
 */
static void kdefer_once_end(void *arg, struct kdefer_panic *p)
{
	const struct kdefer_value *v = kdefer_panic_value(p);
	struct kdefer_once *o = arg;

	if (v) {
		kdefer_value_keep(v);
		o->outcome.how = KDEFER_PANICKED;
		o->outcome.value = *v;
	}
	kdefer_once_done(o);
}

static KDEFER_DEFINE3(long, kdefer_once_run, struct kdefer_once *, o, kdefer_any_fn, fn,
		      void *, arg)
{
	/* Unless something else becomes of it. */
	o->outcome.how = KDEFER_GOEXITED;
	kdefer(kdefer_once_end, o);
	o->outcome.result = kdefer_fn_cast(long (*)(void *), fn)(arg);
	o->outcome.how = KDEFER_RETURNED;
	return o->outcome.result;
}

/* As Go does for a goexit: the function was called, and has no result. */
static long kdefer_once_again(const struct kdefer_once *o)
{
	switch (o->outcome.how) {
	case KDEFER_RETURNED:
		return o->outcome.result;
	case KDEFER_PANICKED:
		kpanic_value(&o->outcome.value);
	case KDEFER_GOEXITED:
		kpanic(0);
	}
	return 0;
}

/**
 * kdefer_once - call a function the first time, and hand out its result every time
 * @o: remembers that it was called, and how that ended
 * @fn: the function; may sleep
 * @arg: its argument
 *
 * Go's sync.OnceValue. Callers that come while @fn runs wait for it. If @fn panics, so does this,
 * for the first caller and for all later ones, with the same value; @o goes on to own the object
 * of a KDEFER_POINTER, which is not released. If @fn calls kgoexit(), that ends the first caller,
 * and later ones get the panic(nil) that they get from Go. @fn is never called again (rules P24,
 * G16). If the thread that runs @fn is killed there, by an oops, all others get a panic with
 * -EOWNERDEAD.
 *
 * Context: a task that may panic and that may sleep.
 * Return: what @fn returned.
 */
long kdefer_once(struct kdefer_once *o, long (*fn)(void *), void *arg)
{
	/* Whoever sees that it is done sees the result. */
	if (likely(smp_load_acquire(&o->state) == KDEFER_ONCE_DONE) || !kdefer_once_begin(o))
		return kdefer_once_again(o);
	return kdefer_once_run(o, kdefer_fn_cast(kdefer_any_fn, fn), arg);
}
EXPORT_SYMBOL_GPL(kdefer_once);
