// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kthreads that kdefer starts and joins. Compiled unchanged by both hosts.
 */
#include <linux/bits.h>
#include <linux/hash.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "kthread.h"

#define KDEFER_UNSTOPPED_BITS	10

/* Those that nobody has stopped yet: what their thread's data points to is still there. */
static struct hlist_head kdefer_unstopped[BIT(KDEFER_UNSTOPPED_BITS)];
/* Those that kthread_stop() has stopped, in place of kdefer_kthread_stop(). */
static HLIST_HEAD(kdefer_lost);
/* Those that kdefer itself is just stopping. */
static HLIST_HEAD(kdefer_stopping);
/* For all three. It does not sleep with PREEMPT_RT: kdefer_kthread_is_stopped() must not. */
static DEFINE_RAW_SPINLOCK(kdefer_unstopped_lock);

static struct hlist_head *kdefer_unstopped_of(const struct task_struct *t)
{
	return &kdefer_unstopped[hash_ptr(t, KDEFER_UNSTOPPED_BITS)];
}

static void kdefer_kthread_keep(struct kdefer_kthread *kt)
{
	raw_spin_lock(&kdefer_unstopped_lock);
	hlist_add_head(&kt->link, kdefer_unstopped_of(kt->thread));
	raw_spin_unlock(&kdefer_unstopped_lock);
}

static struct kdefer_kthread *kdefer_kthread_find(const struct task_struct *t)
{
	struct kdefer_kthread *kt;

	hlist_for_each_entry(kt, kdefer_unstopped_of(t), link) {
		if (kt->thread == t)
			return kt;
	}
	return NULL;
}

/* What thread @t shares with whoever stops it, which is the first to ask; NULL for all others. */
static struct kdefer_kthread *kdefer_kthread_take(const struct task_struct *t)
{
	struct kdefer_kthread *kt;

	raw_spin_lock(&kdefer_unstopped_lock);
	kt = kdefer_kthread_find(t);
	if (kt)
		hlist_del_init(&kt->link);
	raw_spin_unlock(&kdefer_unstopped_lock);
	return kt;
}

/*
 * kthread_stop() of a thread that is in no list, which kdefer itself may call. A thread that was
 * stopped with kthread_stop() before has ended: a second call would wait for ever.
 */
int kdefer_kthread_stop_own(struct kdefer_kthread *kt)
{
	int ret;

	if (kt->stopped) {
		kdefer_host_await_end(kt->thread);
		return kt->outcome.result;
	}
	kt->stopper = current;
	raw_spin_lock(&kdefer_unstopped_lock);
	hlist_add_head(&kt->link, &kdefer_stopping);
	raw_spin_unlock(&kdefer_unstopped_lock);
	ret = kthread_stop(kt->thread);
	raw_spin_lock(&kdefer_unstopped_lock);
	hlist_del_init(&kt->link);
	raw_spin_unlock(&kdefer_unstopped_lock);
	return ret;
}

static bool kdefer_current_stops_own(const struct task_struct *t)
{
	const struct kdefer_kthread *kt;

	hlist_for_each_entry(kt, &kdefer_stopping, link) {
		if (kt->thread == t && kt->stopper == current)
			return true;
	}
	return false;
}

enum kdefer_plain_stop {
	KDEFER_STOP_IS_OWN,
	KDEFER_STOP_LOSES_OUTCOME,
	KDEFER_STOP_OF_ENDED,
	KDEFER_STOP_AGAIN,
};

/*
 * Where the thread has still to end, it gives up its outcome then itself: nobody is going to ask.
 */
static enum kdefer_plain_stop kdefer_kthread_note_stop(const struct task_struct *t)
{
	struct kdefer_kthread *kt;

