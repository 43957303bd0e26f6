/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_SRCU_H
#define _KSHIM_LINUX_SRCU_H

#include <pthread.h>
#include <linux/compiler.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/workqueue.h>

/* Readers are counted on one of two sides, and who waits for them sends new ones to the other. */
struct srcu_struct {
	pthread_mutex_t raw;
	pthread_cond_t left;		/* the last reader of a side has */
	struct mutex waiters;		/* one after the other */
	unsigned long readers[2];
	int side;
	struct rcu_head *callbacks;
	struct rcu_head **tail;
	struct work_struct work;
};

void kshim_srcu_init(struct srcu_struct *ssp);
void kshim_srcu_cleanup(struct srcu_struct *ssp);
int kshim_srcu_read_lock(struct srcu_struct *ssp);
void kshim_srcu_read_unlock(struct srcu_struct *ssp, int idx);
int kshim_srcu_read_lock_held(const struct srcu_struct *ssp);
void kshim_synchronize_srcu(struct srcu_struct *ssp);
void kshim_call_srcu(struct srcu_struct *ssp, struct rcu_head *head, rcu_callback_t func);
void kshim_srcu_work(struct work_struct *work);

#define __SRCU_STRUCT_INIT(name) { \
	.raw = PTHREAD_MUTEX_INITIALIZER, \
	.left = PTHREAD_COND_INITIALIZER, \
	.waiters = __MUTEX_INITIALIZER((name).waiters), \
	.work = __WORK_INITIALIZER((name).work, kshim_srcu_work), \
}
#define DEFINE_SRCU(name) struct srcu_struct name = __SRCU_STRUCT_INIT(name)
#define DEFINE_STATIC_SRCU(name) static DEFINE_SRCU(name)

static inline int init_srcu_struct(struct srcu_struct *ssp)
{
	kshim_srcu_init(ssp);
	return 0;
}

static inline void cleanup_srcu_struct(struct srcu_struct *ssp)
{
	kshim_srcu_cleanup(ssp);
}

static inline int srcu_read_lock(struct srcu_struct *ssp)
{
	return kshim_srcu_read_lock(ssp);
}

static inline void srcu_read_unlock(struct srcu_struct *ssp, int idx)
{
	kshim_srcu_read_unlock(ssp, idx);
}

static inline int srcu_read_lock_held(const struct srcu_struct *ssp)
{
	return kshim_srcu_read_lock_held(ssp);
}

/* Not for use inside a read-side section of @ssp: there it would wait for itself, and says so. */
static inline void synchronize_srcu(struct srcu_struct *ssp)
{
	kshim_synchronize_srcu(ssp);
}

static inline void synchronize_srcu_expedited(struct srcu_struct *ssp)
{
	kshim_synchronize_srcu(ssp);
}

/* @func is called by a work function with bottom halves off, once all of today's readers left. */
static inline void call_srcu(struct srcu_struct *ssp, struct rcu_head *head, rcu_callback_t func)
{
	kshim_call_srcu(ssp, head, func);
}

static inline void srcu_barrier(struct srcu_struct *ssp)
{
	kshim_flush_work(&ssp->work);
}

#define srcu_dereference(p, ssp) ((void)(ssp), rcu_dereference(p))
#define srcu_dereference_check(p, ssp, c) srcu_dereference(p, ssp)

#endif /* _KSHIM_LINUX_SRCU_H */
