/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How threads that have a task are found: the two hashes, and the tasks of threads that kdefer did
 * not start.
 */
#ifndef _KDEFER_HOST_REGISTRY_H
#define _KDEFER_HOST_REGISTRY_H

#include <linux/rcupdate.h>

#include "host.h"
#include "kthread.h"

/**
 * struct kdefer_foreign - the task of a thread that kdefer did not start
 * @storage: the task; nested ones have a struct of their own, which is not in the hash
 * @entry: what the thread is found by; its owner is NULL for a task that is not in the hash
 * @spare: the next one, while this is kept for later
 * @rcu: frees this when no lookup can see it any more
 *
 * Memory that is kept is used again at once, since without any other there would be none until a
 * grace period is over. So a lookup may follow a node into another list, and sees it at the end.
 */
struct kdefer_foreign {
	struct kdefer_task_storage storage;
	struct kdefer_thread_entry entry;
	union {
		struct kdefer_foreign *spare;
		struct rcu_head rcu;
	};
};

/* registry.c */
struct kdefer_foreign *kdefer_find_foreign(const struct task_struct *owner);
void kdefer_foreign_add(struct kdefer_foreign *f, struct kdefer_task *task);
void kdefer_foreign_del(struct kdefer_foreign *f);
void kdefer_kthread_add(struct kdefer_kthread *kt, struct kdefer_task *task);
void kdefer_kthread_del(struct kdefer_kthread *kt);
struct kdefer_task *kdefer_kthread_exits(const struct task_struct *p);
void kdefer_registry_init(void);

/* current.c */
struct kdefer_kthread *kdefer_current_kthread(void);
struct kdefer_foreign *kdefer_current_foreign(void);

/* spare.c */
struct kdefer_foreign *kdefer_spare_get(void);
bool kdefer_spare_put(struct kdefer_foreign *f);
int kdefer_spares_alloc(void);
void kdefer_spares_free(void);

/* attach.c */
void kdefer_secret_init(void);

/* exit.c */
int kdefer_watch_exits(void);
void kdefer_unwatch_exits(void);

#endif /* _KDEFER_HOST_REGISTRY_H */