	if (kdefer_current_stops_own(t))
		return KDEFER_STOP_IS_OWN;
	kt = kdefer_kthread_find(t);
	if (!kt)
		return KDEFER_STOP_AGAIN;
	if (kt->stopped)
		return KDEFER_STOP_AGAIN;
	kt->stopped = true;
	if (kt->ended)
		return KDEFER_STOP_OF_ENDED;
	hlist_del_init(&kt->link);
	hlist_add_head(&kt->link, &kdefer_lost);
	return KDEFER_STOP_LOSES_OUTCOME;
}

/*
 * By whoever calls kthread_stop(), for any thread, before it is stopped. In the kernel it is called
 * by a tracepoint, with preemption off.
 */
void kdefer_kthread_is_stopped(struct task_struct *t)
{
	enum kdefer_plain_stop stop;

	if (kthread_func(t) != kdefer_kthread_main)
		return;
	raw_spin_lock(&kdefer_unstopped_lock);
	stop = kdefer_kthread_note_stop(t);
	raw_spin_unlock(&kdefer_unstopped_lock);
	if (stop == KDEFER_STOP_LOSES_OUTCOME)
		pr_warn("kdefer: %s[%d] stops thread %s[%d] with kthread_stop(), which loses its outcome; use kdefer_kthread_stop()\n",
			current->comm, task_pid_nr(current), t->comm, task_pid_nr(t));
	if (stop == KDEFER_STOP_OF_ENDED)
		pr_warn("kdefer: %s[%d] stops thread %s[%d], which has ended, with kthread_stop(): its outcome is left behind; use kdefer_kthread_stop()\n",
			current->comm, task_pid_nr(current), t->comm, task_pid_nr(t));
	if (stop == KDEFER_STOP_AGAIN)
		pr_warn("kdefer: %s[%d] stops thread %s[%d], which was stopped before, with kthread_stop(), and may wait for ever: stop a thread once, and share its outcome\n",
			current->comm, task_pid_nr(current), t->comm, task_pid_nr(t));
}

/* Gives up what is known of a thread that was taken from the list, and has ended. */
static void kdefer_kthread_free(struct kdefer_kthread *kt)
{
	kdefer_host_free_storage(kt->storage);
	put_task_struct(kt->thread);
	kfree(kt);
}

static struct kdefer_kthread *kdefer_kthread_take_lost(void)
{
	struct kdefer_kthread *kt, *found = NULL;

	raw_spin_lock(&kdefer_unstopped_lock);
	hlist_for_each_entry(kt, &kdefer_lost, link) {
		if (!kdefer_host_has_ended(kt->thread))
			continue;
		hlist_del_init(&kt->link);
		found = kt;
		break;
	}
	raw_spin_unlock(&kdefer_unstopped_lock);
	return found;
}

static void kdefer_kthread_free_lost(void)
{
	struct kdefer_kthread *kt;

	while ((kt = kdefer_kthread_take_lost()))
		kdefer_kthread_free(kt);
}

/* By the thread, at its end. When kthread_stop() has stopped it, nobody asks for the outcome. */
static void kdefer_kthread_note_end(struct kdefer_kthread *kt)
{
	bool lost;

	raw_spin_lock(&kdefer_unstopped_lock);
	kt->ended = true;
	lost = kt->stopped;
	raw_spin_unlock(&kdefer_unstopped_lock);
	if (lost)
		kdefer_release_at_end(&kt->outcome, (unsigned long)kt->fn, kt->storage);
}

/* When kdefer is unloaded, nobody is left who could stop a thread, or ask for its outcome. */
void kdefer_kthreads_exit(void)
{
	struct kdefer_kthread *kt;
	struct hlist_node *next;
	unsigned int i;

	hlist_for_each_entry_safe(kt, next, &kdefer_lost, link) {
		kdefer_host_await_end(kt->thread);
		kdefer_kthread_free(kt);
	}
	for (i = 0; i < ARRAY_SIZE(kdefer_unstopped); i++) {
		hlist_for_each_entry_safe(kt, next, &kdefer_unstopped[i], link) {
			pr_warn("kdefer: thread %s[%d] was never given to kdefer_kthread_stop()\n",
				kt->thread->comm, task_pid_nr(kt->thread));
			hlist_del_init(&kt->link);
			if (!kdefer_host_has_ended(kt->thread))
				kdefer_kthread_stop_own(kt);
			kdefer_host_await_end(kt->thread);
			kdefer_kthread_free(kt);
		}
	}
}

