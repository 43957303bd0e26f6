// SPDX-License-Identifier: GPL-2.0-only
/*
 * The go statement in user space: a pool of pthreads. Where there are several CPUs, a thread that
 * waits for a short while looks again and again before it sleeps in the kernel, as Go's threads do:
 * what it waits for is often done in less time than it takes to wake a thread. As in the kernel,
 * see kmod/host/go.c, threads are woken one after the other, and one that has ended its job takes
 * over that of a thread which nobody has woken.
 */
#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kmod/core/impl.h"
#include "host.h"
#include "linux/kshim-impl.h"

#include <linux/kthread.h>

/* Idle threads that are kept, and for how long. */
#define KDEFER_IDLE_MAX		64
#define KDEFER_IDLE_SECONDS	10

#define KDEFER_WORKER_NAME	"kdefer_go"

/*
 * How often a waiter looks before it sleeps, if KDEFER_SHIM_GO_SPINS does not say another number.
 * To look for longer than it takes to be woken makes go and wait almost as cheap as in Go, and
 * several times dearer where the two threads share a CPU.
 */
#define KDEFER_SPINS		200

/* What an idle thread looks at. */
enum kdefer_box {
	KDEFER_BOX_EMPTY,
	/* Empty as well, and the thread sleeps. */
	KDEFER_BOX_SLEEPS,
	KDEFER_BOX_JOB,
	KDEFER_BOX_STOP,
};

/**
 * struct kdefer_worker - a thread of the pool
 * @box: an &enum kdefer_box
 * @thread: the thread
 * @next: the next one that is idle, or that has a job and was not woken
 * @job: what it runs
 * @outcome: how that has ended
 * @storage: the thread's task
 */
struct kdefer_worker {
	_Atomic u32 box;
	struct task_struct *thread;
	struct kdefer_worker *next;
	struct kdefer_job job;
	struct kdefer_outcome outcome;
	struct kdefer_task_storage storage;
};

/* Guards the list of idle threads and its length. */
static pthread_mutex_t kdefer_pool_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t kdefer_pool_cond = PTHREAD_COND_INITIALIZER;
static struct kdefer_worker *kdefer_idle;
static unsigned int kdefer_nr_idle;

/* Jobs that are not over, and threads that wait until all are. */
static _Atomic unsigned int kdefer_nr_jobs;
static _Atomic unsigned int kdefer_nr_waiters;

/* Those that have a job and were not woken, in the order in which they came. */
static struct kdefer_worker *kdefer_queued;
static struct kdefer_worker **kdefer_queued_end = &kdefer_queued;
/* A thread was woken that does not run yet; it looks at them before it runs its job. */
static bool kdefer_starting;

static __thread struct kdefer_worker *kdefer_this_worker;
static unsigned int kdefer_spins;

/* Returns false when time is up. */
static bool kdefer_futex_wait(_Atomic u32 *word, u32 value, const struct timespec *timeout)
{
	return !syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, timeout, NULL, 0) ||
	       errno != ETIMEDOUT;
}

