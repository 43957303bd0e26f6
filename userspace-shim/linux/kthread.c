// SPDX-License-Identifier: GPL-2.0-only
/* Kernel threads over pthreads. */

#include <setjmp.h>
#include <stdlib.h>
#include "../host.h"
#include "kshim-impl.h"

#include <linux/kthread.h>
#include <linux/string.h>

enum {
	KTHREAD_SHOULD_STOP,
	KTHREAD_SHOULD_PARK,
};

/* A pthread that somebody still has to join. Outlives the task. */
struct corpse {
	pthread_t thread;
	struct corpse *next;
};

struct kshim_kthread {
	unsigned long flags;
	int (*fn)(void *data);
	void *data;
	long result;
	struct completion created;
	struct completion parked;
	struct completion exited;
	struct corpse *corpse;
	jmp_buf exit;
};

static struct corpse *corpses;
static pthread_mutex_t corpses_lock = PTHREAD_MUTEX_INITIALIZER;

static void bury(struct kshim_kthread *k)
{
	struct corpse *c = k->corpse;

	if (!c)
		return;
	k->corpse = NULL;
	pthread_mutex_lock(&corpses_lock);
	c->next = corpses;
	corpses = c;
	pthread_mutex_unlock(&corpses_lock);
}

static struct corpse *next_corpse(void)
{
	struct corpse *c;

	pthread_mutex_lock(&corpses_lock);
	c = corpses;
	if (c)
		corpses = c->next;
	pthread_mutex_unlock(&corpses_lock);
	return c;
}

/*
 * A pthread is gone only when it was joined. Those in the list have nothing left to do but to
 * announce their end: so this does not wait for anything that a driver does.
 */
static void join_corpses(void)
{
	struct corpse *c;

	while ((c = next_corpse())) {
		pthread_join(c->thread, NULL);
		free(c);
	}
}

/* Not a destructor: a race detector looks for threads that nobody joined before those run. */
static void __attribute__((__constructor__)) kthread_init(void)
{
	if (atexit(join_corpses))
		panic("shim: atexit() failed\n");
}

static struct kshim_kthread *to_kthread(struct task_struct *t)
{
	return kshim_task_of(t)->kthread;
}

void kshim_free_kthread(struct kshim_kthread *k)
{
	free(k);
}

static struct kshim_kthread *self(const char *call)
{
	struct kshim_kthread *k = to_kthread(current);

	if (likely(k))
		return k;
	printk(KERN_EMERG "%s: %s/%d is not a kthread\n", call, current->comm, current->pid);
	BUG();
}