static long kdefer_kthread_body(void *arg)
{
	struct kdefer_kthread *kt = arg;

	return kt->fn(kt->data);
}

int kdefer_kthread_main(void *arg)
{
	struct kdefer_kthread *kt = arg;
	struct kdefer_barrier b = {
		.fn = kdefer_kthread_body,
		.arg = kt,
		.out = &kt->outcome,
		.is_thread = true,
		.thread_fn = (unsigned long)kt->fn,
	};
	int ret;

	if (kt->main)
		return kt->main(kt);
	/* What the joiner is told if the thread is killed. */
	kt->outcome = kdefer_outcome_of_errno(-EOWNERDEAD);
	kt->started = true;
	kdefer_run_barrier(&b, kt->storage);
	kdefer_fill_outcome(&b);
	ret = kt->outcome.result;
	kdefer_kthread_note_end(kt);
	return ret;
}

static struct kdefer_kthread *kdefer_kthread_alloc(void)
{
	struct kdefer_kthread *kt = kzalloc(sizeof(*kt), GFP_KERNEL);

	if (!kt)
		return NULL;
	kt->storage = kdefer_host_alloc_storage();
	if (!kt->storage) {
		kfree(kt);
		return NULL;
	}
	return kt;
}

__printf(3, 0)
static struct task_struct *kdefer_kthread_vcreate(int (*fn)(void *data), void *data,
						  const char *namefmt, va_list args)
{
	struct kdefer_kthread *kt = kdefer_kthread_alloc();
	struct task_struct *t;
	char name[64];

	if (!kt)
		return ERR_PTR(-ENOMEM);
	kdefer_kthread_free_lost();
	kt->fn = fn;
	kt->data = data;
	vsnprintf(name, sizeof(name), namefmt, args);
	t = kthread_create(kdefer_kthread_main, kt, "%s", name);
	if (IS_ERR(t)) {
		kdefer_host_free_storage(kt->storage);
		kfree(kt);
		return t;
	}
	get_task_struct(t);
	kt->thread = t;
	kdefer_kthread_keep(kt);
	return t;
}

/**
 * kdefer_kthread_create - create a kthread whose panics and goexits are handled
 * @fn: main function of the thread
 * @data: its argument
 * @namefmt: printf-style name of the thread
 *
 * As kthread_create(): the thread does not run until wake_up_process(). An uncaught panic ends it
 * by the policy of the module parameter ``uncaught``; kgoexit() ends it with a code. The caller
 * holds a reference to the task and gives it up with kdefer_kthread_stop(), which every thread
 * needs.
 *
 * Context: process context, may sleep.
 * Return: the thread, or an ERR_PTR() as from kthread_create().
 */
struct task_struct *kdefer_kthread_create(int (*fn)(void *data), void *data,
					  const char *namefmt, ...)
{
	struct task_struct *t;
	va_list args;

	va_start(args, namefmt);
	t = kdefer_kthread_vcreate(fn, data, namefmt, args);
	va_end(args);
	return t;
}
EXPORT_SYMBOL_GPL(kdefer_kthread_create);

/**
 * kdefer_kthread_run - create a kthread and wake it
 * @fn: main function of the thread
 * @data: its argument
 * @namefmt: printf-style name of the thread
 *
 * As kdefer_kthread_create(), and the thread runs.
 *
 * Context: process context, may sleep.
 * Return: the thread, or an ERR_PTR() as from kthread_create().
 */
struct task_struct *kdefer_kthread_run(int (*fn)(void *data), void *data, const char *namefmt, ...)
{
	struct task_struct *t;
	va_list args;