static void kdefer_futex_wake(_Atomic u32 *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Looks for a while whether the word is another one. */
static u32 kdefer_spin(_Atomic u32 *word, u32 value)
{
	unsigned int i;
	u32 now;

	for (i = 0; i < kdefer_spins; i++) {
		now = atomic_load_explicit(word, memory_order_acquire);
		if (now != value)
			return now;
		barrier();
	}
	return atomic_load_explicit(word, memory_order_acquire);
}

bool kdefer_host_may_sleep(void)
{
	return !preempt_count() && !irqs_disabled();
}

bool kdefer_host_has_ended(const struct task_struct *t)
{
	return READ_ONCE(t->flags) & PF_EXITING;
}

void kdefer_host_await_end(const struct task_struct *t)
{
	while (!kdefer_host_has_ended(t))
		schedule_timeout_uninterruptible(1);
}

/* In &kdefer_sleeper.woken. */
enum kdefer_sleeper_state {
	KDEFER_SLEEPER_WAITS,
	KDEFER_SLEEPER_WOKEN,
	/* Waits, and has to be woken by the kernel. */
	KDEFER_SLEEPER_SLEEPS,
};

void kdefer_host_sleeper_init(struct kdefer_sleeper *s)
{
	s->next = NULL;
	s->thread = current;
	s->woken = KDEFER_SLEEPER_WAITS;
}

long kdefer_host_sleep(struct kdefer_sleeper *s, long timeout)
{
	_Atomic u32 *word = (_Atomic u32 *)&s->woken;
	unsigned long end = jiffies + (unsigned long)timeout;
	struct timespec until = { };
	u32 old = KDEFER_SLEEPER_WAITS;
	long left = timeout;

	might_sleep();
	if (kdefer_spin(word, old) == KDEFER_SLEEPER_WOKEN ||
	    !atomic_compare_exchange_strong(word, &old, KDEFER_SLEEPER_SLEEPS))
		return timeout;
	while (atomic_load(word) == KDEFER_SLEEPER_SLEEPS && left > 0) {
		until.tv_sec = left / HZ;
		until.tv_nsec = left % HZ * (NSEC_PER_SEC / HZ);
		kdefer_futex_wait(word, KDEFER_SLEEPER_SLEEPS,
				  timeout == MAX_SCHEDULE_TIMEOUT ? NULL : &until);
		if (timeout != MAX_SCHEDULE_TIMEOUT)
			left = (long)(end - jiffies);
	}
	/* When time was up, the thread may sleep again. */
	old = KDEFER_SLEEPER_SLEEPS;
	atomic_compare_exchange_strong(word, &old, KDEFER_SLEEPER_WAITS);
	return max(left, 0L);
}

void kdefer_host_wake(struct kdefer_sleeper *s)
{
	_Atomic u32 *word = (_Atomic u32 *)&s->woken;

	if (atomic_exchange(word, KDEFER_SLEEPER_WOKEN) == KDEFER_SLEEPER_SLEEPS)
		kdefer_futex_wake(word);
}

static struct kdefer_worker *kdefer_unlink_idle(void)
{
	struct kdefer_worker *w = kdefer_idle;

	if (!w)
		return NULL;
	kdefer_idle = w->next;
	kdefer_nr_idle--;
	return w;
}

static struct kdefer_worker *kdefer_dequeue(void)
{
	struct kdefer_worker *w = kdefer_queued;

	if (!w)
		return NULL;
	kdefer_queued = w->next;
	if (!kdefer_queued)
		kdefer_queued_end = &kdefer_queued;
	return w;
}

/* @w has a job. Returns whether it is to be woken; else another one is on its way that does it. */
static bool kdefer_enqueue(struct kdefer_worker *w)
{
	if (!kdefer_starting) {
		kdefer_starting = true;
		return true;
	}
	w->next = NULL;
	*kdefer_queued_end = w;
	kdefer_queued_end = &w->next;
	return false;
}

static struct kdefer_worker *kdefer_pop_idle(void)
{
	struct kdefer_worker *w;

	pthread_mutex_lock(&kdefer_pool_lock);
	w = kdefer_unlink_idle();
	pthread_mutex_unlock(&kdefer_pool_lock);
	return w;
}

/*
 * @job is about to begin, on an idle thread if there is one: returns false if there is none.
 * *@first is the thread if it is to be woken.
 */
static bool kdefer_give_to_idle(const struct kdefer_job *job, struct kdefer_worker **first)
{
	struct kdefer_worker *w;

	atomic_fetch_add_explicit(&kdefer_nr_jobs, 1, memory_order_seq_cst);
	pthread_mutex_lock(&kdefer_pool_lock);
	w = kdefer_unlink_idle();
	if (w)
		w->job = *job;
	*first = w && kdefer_enqueue(w) ? w : NULL;
	pthread_mutex_unlock(&kdefer_pool_lock);
	return w;
}

unsigned int kdefer_nr_idle_threads(void)
{
	unsigned int nr;

	pthread_mutex_lock(&kdefer_pool_lock);
	nr = kdefer_nr_idle;
	pthread_mutex_unlock(&kdefer_pool_lock);
	return nr;
}

static void kdefer_push_idle(struct kdefer_worker *w)
{
	w->next = kdefer_idle;
	kdefer_idle = w;
	kdefer_nr_idle++;
}

/* What a thread does whose job is over. */
enum kdefer_next {
	KDEFER_NEXT_END,
	KDEFER_NEXT_WAIT,
	KDEFER_NEXT_JOB,
};

/* @w is idle, unless it has another job or there are too many of them. */
static enum kdefer_next kdefer_what_next(struct kdefer_worker *w)
{
	struct kdefer_worker *other = kdefer_dequeue();

	if (other) {
		w->job = other->job;
		kdefer_push_idle(other);
		return KDEFER_NEXT_JOB;
	}
	if (kdefer_nr_idle >= KDEFER_IDLE_MAX)
		return KDEFER_NEXT_END;
	kdefer_push_idle(w);
	return KDEFER_NEXT_WAIT;
}

static enum kdefer_next kdefer_put_worker(struct kdefer_worker *w)
{
	enum kdefer_next next;

	pthread_mutex_lock(&kdefer_pool_lock);
	next = kdefer_what_next(w);
	pthread_mutex_unlock(&kdefer_pool_lock);
	return next;
}

/* A job is over, and its group knows. Whoever waits says so before looking how many there are. */
static void kdefer_job_gone(void)
{
	atomic_fetch_sub_explicit(&kdefer_nr_jobs, 1, memory_order_seq_cst);
	if (!atomic_load(&kdefer_nr_waiters))
		return;
	pthread_mutex_lock(&kdefer_pool_lock);
	pthread_cond_broadcast(&kdefer_pool_cond);
	pthread_mutex_unlock(&kdefer_pool_lock);
}

/* Takes @w out of the list, unless somebody was faster. */
static bool kdefer_no_longer_idle(struct kdefer_worker *w)
{
	struct kdefer_worker **at;
	bool found;

	pthread_mutex_lock(&kdefer_pool_lock);
	for (at = &kdefer_idle; *at && *at != w; at = &(*at)->next)
		;
	found = *at;
	if (found) {
		*at = w->next;
		kdefer_nr_idle--;
	}
	pthread_mutex_unlock(&kdefer_pool_lock);
	return found;
}

static bool kdefer_wait_for_job(struct kdefer_worker *w)
{
	const struct timespec timeout = { .tv_sec = KDEFER_IDLE_SECONDS };
	u32 box = kdefer_spin(&w->box, KDEFER_BOX_EMPTY);

	if (box == KDEFER_BOX_EMPTY &&
	    atomic_compare_exchange_strong(&w->box, &box, KDEFER_BOX_SLEEPS))
		box = KDEFER_BOX_SLEEPS;
	while (box == KDEFER_BOX_SLEEPS) {
		if (!kdefer_futex_wait(&w->box, box, &timeout) && kdefer_no_longer_idle(w))
			return false;
		box = atomic_load(&w->box);
	}
	return box == KDEFER_BOX_JOB;
}

static void kdefer_report_left(const struct kdefer_job *job, const char *left)
{
	pr_warn("kdefer: thread %s[%d]: %ps() has ended with %s: its thread is not used again; defer the release right after the acquire\n",
		current->comm, task_pid_nr(current), job->fn, left);
}

static void kdefer_forget_signals(struct kshim_task *t)
{
	pthread_mutex_lock(&t->lock);
	WRITE_ONCE(t->allowed, 0);
	WRITE_ONCE(t->signals, 0);
	pthread_mutex_unlock(&t->lock);
}

/* What a job can change of its thread through the kernel's API; see the manual for the rest. */
static bool kdefer_worker_renew(const struct kdefer_job *job, const struct kdefer_snapshot *then,
				unsigned int locks)
{
	struct kshim_task *t = kshim_task_of(current);
	const char *left = kdefer_host_repair_context(then, 0);

	if (!left && kshim_locks_held != locks)
		left = "a lock held";
	if (unlikely(left)) {
		kdefer_report_left(job, left);
		return false;
	}
	if (unlikely(strcmp(t->task.comm, KDEFER_WORKER_NAME))) {
		strscpy(t->task.comm, KDEFER_WORKER_NAME, sizeof(t->task.comm));
		pthread_setname_np(pthread_self(), t->task.comm);
	}
	t->task.flags = PF_KTHREAD;
	t->task.kunit_test = NULL;
	if (unlikely(t->task.__state != TASK_RUNNING))
		kshim_set_current_state(TASK_RUNNING);
	if (unlikely(t->allowed | t->signals))
		kdefer_forget_signals(t);
	return true;
}

static enum kdefer_next kdefer_serve(struct kdefer_worker *w)
{
	struct kdefer_barrier b __uninitialized;
	const struct kdefer_job job = w->job;
	unsigned int locks = kshim_locks_held;
	enum kdefer_next next = KDEFER_NEXT_END;
	bool kept;

	kdefer_job_run(&job, &b, &w->outcome, &w->storage);
	kept = kdefer_worker_renew(&job, &b.snapshot, locks);
	atomic_store_explicit(&w->box, KDEFER_BOX_EMPTY, memory_order_relaxed);
	if (kept)
		next = kdefer_put_worker(w);
	kdefer_job_ended(&job);
	kdefer_job_gone();
	return next;
}

static void kdefer_fill_box(struct kdefer_worker *w, enum kdefer_box box)
{
	if (atomic_exchange(&w->box, box) == KDEFER_BOX_SLEEPS)
		kdefer_futex_wake(&w->box);
}

/* The current thread was the one on its way, and is the next one's to wake. */
static void kdefer_wake_next(void)
{
	struct kdefer_worker *w;

	pthread_mutex_lock(&kdefer_pool_lock);
	w = kdefer_dequeue();
	if (!w)
		kdefer_starting = false;
	pthread_mutex_unlock(&kdefer_pool_lock);
	if (w)
		kdefer_fill_box(w, KDEFER_BOX_JOB);
}

/* What all functions that were started with kdefer_go() return to: Go's goexit. */
static noinline int kdefer_go_main(void *data)
{
	enum kdefer_next next = KDEFER_NEXT_WAIT;
	struct kdefer_worker *w = data;

	kdefer_this_worker = w;
	while (next != KDEFER_NEXT_END && kdefer_wait_for_job(w)) {
		kdefer_wake_next();
		do
			next = kdefer_serve(w);
		while (next == KDEFER_NEXT_JOB);
	}
	kdefer_this_worker = NULL;
	free(w);
	return 0;
}

/* The thread of a job ends without having returned from it. */
void kdefer_pool_thread_exits(void)
{
	struct kdefer_worker *w = kdefer_this_worker;
	struct kdefer_job job;

	if (!w)
		return;
	job = w->job;
	kdefer_this_worker = NULL;
	free(w);
	kdefer_job_killed(&job);
	kdefer_job_gone();
}

static struct kdefer_worker *kdefer_worker_create(void)
{
	struct kdefer_worker *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->thread = kthread_create(kdefer_go_main, w, KDEFER_WORKER_NAME);
	if (!IS_ERR(w->thread))
		return w;
	free(w);
	return NULL;
}

int kdefer_host_go(const struct kdefer_job *job)
{
	struct kdefer_worker *w;

	if (likely(kdefer_give_to_idle(job, &w))) {
		if (w)
			kdefer_fill_box(w, KDEFER_BOX_JOB);
		return 0;
	}
	if (!kdefer_host_may_sleep()) {
		kdefer_job_gone();
		return -EAGAIN;
	}
	w = kdefer_worker_create();
	if (!w) {
		kdefer_job_gone();
		return -ENOMEM;
	}
	w->job = *job;
	w->box = KDEFER_BOX_JOB;
	wake_up_process(w->thread);
	return 0;
}

const struct kdefer_group *kdefer_host_group(void)
{
	return kdefer_this_worker ? kdefer_this_worker->job.group : NULL;
}

/* A process is one program: all jobs are its own. */
void __kdefer_go_wait(const struct module *owner)
{
	unsigned int own = kdefer_this_worker ? 1 : 0;

	might_sleep();
	pthread_mutex_lock(&kdefer_pool_lock);
	atomic_fetch_add_explicit(&kdefer_nr_waiters, 1, memory_order_seq_cst);
	while (atomic_load(&kdefer_nr_jobs) > own)
		pthread_cond_wait(&kdefer_pool_cond, &kdefer_pool_lock);
	atomic_fetch_sub_explicit(&kdefer_nr_waiters, 1, memory_order_seq_cst);
	pthread_mutex_unlock(&kdefer_pool_lock);
}
EXPORT_SYMBOL_GPL(__kdefer_go_wait);

/*
 * Idle threads must be gone before a checker of leaks looks; those that work end with the process.
 */
static void kdefer_end_idle(void)
{
	struct kdefer_worker *w;
	struct task_struct *t;

	while ((w = kdefer_pop_idle())) {
		t = get_task_struct(w->thread);
		kdefer_fill_box(w, KDEFER_BOX_STOP);
		kthread_stop_put(t);
	}
}

static unsigned int kdefer_wanted_spins(void)
{
	const char *spins = getenv("KDEFER_SHIM_GO_SPINS");

	return spins ? (unsigned int)strtoul(spins, NULL, 10) : KDEFER_SPINS;
}

__attribute__((constructor))
static void kdefer_pool_init(void)
{
	kdefer_spins = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? kdefer_wanted_spins() : 0;
	if (atexit(kdefer_end_idle))
		abort();
}
