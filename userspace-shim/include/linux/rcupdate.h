/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_RCUPDATE_H
#define _KSHIM_LINUX_RCUPDATE_H

#include <linux/compiler.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/types.h>

void kshim_rcu_read_lock(void);
void kshim_rcu_read_unlock(void);
void kshim_synchronize_rcu(void);
void kshim_call_rcu(struct rcu_head *head, rcu_callback_t func);
void kshim_kfree_rcu(struct rcu_head *head, size_t offset);
void kshim_rcu_barrier(void);

#define rcu_preempt_depth() ((int)kshim_rcu_depth)
#define rcu_read_lock_held() (kshim_rcu_depth != 0)

static inline void rcu_read_lock(void)
{
	kshim_rcu_read_lock();
}

static inline void rcu_read_unlock(void)
{
	kshim_rcu_read_unlock();
}

/* Not for use inside a read-side section: there it would wait for itself, and says so. */
static inline void synchronize_rcu(void)
{
	kshim_synchronize_rcu();
}

/* @func is called as if in a softirq once all of today's readers have ended. */
static inline void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	kshim_call_rcu(head, func);
}

static inline void rcu_barrier(void)
{
	kshim_rcu_barrier();
}

#define kfree_rcu(ptr, rhf) \
do { \
	__typeof__(ptr) __kshim_ptr = (ptr); \
	if (__kshim_ptr) \
		kshim_kfree_rcu(&__kshim_ptr->rhf, offsetof(__typeof__(*__kshim_ptr), rhf)); \
} while (0)

#define rcu_dereference(p) __atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_dereference_check(p, c) rcu_dereference(p)
#define rcu_dereference_protected(p, c) READ_ONCE(p)
#define rcu_access_pointer(p) READ_ONCE(p)
#define rcu_assign_pointer(p, v) \
do { \
	__typeof__(p) __kshim_rcu = (v); \
	__atomic_store_n(&(p), __kshim_rcu, __ATOMIC_RELEASE); \
} while (0)
#define RCU_INIT_POINTER(p, v) WRITE_ONCE(p, v)

#endif /* _KSHIM_LINUX_RCUPDATE_H */