static void parkme(struct kshim_kthread *k)
{
	for (;;) {
		set_current_state(TASK_PARKED);
		if (!test_bit(KTHREAD_SHOULD_PARK, &k->flags))
			break;
		complete(&k->parked);
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

static void begin(struct kshim_kthread *k)
{
	/* The creator goes on; whoever wakes this task, or stops it, lets it go on. */
	complete(&k->created);
	schedule();
	k->result = -EINTR;
	if (test_bit(KTHREAD_SHOULD_STOP, &k->flags))
		return;
	parkme(k);
	k->result = k->fn(k->data);
}

static void end(struct kshim_task *t)
{
	if (unlikely(in_atomic() || irqs_disabled())) {
		printk(KERN_ERR "note: %s[%d] exited with preempt_count %d, irqs_disabled %d\n",
		       t->task.comm, t->task.pid, preempt_count(), irqs_disabled());
		kshim_preempt = 0;
	}
	kshim_check_nothing_held();
	kshim_flush_line();
	WRITE_ONCE(t->task.flags, t->task.flags | PF_EXITING);
	bury(t->kthread);
	kshim_count_threads(-1);
	complete(&t->kthread->exited);
	kshim_current_task = NULL;
	kshim_put_task(&t->task);
}

static void *kthread_main(void *data)
{
	struct kshim_task *t = data;

	kshim_task_enter(t);
	pthread_setname_np(pthread_self(), t->task.comm);
	if (!_setjmp(t->kthread->exit))
		begin(t->kthread);
	end(data);
	return NULL;
}

static void free_unborn(struct kshim_task *t)
{
	free(t->kthread->corpse);
	kshim_put_task(&t->task);
}

static struct kshim_task *alloc_kthread(int (*fn)(void *data), void *data)
{
	struct kshim_task *t = kshim_task_alloc();
	struct kshim_kthread *k = calloc(1, sizeof(*k));
	struct corpse *c = calloc(1, sizeof(*c));

	if (!t || !k || !c) {
		if (t)
			kshim_put_task(&t->task);
		free(k);
		free(c);
		return NULL;
	}
	k->fn = fn;
	k->data = data;
	k->corpse = c;
	init_completion(&k->created);
	init_completion(&k->parked);
	init_completion(&k->exited);
	t->kthread = k;
	t->task.flags = PF_KTHREAD;
	t->task.__state = TASK_UNINTERRUPTIBLE;
	return t;
}

static __printf(3, 0)
struct task_struct *vcreate(int (*threadfn)(void *data), void *data, const char *namefmt,
			    va_list args)
{
	struct kshim_task *t;
	struct kshim_kthread *k;

	might_sleep();
	join_corpses();
	t = alloc_kthread(threadfn, data);
	if (!t)
		return ERR_PTR(-ENOMEM);
	kshim_vsnprintf(t->task.comm, sizeof(t->task.comm), namefmt, args);
	k = t->kthread;
	if (pthread_create(&k->corpse->thread, NULL, kthread_main, t)) {
		free_unborn(t);
		return ERR_PTR(-EAGAIN);
	}
	kshim_count_threads(1);
	wait_for_completion(&k->created);
	return &t->task;
}

struct task_struct *kshim_kthread_create(int (*threadfn)(void *data), void *data,
					 int node __always_unused, const char *namefmt, ...)
{
	struct task_struct *t;
	va_list args;

	va_start(args, namefmt);
	t = vcreate(threadfn, data, namefmt, args);
	va_end(args);
	return t;
}

int kshim_kthread_stop(struct task_struct *t)
{
	struct kshim_kthread *k = to_kthread(t);
	int ret;

	if (WARN(!k, "kthread_stop: %s/%d is not a kthread\n", t->comm, t->pid))
		return -EINVAL;
	kdefer_kthread_is_stopped(t);
	get_task_struct(t);
	set_bit(KTHREAD_SHOULD_STOP, &k->flags);
	kshim_kthread_unpark(t);
	/* An interruptible wait ends with -ERESTARTSYS then, whatever its condition says. */
	kshim_notify(t);
	wake_up_process(t);
	wait_for_completion(&k->exited);
	/* For a second caller: this thread has ended for good. */
	complete_all(&k->exited);
	ret = (int)k->result;
	put_task_struct(t);
	join_corpses();
	return ret;
}

bool kshim_kthread_should_stop(void)
{
	return test_bit(KTHREAD_SHOULD_STOP, &self("kthread_should_stop")->flags);
}

bool kshim_kthread_should_park(void)
{
	return test_bit(KTHREAD_SHOULD_PARK, &self("kthread_should_park")->flags);
}

void kshim_kthread_parkme(void)
{
	parkme(self("kthread_parkme"));
}

int kshim_kthread_park(struct task_struct *t)
{
	struct kshim_kthread *k = to_kthread(t);

	if (WARN_ON(!k || (READ_ONCE(t->flags) & PF_EXITING)))
		return -ENOSYS;
	if (WARN_ON_ONCE(test_bit(KTHREAD_SHOULD_PARK, &k->flags)))
		return -EBUSY;
	set_bit(KTHREAD_SHOULD_PARK, &k->flags);
	if (t == current)
		return 0;
	wake_up_process(t);
	wait_for_completion(&k->parked);
	return 0;
}

void kshim_kthread_unpark(struct task_struct *t)
{
	struct kshim_kthread *k = to_kthread(t);

	if (!test_and_clear_bit(KTHREAD_SHOULD_PARK, &k->flags))
		return;
	wake_up_state(t, TASK_PARKED);
}

void *kshim_kthread_func(struct task_struct *t)
{
	struct kshim_kthread *k = to_kthread(t);

	return k ? (void *)k->fn : NULL;
}

void *kshim_kthread_data(struct task_struct *t)
{
	struct kshim_kthread *k = to_kthread(t);

	if (WARN(!k, "kthread_data: %s/%d is not a kthread\n", t->comm, t->pid))
		return NULL;
	return k->data;
}

void kshim_kthread_exit(struct completion *comp, long code)
{
	struct kshim_kthread *k = self("kthread_exit");

	kdefer_host_exits("kthread_exit");
	k->result = code;
	/* Whoever waits for @comp may end the program next, which has to join this thread. */
	bury(k);
	if (comp)
		complete(comp);
	/* Nothing is unwound, as in the kernel: what the frames hold stays held. */
	_longjmp(k->exit, 1);
}
