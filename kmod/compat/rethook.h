/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pool that the nodes of a rethook come from.
 *
 * 6.7, commit 4bbd93455659 ("kprobes: kretprobe scalability improvement"): the pool is an objpool;
 * before, it was a freelist, whose header went with the change.
 */
#ifndef _KDEFER_COMPAT_RETHOOK_H
#define _KDEFER_COMPAT_RETHOOK_H

#include <linux/rethook.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#include <linux/objpool.h>

static __always_inline void kdefer_rethook_push(struct rethook_node *node)
{
	objpool_push(node, &node->rethook->pool);
}

/* For a node whose probe is gone: the last one takes the pool with it. */
static inline void kdefer_rethook_drop(struct rethook_node *node)
{
	objpool_drop(node, &node->rethook->pool);
}
#else
#include <linux/freelist.h>
#include <linux/refcount.h>
#include <linux/slab.h>

static __always_inline void kdefer_rethook_push(struct rethook_node *node)
{
	freelist_add(&node->freelist, &node->rethook->pool);
}

/* For a node whose probe is gone: the last one takes the rethook with it. */
static inline void kdefer_rethook_drop(struct rethook_node *node)
{
	if (refcount_dec_and_test(&node->rethook->ref))
		kfree(node->rethook);
	kfree(node);
}
#endif

#endif /* _KDEFER_COMPAT_RETHOOK_H */
