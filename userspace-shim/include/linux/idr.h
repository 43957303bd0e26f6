/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_IDR_H
#define _KSHIM_LINUX_IDR_H

#include <linux/gfp.h>
#include <linux/limits.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/* As in the kernel an idr leaves locking to its user, and an ida does its own. */
struct idr {
	struct rb_root root;
	unsigned int base;
	unsigned int next;	/* for idr_alloc_cyclic() */
};

struct ida {
	struct idr idr;
	spinlock_t lock;
};

#define IDR_INIT_BASE(name, base_) { .base = (base_) }
#define IDR_INIT(name) IDR_INIT_BASE(name, 0)
#define DEFINE_IDR(name) struct idr name = IDR_INIT(name)
#define IDA_INIT(name) { .lock = __SPIN_LOCK_UNLOCKED((name).lock) }
#define DEFINE_IDA(name) struct ida name = IDA_INIT(name)

int kshim_idr_alloc(struct idr *idr, void *ptr, int start, int end, bool cyclic, gfp_t gfp);
int kshim_idr_alloc_u32(struct idr *idr, void *ptr, u32 *id, unsigned long max, gfp_t gfp);
void *kshim_idr_find(const struct idr *idr, unsigned long id);
void *kshim_idr_remove(struct idr *idr, unsigned long id);
void *kshim_idr_replace(struct idr *idr, void *ptr, unsigned long id);
void *kshim_idr_next(const struct idr *idr, int *id);
int kshim_idr_for_each(const struct idr *idr, int (*fn)(int id, void *p, void *data), void *data);
void kshim_idr_destroy(struct idr *idr);
int kshim_ida_alloc(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp);
void kshim_ida_free(struct ida *ida, unsigned int id);

static inline void idr_init_base(struct idr *idr, int base)
{
	*idr = (struct idr)IDR_INIT_BASE(*idr, (unsigned int)base);
}

#define idr_init(idr) idr_init_base(idr, 0)
#define idr_alloc(idr, ptr, start, end, gfp) kshim_idr_alloc(idr, ptr, start, end, false, gfp)
#define idr_alloc_cyclic(idr, ptr, start, end, gfp) \
	kshim_idr_alloc(idr, ptr, start, end, true, gfp)
#define idr_alloc_u32(idr, ptr, id, max, gfp) kshim_idr_alloc_u32(idr, ptr, id, max, gfp)
#define idr_find(idr, id) kshim_idr_find(idr, id)
#define idr_remove(idr, id) kshim_idr_remove(idr, id)
#define idr_replace(idr, ptr, id) kshim_idr_replace(idr, ptr, id)
#define idr_get_next(idr, nextid) kshim_idr_next(idr, nextid)
#define idr_for_each(idr, fn, data) kshim_idr_for_each(idr, fn, data)
#define idr_destroy(idr) kshim_idr_destroy(idr)
#define idr_is_empty(idr) RB_EMPTY_ROOT(&(idr)->root)
#define idr_preload(gfp) ((void)(gfp))
#define idr_preload_end() do { } while (0)
#define idr_for_each_entry(idr, entry, id) \
	for (id = 0; ((entry) = idr_get_next(idr, &(id))) != NULL; id += 1U)
#define idr_for_each_entry_continue(idr, entry, id) \
	for (; ((entry) = idr_get_next(idr, &(id))) != NULL; id += 1U)

static inline void ida_init(struct ida *ida)
{
	idr_init(&ida->idr);
	spin_lock_init(&ida->lock);
}

#define ida_alloc_range(ida, min, max, gfp) kshim_ida_alloc(ida, min, max, gfp)
#define ida_alloc_min(ida, min, gfp) kshim_ida_alloc(ida, min, INT_MAX, gfp)
#define ida_alloc_max(ida, max, gfp) kshim_ida_alloc(ida, 0, max, gfp)
#define ida_alloc(ida, gfp) kshim_ida_alloc(ida, 0, INT_MAX, gfp)
#define ida_free(ida, id) kshim_ida_free(ida, id)
#define ida_is_empty(ida) idr_is_empty(&(ida)->idr)
#define ida_destroy(ida) idr_destroy(&(ida)->idr)

#endif /* _KSHIM_LINUX_IDR_H */
