/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pool that the instances of a kretprobe come from, where rethooks are not what kretprobes are
 * made of.
 *
 * 6.7, commit 4bbd93455659 ("kprobes: kretprobe scalability improvement"): the pool is an objpool;
 * before, it was a freelist, whose header went with the change.
 */
#ifndef _KDEFER_COMPAT_KRETPROBE_H
#define _KDEFER_COMPAT_KRETPROBE_H

#include <linux/kprobes.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
static __always_inline void kdefer_kretprobe_push(struct kretprobe *rp,
						  struct kretprobe_instance *ri)
{
	objpool_push(ri, &rp->rph->pool);
}

/* For an instance whose probe is gone: the last one takes the pool with it. */
static inline void kdefer_kretprobe_drop(struct kretprobe_instance *ri)
{
	objpool_drop(ri, &ri->rph->pool);
}
#else
#include <linux/refcount.h>
#include <linux/slab.h>

static __always_inline void kdefer_kretprobe_push(struct kretprobe *rp,
						  struct kretprobe_instance *ri)
{
	freelist_add(&ri->freelist, &rp->freelist);
}

/* For an instance whose probe is gone: the last one takes what they share with it. */
static inline void kdefer_kretprobe_drop(struct kretprobe_instance *ri)
{
	if (refcount_dec_and_test(&ri->rph->ref))
		kfree(ri->rph);
	kfree(ri);
}
#endif

#endif /* _KDEFER_COMPAT_KRETPROBE_H */
