/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_WORKQUEUE_H
#define _KSHIM_LINUX_WORKQUEUE_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/timer.h>
#include <linux/types.h>

struct workqueue_struct;
struct work_struct;

typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	struct list_head entry;
	work_func_t func;
	struct workqueue_struct *wq;	/* where it was queued last */
	u64 seq;
	bool pending;
	unsigned int cancelling;
};

struct delayed_work {
	struct work_struct work;
	struct timer_list timer;
	struct workqueue_struct *wq;
};

/* What a queue is for is between the kernel and its CPUs: here one queue is like another. */
#define WQ_UNBOUND (1 << 1)
#define WQ_FREEZABLE (1 << 2)
#define WQ_MEM_RECLAIM (1 << 3)
#define WQ_HIGHPRI (1 << 4)
#define WQ_CPU_INTENSIVE (1 << 5)
#define WQ_PERCPU (1 << 8)

extern struct workqueue_struct * const kshim_system_wq;

bool kshim_queue_work(struct workqueue_struct *wq, struct work_struct *work);
bool kshim_flush_work(struct work_struct *work);
bool kshim_cancel_work(struct work_struct *work, bool sync);
bool kshim_work_busy(struct work_struct *work);
void kshim_flush_workqueue(struct workqueue_struct *wq);
__printf(2, 3) struct workqueue_struct *kshim_alloc_workqueue(int max_active, const char *fmt, ...);
void kshim_destroy_workqueue(struct workqueue_struct *wq);
void kshim_init_delayed_work(struct delayed_work *dwork, work_func_t fn);
bool kshim_queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
			      unsigned long delay);
bool kshim_mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
			    unsigned long delay);
bool kshim_cancel_delayed_work(struct delayed_work *dwork, bool sync);
bool kshim_flush_delayed_work(struct delayed_work *dwork);

#define system_wq kshim_system_wq
#define system_highpri_wq kshim_system_wq
#define system_long_wq kshim_system_wq
#define system_unbound_wq kshim_system_wq

#define __WORK_INITIALIZER(n, fn) { .entry = LIST_HEAD_INIT((n).entry), .func = (fn) }
#define DECLARE_WORK(n, fn) struct work_struct n = __WORK_INITIALIZER(n, fn)
#define DECLARE_DELAYED_WORK(n, fn) \
	struct delayed_work n = { .work = __WORK_INITIALIZER((n).work, fn) }
#define INIT_WORK(work_, fn) \
do { \
	struct work_struct *__kshim_work = (work_); \
	*__kshim_work = (struct work_struct)__WORK_INITIALIZER(*__kshim_work, fn); \
} while (0)
#define INIT_WORK_ONSTACK(work, fn) INIT_WORK(work, fn)
#define INIT_DELAYED_WORK(dwork, fn) kshim_init_delayed_work(dwork, fn)
#define INIT_DELAYED_WORK_ONSTACK(dwork, fn) kshim_init_delayed_work(dwork, fn)
#define destroy_work_on_stack(work) ((void)(work))
#define destroy_delayed_work_on_stack(dwork) ((void)(dwork))

#define alloc_workqueue(fmt, flags, max_active, ...) \
	((void)(flags), kshim_alloc_workqueue(max_active, fmt, ## __VA_ARGS__))
#define alloc_ordered_workqueue(fmt, flags, ...) \
	((void)(flags), kshim_alloc_workqueue(1, fmt, ## __VA_ARGS__))
#define create_workqueue(name) kshim_alloc_workqueue(1, "%s", name)
#define create_singlethread_workqueue(name) kshim_alloc_workqueue(1, "%s", name)
#define destroy_workqueue(wq) kshim_destroy_workqueue(wq)
#define flush_workqueue(wq) kshim_flush_workqueue(wq)
#define drain_workqueue(wq) kshim_flush_workqueue(wq)

#define work_pending(work) READ_ONCE((work)->pending)
#define work_busy(work) kshim_work_busy(work)
#define delayed_work_pending(w) (timer_pending(&(w)->timer) || work_pending(&(w)->work))

static inline struct delayed_work *to_delayed_work(struct work_struct *work)
{
	return container_of(work, struct delayed_work, work);
}

static inline bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	return kshim_queue_work(wq, work);
}

static inline bool schedule_work(struct work_struct *work)
{
	return kshim_queue_work(kshim_system_wq, work);
}

static inline bool flush_work(struct work_struct *work)
{
	return kshim_flush_work(work);
}

static inline bool cancel_work(struct work_struct *work)
{
	return kshim_cancel_work(work, false);
}

static inline bool cancel_work_sync(struct work_struct *work)
{
	return kshim_cancel_work(work, true);
}

static inline bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
				      unsigned long delay)
{
	return kshim_queue_delayed_work(wq, dwork, delay);
}

static inline bool schedule_delayed_work(struct delayed_work *dwork, unsigned long delay)
{
	return kshim_queue_delayed_work(kshim_system_wq, dwork, delay);
}

static inline bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
				    unsigned long delay)
{
	return kshim_mod_delayed_work(wq, dwork, delay);
}

static inline bool cancel_delayed_work(struct delayed_work *dwork)
{
	return kshim_cancel_delayed_work(dwork, false);
}

static inline bool cancel_delayed_work_sync(struct delayed_work *dwork)
{
	return kshim_cancel_delayed_work(dwork, true);
}

static inline bool flush_delayed_work(struct delayed_work *dwork)
{
	return kshim_flush_delayed_work(dwork);
}

/* There is one CPU. */
#define queue_work_on(cpu, wq, work) ((void)(cpu), queue_work(wq, work))
#define schedule_work_on(cpu, work) ((void)(cpu), schedule_work(work))
#define queue_delayed_work_on(cpu, wq, dwork, delay) \
	((void)(cpu), queue_delayed_work(wq, dwork, delay))
#define schedule_delayed_work_on(cpu, dwork, delay) \
	((void)(cpu), schedule_delayed_work(dwork, delay))
#define mod_delayed_work_on(cpu, wq, dwork, delay) \
	((void)(cpu), mod_delayed_work(wq, dwork, delay))

#endif /* _KSHIM_LINUX_WORKQUEUE_H */
