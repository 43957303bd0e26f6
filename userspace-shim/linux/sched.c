// SPDX-License-Identifier: GPL-2.0-only
/* Tasks, sleeping and waking over pthreads. */

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "kshim-impl.h"

#include <kdefer-shim.h>
#include <linux/time64.h>

kshim_tls struct kshim_context kshim_context;
kshim_tls struct task_struct *kshim_current_task;

static pthread_key_t adopted_key;

static int nr_threads;

void kshim_count_threads(int more)
{
	__atomic_add_fetch(&nr_threads, more, __ATOMIC_RELAXED);
}

unsigned int kshim_nr_threads(void)
{
	return (unsigned int)__atomic_load_n(&nr_threads, __ATOMIC_RELAXED);
}

static void put_adopted(void *data)
{
	kshim_count_threads(-1);
	kshim_flush_line();
	kshim_current_task = NULL;
	kshim_put_task(data);
}

static void adopted_ends(void *data)
{
	kshim_check_nothing_held();
	put_adopted(data);
}

static void __attribute__((__constructor__)) sched_init(void)
{
	if (pthread_key_create(&adopted_key, adopted_ends))
		panic("shim: no pthread key left for the tasks\n");
}

/* The main thread's key destructors never run. */
static void __attribute__((__destructor__)) sched_exit(void)
{
	if (kshim_current_task && !(kshim_current_task->flags & PF_KTHREAD)) {
		pthread_setspecific(adopted_key, NULL);
		put_adopted(kshim_current_task);
	}
}

struct kshim_task *kshim_task_alloc(void)
{
	struct kshim_task *t = calloc(1, sizeof(*t));
	pthread_condattr_t attr;

	if (!t)
		return NULL;
	t->refs = 1;
	t->task.tgid = getpid();
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->wake, &attr);
	pthread_condattr_destroy(&attr);
	return t;
}

void kshim_task_enter(struct kshim_task *t)
{
	t->task.pid = (pid_t)syscall(SYS_gettid);
	kshim_current_task = &t->task;
}

struct task_struct *kshim_adopt_thread(void)
{
	struct kshim_task *t = kshim_task_alloc();

	if (!t) {
		static const char msg[] = "shim: no memory for the calling thread's task\n";

		kshim_write(STDERR_FILENO, msg, sizeof(msg) - 1);
		abort();
	}
	prctl(PR_GET_NAME, t->task.comm);
	kshim_task_enter(t);
	pthread_setspecific(adopted_key, &t->task);
	kshim_count_threads(1);
	return &t->task;
}

struct kshim_line *kshim_partial_line(bool create)
{
	if (!kshim_current_task && (!create || kshim_crashing()))
		return NULL;
	return &kshim_task_of(current)->line;
}

/* Under the lock: a race detector need not have seen inside the library to know the order. */
static unsigned int add_ref(struct kshim_task *t, int n)
{
	unsigned int refs;

	pthread_mutex_lock(&t->lock);
	t->refs += (unsigned int)n;
	refs = t->refs;
	pthread_mutex_unlock(&t->lock);
	return refs;
}

struct task_struct *kshim_get_task(struct task_struct *t)
{
	add_ref(kshim_task_of(t), 1);
	return t;
}

