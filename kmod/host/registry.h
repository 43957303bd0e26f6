/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How threads that have a task are found, and the memory of their tasks.
 */
#ifndef _KDEFER_HOST_REGISTRY_H
#define _KDEFER_HOST_REGISTRY_H

#include <linux/list_nulls.h>
#include <linux/rcupdate.h>

#include "host.h"
#include "kthread.h"

/**
 * struct kdefer_attachment - the task of a thread, and what it is found by
 * @storage: the task; its owner is the thread, or NULL
 * @node: link in the registry
 * @thread: the thread by which @node is found; NULL if it is in no list
 * @start: when that thread started, since a later one can have the same address
 * @serial: grows from each thread to the next of the same bucket
 * @spare: the next one, while this is kept for later
 * @rcu: frees this when nobody can see it any more
 *
 * Memory that is kept is used again at once, for any thread. So whoever comes to one by a guess, or
 * in the registry without its lock, has to look whose it is; and a lookup may follow a node into
 * another list, and sees it at the end.
 *
 * What a root frame has used stays in the registry, without an owner, until a root frame of another
 * thread gets it: most often the next one is of the same thread, and then only the owner is set.
 */
struct kdefer_attachment {
	struct kdefer_task_storage storage;
	struct hlist_nulls_node node;
	const struct task_struct *thread;
	u64 start;
	u64 serial;
	union {
		struct kdefer_attachment *spare;
		struct rcu_head rcu;
	};
};

static inline struct kdefer_attachment *kdefer_attachment_of(struct kdefer_task_storage *storage)
{
	return container_of(storage, struct kdefer_attachment, storage);
}

/* registry.c */
struct kdefer_attachment *kdefer_find_attachment(const struct task_struct *owner);
void kdefer_registry_add(struct kdefer_attachment *a);
bool kdefer_registry_del(struct kdefer_attachment *a, const struct task_struct *owner);
bool kdefer_registry_has_current(const struct kdefer_attachment *a);
void kdefer_registry_evict(struct kdefer_attachment *a);
void kdefer_registry_init(void);

/* current.c */
void kdefer_guess_init(void);
void kdefer_forget_guesses(const struct kdefer_task *task);

/* spare.c */
struct kdefer_attachment *kdefer_spare_get(void);
bool kdefer_spare_put(struct kdefer_attachment *a);
int kdefer_spares_alloc(void);
void kdefer_spares_free(void);

/* attach.c */
void kdefer_secret_init(void);
void kdefer_free_attachment(struct kdefer_attachment *a);

/* exit.c */
int kdefer_watch_exits(void);
void kdefer_unwatch_exits(void);

#endif /* _KDEFER_HOST_REGISTRY_H */
