// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool of the kthreads that kdefer_go() runs its functions on, as gfput() and gfget() keep
 * goroutines: idle ones are in a short list of the CPU that they ended on, and when that is full in
 * a common one. When that is full as well, the thread ends.
 *
 * To wake a thread costs more than all else here, so threads are woken as Go's scheduler wakes its
 * own: of those that a CPU has given jobs to, one at a time is on its way. As soon as it runs, it
 * wakes the next. A thread whose job has ended takes over the job of one that nobody has woken
 * yet, which is idle again without ever having run.
 */
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "../compat/shrinker.h"
#include "host.h"
#include "worker.h"

/* Idle threads that a CPU keeps for itself, and those that are kept for all of them. */
#define KDEFER_IDLE_PER_CPU	4
#define KDEFER_IDLE_COMMON	64

static unsigned int kdefer_idle_ms = 10000;
module_param_named(go_idle_ms, kdefer_idle_ms, uint, 0644);
MODULE_PARM_DESC(go_idle_ms, "milliseconds after which an idle thread of the go statement ends (10000)");

/**
 * struct kdefer_workers - a list of threads
 * @lock: guards the rest; interrupts may start jobs
 * @list: the threads, the one that came last first
 * @nr: how many there are
 */
struct kdefer_workers {
	raw_spinlock_t lock;
	struct list_head list;
	unsigned int nr;
};

static DEFINE_PER_CPU(struct kdefer_workers, kdefer_idle_of_cpu);

/**
 * struct kdefer_runq - threads that have a job and were not woken yet
 * @lock: guards the rest; interrupts may start jobs
 * @list: the threads, in the order in which they came
 * @starting: a thread was woken that does not run yet; it looks at @list before it runs its job
 */
struct kdefer_runq {
	raw_spinlock_t lock;
	struct list_head list;
	bool starting;
};

static DEFINE_PER_CPU(struct kdefer_runq, kdefer_runq);

#define KDEFER_WORKERS_INIT(name)						\
	{									\
		.lock = __RAW_SPIN_LOCK_UNLOCKED((name).lock),			\
		.list = LIST_HEAD_INIT((name).list),				\
	}

static struct kdefer_workers kdefer_idle_common = KDEFER_WORKERS_INIT(kdefer_idle_common);

/* Those that are to end, or that were killed. */
static struct kdefer_workers kdefer_retired = KDEFER_WORKERS_INIT(kdefer_retired);

/*
 * All threads; guarded by the lock, which also keeps their structs alive for whoever looks at them.
 */
static LIST_HEAD(kdefer_workers);
static DEFINE_RAW_SPINLOCK(kdefer_workers_lock);

/* Where those sleep that wait for the end of jobs. */
static DECLARE_WAIT_QUEUE_HEAD(kdefer_jobs_wait);

static struct shrinker *kdefer_shrinker;

/* kdefer is being unloaded, and threads are ended by that. */
static bool kdefer_pool_closed;

static void kdefer_reap(struct work_struct *work);
static DECLARE_DELAYED_WORK(kdefer_reap_work, kdefer_reap);

static bool kdefer_workers_add(struct kdefer_workers *to, struct kdefer_worker *w,
			       unsigned int limit)
{
	unsigned long flags;
	bool room;

	raw_spin_lock_irqsave(&to->lock, flags);
	room = to->nr < limit;
	if (room) {
		list_add(&w->link, &to->list);
		to->nr++;
	}
	raw_spin_unlock_irqrestore(&to->lock, flags);
	return room;
}

static void kdefer_unlink_worker(struct kdefer_workers *from, struct kdefer_worker *w)
{
	lockdep_assert_held(&from->lock);
	list_del(&w->link);
	from->nr--;
}

static struct kdefer_worker *kdefer_workers_pop(struct kdefer_workers *from)
{
	struct kdefer_worker *w;
	unsigned long flags;

	if (!READ_ONCE(from->nr))
		return NULL;
	raw_spin_lock_irqsave(&from->lock, flags);
	w = list_first_entry_or_null(&from->list, struct kdefer_worker, link);
	if (w)
		kdefer_unlink_worker(from, w);
	raw_spin_unlock_irqrestore(&from->lock, flags);
	return w;
}