void kshim_put_task(struct task_struct *task)
{
	struct kshim_task *t = kshim_task_of(task);

	if (add_ref(t, -1))
		return;
	kshim_free_kthread(t->kthread);
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/*
 * A waiter sets its state and then looks at its condition; a waker changes the condition and then
 * looks at the state. Both looks take the same lock: one of the two sees what the other did.
 */
void kshim_set_current_state(unsigned int state)
{
	struct kshim_task *t = kshim_task_of(current);

	pthread_mutex_lock(&t->lock);
	WRITE_ONCE(t->task.__state, state);
	pthread_mutex_unlock(&t->lock);
}

static bool wake_locked(struct kshim_task *t, unsigned int state)
{
	if (!(t->task.__state & state))
		return false;
	WRITE_ONCE(t->task.__state, TASK_RUNNING);
	pthread_cond_signal(&t->wake);
	return true;
}

bool kshim_wake_up_state(struct task_struct *p, unsigned int state)
{
	struct kshim_task *t = kshim_task_of(p);
	bool woken;

	pthread_mutex_lock(&t->lock);
	woken = wake_locked(t, state);
	pthread_mutex_unlock(&t->lock);
	return woken;
}

void kshim_notify(struct task_struct *p)
{
	struct kshim_task *t = kshim_task_of(p);

	pthread_mutex_lock(&t->lock);
	WRITE_ONCE(t->notified, true);
	wake_locked(t, TASK_INTERRUPTIBLE | TASK_WAKEKILL);
	pthread_mutex_unlock(&t->lock);
}

bool kshim_signal_pending(struct task_struct *p)
{
	struct kshim_task *t = kshim_task_of(p);

	return READ_ONCE(t->notified) || READ_ONCE(t->signals);
}

static u64 signal_bit(int sig)
{
	return sig >= 1 && sig <= 64 ? BIT_ULL(sig - 1) : 0;
}

void kshim_allow_signal(int sig, bool allow)
{
	struct kshim_task *t = kshim_task_of(current);

	pthread_mutex_lock(&t->lock);
	if (allow)
		t->allowed |= signal_bit(sig);
	else
		t->allowed &= ~signal_bit(sig);
	pthread_mutex_unlock(&t->lock);
}

int kshim_send_sig(int sig, struct task_struct *p)
{
	struct kshim_task *t = kshim_task_of(p);
	u64 bit = signal_bit(sig);

	if (!bit)
		return sig ? -EINVAL : 0;
	pthread_mutex_lock(&t->lock);
	if (!(p->flags & PF_KTHREAD) || (t->allowed & bit)) {
		WRITE_ONCE(t->signals, t->signals | bit);
		wake_locked(t, TASK_INTERRUPTIBLE | (sig == SIGKILL ? TASK_WAKEKILL : 0));
	}
	pthread_mutex_unlock(&t->lock);
	return 0;
}

void kshim_flush_signals(struct task_struct *p)
{
	struct kshim_task *t = kshim_task_of(p);

	pthread_mutex_lock(&t->lock);
	WRITE_ONCE(t->signals, 0);
	pthread_mutex_unlock(&t->lock);
}

int kshim_dequeue_signal(void)
{
	struct kshim_task *t = kshim_task_of(current);
	int sig;

	pthread_mutex_lock(&t->lock);
	sig = __builtin_ffsll((long long)t->signals);
	WRITE_ONCE(t->signals, t->signals & ~signal_bit(sig));
	pthread_mutex_unlock(&t->lock);
	return sig;
}

static void check_atomic(void)
{
	if (likely(!in_atomic()))
		return;
	printk(KERN_ERR "BUG: scheduling while atomic: %s/%d/0x%08x\n", current->comm,
	       current->pid, preempt_count());
	kshim_dump_stack();
}

static bool must_sleep(struct kshim_task *t)
{
	unsigned int state = t->task.__state;

	return state != TASK_RUNNING && !signal_pending_state(state, &t->task);
}

void kshim_yield(void)
{
	sched_yield();
}

void kshim_schedule(void)
{
	struct kshim_task *t = kshim_task_of(current);

	check_atomic();
	pthread_mutex_lock(&t->lock);
	if (t->task.__state == TASK_RUNNING) {
		pthread_mutex_unlock(&t->lock);
		sched_yield();
		return;
	}
	while (must_sleep(t))
		pthread_cond_wait(&t->wake, &t->lock);
	WRITE_ONCE(t->task.__state, TASK_RUNNING);
	pthread_mutex_unlock(&t->lock);
}

static u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * NSEC_PER_SEC + (u64)now.tv_nsec;
}

u64 kshim_jiffies(void)
{
	return now_ns() / (NSEC_PER_SEC / HZ);
}

long kshim_schedule_timeout(long timeout)
{
	struct kshim_task *t = kshim_task_of(current);
	struct timespec until;
	u64 deadline, now;
	int ret = 0;

	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		kshim_schedule();
		return timeout;
	}
	check_atomic();
	if (WARN(timeout < 0, "schedule_timeout: wrong timeout value %lx\n", timeout))
		timeout = 0;
	/* Beyond a century the clock's own range would become the problem. */
	timeout = min(timeout, 100L * 365 * 24 * 3600 * HZ);
	deadline = now_ns() + (u64)timeout * (NSEC_PER_SEC / HZ);
	until.tv_sec = (time_t)(deadline / NSEC_PER_SEC);
	until.tv_nsec = (long)(deadline % NSEC_PER_SEC);
	pthread_mutex_lock(&t->lock);
	while (must_sleep(t) && !ret)
		ret = pthread_cond_timedwait(&t->wake, &t->lock, &until);
	WRITE_ONCE(t->task.__state, TASK_RUNNING);
	pthread_mutex_unlock(&t->lock);
	now = now_ns();
	return now >= deadline ? 0 : (long)DIV_ROUND_UP(deadline - now, NSEC_PER_SEC / HZ);
}

/* What the host refuses, for lack of privileges, the task remembers all the same. */
void kshim_set_user_nice(struct task_struct *p, long nice)
{
	if (nice < MIN_NICE || nice > MAX_NICE)
		return;
	WRITE_ONCE(kshim_task_of(p)->nice, (int)nice);
	setpriority(PRIO_PROCESS, (id_t)p->pid, (int)nice);
}

int kshim_task_nice(const struct task_struct *p)
{
	return READ_ONCE(kshim_task_of((struct task_struct *)p)->nice);
}

void kshim_sched_set_fifo(struct task_struct *p, bool low)
{
	struct sched_param param = {
		.sched_priority = low ? 1 : sched_get_priority_max(SCHED_FIFO) / 2,
	};

	sched_setscheduler(p->pid, SCHED_FIFO, &param);
}

void kshim_sched_set_normal(struct task_struct *p, int nice)
{
	struct sched_param param = { .sched_priority = 0 };

	sched_setscheduler(p->pid, SCHED_OTHER, &param);
	kshim_set_user_nice(p, nice);
}

void shim_hardirq_enter(void)
{
	kshim_preempt_add(HARDIRQ_OFFSET);
}

void shim_hardirq_exit(void)
{
	kshim_preempt_sub(HARDIRQ_OFFSET);
}

void shim_softirq_enter(void)
{
	kshim_preempt_add(SOFTIRQ_OFFSET);
}

void shim_softirq_exit(void)
{
	kshim_preempt_sub(SOFTIRQ_OFFSET);
}

void shim_nmi_enter(void)
{
	kshim_preempt_add(NMI_OFFSET + HARDIRQ_OFFSET);
}

void shim_nmi_exit(void)
{
	kshim_preempt_sub(NMI_OFFSET + HARDIRQ_OFFSET);
}