	va_start(args, namefmt);
	t = kdefer_kthread_vcreate(fn, data, namefmt, args);
	va_end(args);
	if (!IS_ERR(t))
		wake_up_process(t);
	return t;
}
EXPORT_SYMBOL_GPL(kdefer_kthread_run);

/* Of a call that was wrong: nobody is to take that for a thread which has returned. */
static int kdefer_kthread_refuse(struct kdefer_outcome *out, int err)
{
	if (out)
		*out = kdefer_outcome_of_errno(err);
	return err;
}

/**
 * kdefer_kthread_stop - ask a thread to stop, wait for its end, and drop the reference to it
 * @t: a thread from kdefer_kthread_create() or kdefer_kthread_run(); gone afterwards
 * @out: filled in with how the thread ended; may be NULL
 *
 * As kthread_stop(), but safe when the thread has already ended (rules G19, K22). Without @out the
 * object of a panic's value is released. A second call for the same thread, by somebody who has a
 * reference of his own to it, warns and does nothing: the outcome is handed over once.
 *
 * Context: process context, sleeps until the thread has ended.
 * Return: the thread's result, the code given to kgoexit(), or the panic's &kdefer_value.err;
 * -EINTR if the thread never ran; -EOWNERDEAD if it was killed, by an oops; -EINVAL if @t is not a
 * thread of kdefer's, or was stopped before; -EDEADLK if @t is the caller. Of these two *@out says
 * what it says of a panic with that errno.
 */
int kdefer_kthread_stop(struct task_struct *t, struct kdefer_outcome *out)
{
	struct kdefer_outcome outcome;
	struct kdefer_kthread *kt;
	int ret;

	if (WARN(IS_ERR_OR_NULL(t) || kthread_func(t) != kdefer_kthread_main,
		 "%s: not a thread from kdefer_kthread_run(), or stopped before and gone\n",
		 __func__))
		return kdefer_kthread_refuse(out, -EINVAL);
	if (WARN(t == current, "%s: %s[%d] stops itself: return, or call kgoexit()\n", __func__,
		 t->comm, task_pid_nr(t)))
		return kdefer_kthread_refuse(out, -EDEADLK);
	kt = kdefer_kthread_take(t);
	if (WARN(!kt, "%s: %s[%d] was stopped before: stop a thread once, and share its outcome\n",
		 __func__, t->comm, task_pid_nr(t)))
		return kdefer_kthread_refuse(out, -EINVAL);
	ret = kdefer_kthread_stop_own(kt);
	if (!kt->started)
		kt->outcome = (struct kdefer_outcome){ .how = KDEFER_RETURNED, .result = ret };
	/* The thread has ended in the middle, and what kdefer says of that looks at its task. */
	if (READ_ONCE(kt->storage->task.owner))
		kdefer_host_await_end(t);
	outcome = kt->outcome;
	kdefer_kthread_free(kt);
	/* Last, for release is the user's code and may panic. */
	if (out)
		*out = outcome;
	else if (outcome.how == KDEFER_PANICKED)
		kdefer_value_release(&outcome.value);
	return outcome.result;
}
EXPORT_SYMBOL_GPL(kdefer_kthread_stop);

/**
 * kdefer_kthread_data - what a thread from kdefer_kthread_run() was given as its argument
 * @t: the thread; current, or one that nobody has stopped yet
 *
 * As kthread_data(), which for such a thread is something of kdefer's own.
 *
 * Context: any.
 * Return: the argument of the thread's function; NULL, with a warning, if the thread is not one of
 * kdefer's.
 */
void *kdefer_kthread_data(struct task_struct *t)
{
	const struct kdefer_kthread *kt;

	if (WARN(kthread_func(t) != kdefer_kthread_main,
		 "%s: not a thread from kdefer_kthread_run(); use kthread_data()\n", __func__))
		return NULL;
	kt = kthread_data(t);
	return kt->data;
}
EXPORT_SYMBOL_GPL(kdefer_kthread_data);
