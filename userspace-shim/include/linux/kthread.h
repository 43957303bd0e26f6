/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_KTHREAD_H
#define _KSHIM_LINUX_KTHREAD_H

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/sched.h>

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

#endif /* _KSHIM_LINUX_KTHREAD_H */