static bool kdefer_is_old(const struct kdefer_worker *w)
{
	return time_after_eq(jiffies, w->idle_since + msecs_to_jiffies(READ_ONCE(kdefer_idle_ms)));
}

/* The thread that has been idle for longest; with @old only if that is long enough. */
static struct kdefer_worker *kdefer_workers_pop_oldest(struct kdefer_workers *from, bool old)
{
	struct kdefer_worker *w = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&from->lock, flags);
	if (!list_empty(&from->list))
		w = list_last_entry(&from->list, struct kdefer_worker, link);
	if (w && old && !kdefer_is_old(w))
		w = NULL;
	if (w)
		kdefer_unlink_worker(from, w);
	raw_spin_unlock_irqrestore(&from->lock, flags);
	return w;
}

/* Any idle thread, those that ended on this CPU first: what they need may be in its cache. */
static struct kdefer_worker *kdefer_pop_idle(void)
{
	struct kdefer_worker *w = kdefer_workers_pop(raw_cpu_ptr(&kdefer_idle_of_cpu));
	int cpu;

	if (!w)
		w = kdefer_workers_pop(&kdefer_idle_common);
	if (w)
		return w;
	for_each_possible_cpu(cpu) {
		w = kdefer_workers_pop(per_cpu_ptr(&kdefer_idle_of_cpu, cpu));
		if (w)
			return w;
	}
	return NULL;
}

static void kdefer_reap_in(unsigned int ms)
{
	if (!delayed_work_pending(&kdefer_reap_work))
		queue_delayed_work(system_unbound_wq, &kdefer_reap_work, msecs_to_jiffies(ms));
}

static bool kdefer_push_idle(struct kdefer_worker *w)
{
	w->idle_since = jiffies;
	if (!kdefer_workers_add(raw_cpu_ptr(&kdefer_idle_of_cpu), w, KDEFER_IDLE_PER_CPU) &&
	    !kdefer_workers_add(&kdefer_idle_common, w, KDEFER_IDLE_COMMON))
		return false;
	kdefer_reap_in(READ_ONCE(kdefer_idle_ms));
	return true;
}

static void kdefer_retire(struct kdefer_worker *w)
{
	kdefer_workers_add(&kdefer_retired, w, UINT_MAX);
	mod_delayed_work(system_unbound_wq, &kdefer_reap_work, 0);
}

