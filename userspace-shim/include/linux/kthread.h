/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_KTHREAD_H
#define _KSHIM_LINUX_KTHREAD_H

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#define NUMA_NO_NODE (-1)

__printf(4, 5)
struct task_struct *kshim_kthread_create(int (*threadfn)(void *data), void *data, int node,
					 const char *namefmt, ...);
int kshim_kthread_stop(struct task_struct *k);
bool kshim_kthread_should_stop(void);
int kshim_kthread_park(struct task_struct *k);
void kshim_kthread_unpark(struct task_struct *k);
bool kshim_kthread_should_park(void);
void kshim_kthread_parkme(void);
void *kshim_kthread_func(struct task_struct *k);
void *kshim_kthread_data(struct task_struct *k);
void __noreturn kshim_kthread_exit(struct completion *comp, long code);

#define kthread_create_on_node(threadfn, data, node, namefmt, ...) \
	kshim_kthread_create(threadfn, data, node, namefmt, ## __VA_ARGS__)
#define kthread_create(threadfn, data, namefmt, ...) \
	kshim_kthread_create(threadfn, data, NUMA_NO_NODE, namefmt, ## __VA_ARGS__)
#define kthread_run(threadfn, data, namefmt, ...) \
({ \
	struct task_struct *__k = kthread_create(threadfn, data, namefmt, ## __VA_ARGS__); \
	if (!IS_ERR(__k)) \
		wake_up_process(__k); \
	__k; \
})

static inline int kthread_stop(struct task_struct *k)
{
	return kshim_kthread_stop(k);
}

/* Also drops the reference that the caller holds. */
static inline int kthread_stop_put(struct task_struct *k)
{
	int ret = kshim_kthread_stop(k);

	put_task_struct(k);
	return ret;
}

static inline bool kthread_should_stop(void)
{
	return kshim_kthread_should_stop();
}

static inline int kthread_park(struct task_struct *k)
{
	return kshim_kthread_park(k);
}

static inline void kthread_unpark(struct task_struct *k)
{
	kshim_kthread_unpark(k);
}

static inline bool kthread_should_park(void)
{
	return kshim_kthread_should_park();
}

static inline void kthread_parkme(void)
{
	kshim_kthread_parkme();
}

static inline void *kthread_func(struct task_struct *k)
{
	return kshim_kthread_func(k);
}

static inline void *kthread_data(struct task_struct *k)
{
	return kshim_kthread_data(k);
}

static inline void __noreturn kthread_complete_and_exit(struct completion *comp, long code)
{
	kshim_kthread_exit(comp, code);
}

static inline void __noreturn kthread_exit(long code)
{
	kshim_kthread_exit(NULL, code);
}

struct kthread_work;
typedef void (*kthread_work_func_t)(struct kthread_work *work);

/* A thread that does one work after the other. */
struct kthread_worker {
	unsigned int flags;
	spinlock_t lock;
	struct list_head work_list;
	struct task_struct *task;
	struct kthread_work *current_work;
};

struct kthread_work {
	struct list_head node;
	kthread_work_func_t func;
	struct kthread_worker *worker;	/* where it was queued last */
	int canceling;
};

struct kthread_delayed_work {
	struct kthread_work work;
	struct timer_list timer;
};

#define KTW_FREEZABLE 1

int kshim_kthread_worker_fn(void *worker);
__printf(2, 3) struct kthread_worker *kshim_kthread_run_worker(unsigned int flags,
							       const char *namefmt, ...);
void kshim_kthread_destroy_worker(struct kthread_worker *worker);
void kshim_kthread_init_worker(struct kthread_worker *worker);
bool kshim_kthread_queue_work(struct kthread_worker *worker, struct kthread_work *work);
void kshim_kthread_flush_work(struct kthread_work *work);
void kshim_kthread_flush_worker(struct kthread_worker *worker);
bool kshim_kthread_cancel_work(struct kthread_work *work);
void kshim_kthread_init_delayed_work(struct kthread_delayed_work *dwork, kthread_work_func_t fn);
bool kshim_kthread_queue_delayed_work(struct kthread_worker *worker,
				      struct kthread_delayed_work *dwork, unsigned long delay);
bool kshim_kthread_mod_delayed_work(struct kthread_worker *worker,
				    struct kthread_delayed_work *dwork, unsigned long delay);
bool kshim_kthread_cancel_delayed_work(struct kthread_delayed_work *dwork);

#define kthread_worker_fn kshim_kthread_worker_fn
#define kthread_init_worker(worker) kshim_kthread_init_worker(worker)
/* Up to Linux 6.13 the first of them started the thread, too. */
#define kthread_create_worker(flags, namefmt, ...) \
	kshim_kthread_run_worker(flags, namefmt, ## __VA_ARGS__)
#define kthread_run_worker(flags, namefmt, ...) \
	kshim_kthread_run_worker(flags, namefmt, ## __VA_ARGS__)
#define kthread_destroy_worker(worker) kshim_kthread_destroy_worker(worker)
#define kthread_queue_work(worker, work) kshim_kthread_queue_work(worker, work)
#define kthread_flush_work(work) kshim_kthread_flush_work(work)
#define kthread_flush_worker(worker) kshim_kthread_flush_worker(worker)
#define kthread_cancel_work_sync(work) kshim_kthread_cancel_work(work)
#define kthread_init_delayed_work(dwork, fn) kshim_kthread_init_delayed_work(dwork, fn)
#define kthread_queue_delayed_work(worker, dwork, delay) \
	kshim_kthread_queue_delayed_work(worker, dwork, delay)
#define kthread_mod_delayed_work(worker, dwork, delay) \
	kshim_kthread_mod_delayed_work(worker, dwork, delay)
#define kthread_cancel_delayed_work_sync(dwork) kshim_kthread_cancel_delayed_work(dwork)

static inline void kthread_init_work(struct kthread_work *work, kthread_work_func_t fn)
{
	*work = (struct kthread_work){ .func = fn };
	INIT_LIST_HEAD(&work->node);
}

#endif /* _KSHIM_LINUX_KTHREAD_H */