/* Waits in a state that is none of the load, nor of the hung ones. */
static bool kdefer_wait_for_job(struct kdefer_worker *w)
{
	bool ready;

	for (;;) {
		set_current_state(TASK_IDLE);
		/* Whoever sees that there is a job sees all of it. */
		ready = smp_load_acquire(&w->ready);
		if (ready || kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return ready;
}

/* Pairs with what waitqueues do: whoever goes to sleep after this sees that the job is gone. */
static void kdefer_tell_job_gone(struct kdefer_worker *w)
{
	/* Pairs with the acquire in kdefer_worker_runs(): all that was done for the job is done. */
	smp_store_release(&w->ending, NULL);
	if (wq_has_sleeper(&kdefer_jobs_wait))
		wake_up_all(&kdefer_jobs_wait);
}

static void kdefer_wake(struct kdefer_worker *w)
{
	/* The job may end, and its thread with it, before this thread has woken that one. */
	struct task_struct *t = get_task_struct(w->kt.thread);

	/* The job is stored before the thread can see that there is one. */
	smp_store_release(&w->ready, true);
	wake_up_process(t);
	put_task_struct(t);
}

/* @w has a job. Wakes it, unless another one is on its way that is going to. */
static void kdefer_enqueue(struct kdefer_worker *w)
{
	struct kdefer_runq *q = raw_cpu_ptr(&kdefer_runq);
	unsigned long flags;
	bool first;

	w->runq = q;
	raw_spin_lock_irqsave(&q->lock, flags);
	first = !q->starting;
	if (first)
		q->starting = true;
	else
		list_add_tail(&w->link, &q->list);
	raw_spin_unlock_irqrestore(&q->lock, flags);
	if (first)
		kdefer_wake(w);
}

static struct kdefer_worker *kdefer_dequeue(struct kdefer_runq *q)
{
	struct kdefer_worker *w;

	lockdep_assert_held(&q->lock);
	w = list_first_entry_or_null(&q->list, struct kdefer_worker, link);
	if (w)
		list_del(&w->link);
	return w;
}

/* The current thread was the one on its way, and is the next one's to wake. */
static void kdefer_wake_next(struct kdefer_runq *q)
{
	struct kdefer_worker *w;

	raw_spin_lock_irq(&q->lock);
	w = kdefer_dequeue(q);
	if (!w)
		q->starting = false;
	raw_spin_unlock_irq(&q->lock);
	if (w)
		kdefer_wake(w);
}

/*
 * From here on @w is found for another job, or for none. Until the group of @over knows that it has
 * ended, @w is found for that one, too: the group may be the module's.
 */
static void kdefer_set_job(struct kdefer_worker *w, kdefer_any_fn fn, const struct kdefer_job *over)
{
	if (over->group)
		WRITE_ONCE(w->ending, over->fn);
	/* Pairs with the acquire in kdefer_worker_runs(), which looks at @ending next. */
	smp_store_release(&w->job.fn, fn);
}

/* The thread is idle from here on; unless there are too many of them it is kept. */
static void kdefer_put_worker(struct kdefer_worker *w)
{
	if (!kdefer_push_idle(w))
		kdefer_retire(w);
}

/* Takes over the job of a thread that was not woken. Returns false if there is none. */
static bool kdefer_take_over(struct kdefer_worker *w, const struct kdefer_job *over)
{
	struct kdefer_runq *q = w->runq;
	struct kdefer_worker *other;

	if (list_empty(&q->list))
		return false;
	raw_spin_lock_irq(&q->lock);
	other = kdefer_dequeue(q);
	raw_spin_unlock_irq(&q->lock);
	if (!other)
		return false;
	/* Whoever looks for the module's jobs must find this one all the time. */
	w->job.arg = other->job.arg;
	w->job.group = other->job.group;
	kdefer_set_job(w, other->job.fn, over);
	WRITE_ONCE(other->job.fn, NULL);
	kdefer_put_worker(other);
	return true;
}

/* Runs the job of @w. Returns true if it has another one. */
static bool kdefer_serve(struct kdefer_worker *w)
{
	struct kdefer_barrier b __uninitialized;
	const struct kdefer_job job = w->job;
	bool more = false;

	kdefer_job_run(&job, &b, &w->kt.outcome, w->kt.storage);
	if (unlikely(!kdefer_worker_renew(&w->as_new, &job, &b.snapshot))) {
		w->ready = false;
		kdefer_set_job(w, NULL, &job);
		kdefer_retire(w);
	} else {
		more = kdefer_take_over(w, &job);
		if (!more) {
			w->ready = false;
			kdefer_set_job(w, NULL, &job);
			kdefer_put_worker(w);
		}
	}
	kdefer_job_ended(&job);
	kdefer_tell_job_gone(w);
	return more;
}

/* What all functions that were started with kdefer_go() return to: Go's goexit. */
static noinline int kdefer_go_main(struct kdefer_kthread *kt)
{
	struct kdefer_worker *w = container_of(kt, struct kdefer_worker, kt);

	kdefer_worker_new_save(&w->as_new);
	while (kdefer_wait_for_job(w)) {
		kdefer_wake_next(w->runq);
		while (kdefer_serve(w))
			;
	}
	return 0;
}

static void kdefer_worker_free(struct kdefer_worker *w)
{
	kdefer_host_free_storage(w->kt.storage);
	kdefer_worker_new_free(&w->as_new);
	kfree(w);
}

static struct kdefer_worker *kdefer_worker_create(void)
{
	struct kdefer_worker *w = kzalloc(sizeof(*w), GFP_KERNEL);
	struct task_struct *t;

	if (!w || !kdefer_worker_new_init(&w->as_new))
		goto no_memory;
	w->kt.storage = kdefer_host_alloc_storage();
	if (!w->kt.storage)
		goto no_storage;
	w->kt.main = kdefer_go_main;
	t = kthread_create(kdefer_kthread_main, &w->kt, "kdefer_go");
	if (IS_ERR(t))
		goto no_thread;
	w->kt.thread = get_task_struct(t);
	raw_spin_lock_irq(&kdefer_workers_lock);
	list_add(&w->all, &kdefer_workers);
	raw_spin_unlock_irq(&kdefer_workers_lock);
	return w;

no_thread:
	kdefer_host_free_storage(w->kt.storage);
no_storage:
	kdefer_worker_new_free(&w->as_new);
no_memory:
	kfree(w);
	return NULL;
}

int kdefer_host_go(const struct kdefer_job *job)
{
	struct kdefer_worker *w = kdefer_pop_idle();

	if (unlikely(!w)) {
		if (!kdefer_host_may_sleep())
			return -EAGAIN;
		w = kdefer_worker_create();
		if (!w)
			return -ENOMEM;
	}
	w->job = *job;
	kdefer_enqueue(w);
	return 0;
}

const struct kdefer_group *kdefer_host_group(void)
{
	const struct kdefer_kthread *kt;

	if (kthread_func(current) != kdefer_kthread_main)
		return NULL;
	kt = kthread_data(current);
	return kt->main ? container_of(kt, struct kdefer_worker, kt)->job.group : NULL;
}

/* Ends a thread that was taken out of all lists, and waits until it is gone. */
static void kdefer_worker_end(struct kdefer_worker *w)
{
	raw_spin_lock_irq(&kdefer_workers_lock);
	list_del(&w->all);
	raw_spin_unlock_irq(&kdefer_workers_lock);
	kdefer_kthread_stop_own(&w->kt);
	if (READ_ONCE(w->killed))
		kdefer_host_await_end(w->kt.thread);
	put_task_struct(w->kt.thread);
	kdefer_worker_free(w);
}

static void kdefer_end_all(struct kdefer_workers *from, bool old)
{
	struct kdefer_worker *w;

	while ((w = kdefer_workers_pop_oldest(from, old)))
		kdefer_worker_end(w);
}

static void kdefer_reap(struct work_struct *work)
{
	bool idle = READ_ONCE(kdefer_idle_common.nr);
	int cpu;

	if (READ_ONCE(kdefer_pool_closed))
		return;
	kdefer_end_all(&kdefer_retired, false);
	kdefer_end_all(&kdefer_idle_common, true);
	for_each_possible_cpu(cpu) {
		kdefer_end_all(per_cpu_ptr(&kdefer_idle_of_cpu, cpu), true);
		idle |= READ_ONCE(per_cpu_ptr(&kdefer_idle_of_cpu, cpu)->nr);
	}
	if (idle)
		kdefer_reap_in(READ_ONCE(kdefer_idle_ms));
}

static unsigned long kdefer_shrink_count(struct shrinker *s, struct shrink_control *sc)
{
	unsigned long nr = READ_ONCE(kdefer_idle_common.nr);
	int cpu;

	for_each_possible_cpu(cpu)
		nr += READ_ONCE(per_cpu_ptr(&kdefer_idle_of_cpu, cpu)->nr);
	return nr ?: SHRINK_EMPTY;
}

static unsigned long kdefer_shrink(struct kdefer_workers *from, unsigned long nr)
{
	struct kdefer_worker *w;
	unsigned long done;

	for (done = 0; done < nr; done++) {
		w = kdefer_workers_pop_oldest(from, false);
		if (!w)
			break;
		kdefer_retire(w);
	}
	return done;
}

/* Whoever needs the memory may hold any lock, so the threads are ended by a worker. */
static unsigned long kdefer_shrink_scan(struct shrinker *s, struct shrink_control *sc)
{
	unsigned long done = kdefer_shrink(&kdefer_idle_common, sc->nr_to_scan);
	int cpu;

	for_each_possible_cpu(cpu)
		done += kdefer_shrink(per_cpu_ptr(&kdefer_idle_of_cpu, cpu), sc->nr_to_scan - done);
	return done ?: SHRINK_STOP;
}

/* Thread @p of the pool ends while it runs a job: it was killed, or has called kthread_exit(). */
void kdefer_pool_thread_exits(const struct task_struct *p)
{
	struct kdefer_worker *w, *found = NULL;
	struct kdefer_job job;
	unsigned long flags;

	raw_spin_lock_irqsave(&kdefer_workers_lock, flags);
	list_for_each_entry(w, &kdefer_workers, all) {
		if (w->kt.thread == p && w->job.fn) {
			found = w;
			break;
		}
	}
	raw_spin_unlock_irqrestore(&kdefer_workers_lock, flags);
	if (!found)
		return;
	job = found->job;
	WRITE_ONCE(found->killed, true);
	kdefer_set_job(found, NULL, &job);
	kdefer_job_killed(&job);
	kdefer_tell_job_gone(found);
	kdefer_retire(found);
}

static bool kdefer_is_of(kdefer_any_fn fn, const struct module *owner)
{
	return fn && (!owner || within_module((unsigned long)fn, owner));
}

/* Whether the thread runs a function of @owner, or is about to; any function for NULL. */
static bool kdefer_worker_runs(const struct kdefer_worker *w, const struct module *owner)
{
	/* Pairs with the release in kdefer_set_job(): who misses one function sees the other. */
	if (kdefer_is_of(smp_load_acquire(&w->job.fn), owner))
		return true;
	/* Pairs with the release in kdefer_tell_job_gone(). */
	return kdefer_is_of(smp_load_acquire(&w->ending), owner);
}

/* Whether another thread has a job whose function is in @owner; any job for NULL. */
static bool kdefer_runs_job_of(const struct module *owner)
{
	struct kdefer_worker *w;
	unsigned long flags;
	bool runs = false;

	raw_spin_lock_irqsave(&kdefer_workers_lock, flags);
	list_for_each_entry(w, &kdefer_workers, all) {
		if (w->kt.thread != current && kdefer_worker_runs(w, owner)) {
			runs = true;
			break;
		}
	}
	raw_spin_unlock_irqrestore(&kdefer_workers_lock, flags);
	return runs;
}

void __kdefer_go_wait(const struct module *owner)
{
	wait_event(kdefer_jobs_wait, !kdefer_runs_job_of(owner));
}
EXPORT_SYMBOL_GPL(__kdefer_go_wait);

/* The module's exit function has run, and its code is freed next. */
static int kdefer_module_goes(struct notifier_block *nb, unsigned long state, void *data)
{
	const struct module *mod = data;

	if (state != MODULE_STATE_GOING || !kdefer_runs_job_of(mod))
		return NOTIFY_DONE;
	pr_warn("kdefer: module %s goes while its functions run on threads of kdefer_go(): waiting for them; call kdefer_go_wait() in its exit function\n",
		mod->name);
	__kdefer_go_wait(mod);
	return NOTIFY_DONE;
}

static struct notifier_block kdefer_module_notifier = {
	.notifier_call = kdefer_module_goes,
};

int kdefer_pool_init(void)
{
	struct kdefer_workers *idle;
	struct kdefer_runq *q;
	int cpu, err;

	for_each_possible_cpu(cpu) {
		idle = per_cpu_ptr(&kdefer_idle_of_cpu, cpu);
		raw_spin_lock_init(&idle->lock);
		INIT_LIST_HEAD(&idle->list);
		q = per_cpu_ptr(&kdefer_runq, cpu);
		raw_spin_lock_init(&q->lock);
		INIT_LIST_HEAD(&q->list);
	}
	kdefer_shrinker = shrinker_alloc(0, "kdefer");
	if (!kdefer_shrinker)
		return -ENOMEM;
	kdefer_shrinker->count_objects = kdefer_shrink_count;
	kdefer_shrinker->scan_objects = kdefer_shrink_scan;
	err = kdefer_shrinker_register(kdefer_shrinker);
	if (err)
		goto free_shrinker;
	err = register_module_notifier(&kdefer_module_notifier);
	if (err)
		goto free_shrinker;
	return 0;

free_shrinker:
	shrinker_free(kdefer_shrinker);
	return err;
}

/*
 * Nobody starts jobs any more: who could is a module that needs this one. A thread whose job has
 * ended may still be on its way to a list, so all are ended without a look at where they are.
 */
void kdefer_pool_exit(void)
{
	struct kdefer_worker *w, *next;

	unregister_module_notifier(&kdefer_module_notifier);
	shrinker_free(kdefer_shrinker);
	/* A job whose function is the kernel's own keeps no module from going. */
	wait_event(kdefer_jobs_wait, !kdefer_runs_job_of(NULL));
	WRITE_ONCE(kdefer_pool_closed, true);
	cancel_delayed_work_sync(&kdefer_reap_work);
	list_for_each_entry_safe(w, next, &kdefer_workers, all)
		kdefer_worker_end(w);
	/* The last threads may have asked for it once more. */
	cancel_delayed_work_sync(&kdefer_reap_work);
}
