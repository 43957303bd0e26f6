// SPDX-License-Identifier: GPL-2.0-only
/* Numbers, each with a pointer: a tree ordered by the number. */

#include <linux/err.h>
#include <linux/idr.h>
#include <linux/kernel.h>
#include <linux/slab.h>

struct entry {
	struct rb_node node;
	unsigned long id;
	void *ptr;
};

/* The first entry whose number is @id or more. */
static struct entry *entry_from(const struct idr *idr, unsigned long id)
{
	struct rb_node *node = idr->root.rb_node;
	struct entry *found = NULL, *e;

	while (node) {
		e = rb_entry(node, struct entry, node);
		if (e->id >= id) {
			found = e;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

static struct entry *entry_of(const struct idr *idr, unsigned long id)
{
	struct entry *e = entry_from(idr, id);

	return e && e->id == id ? e : NULL;
}

/* The lowest number that is free, from @start up to and without @end; -ENOSPC if there is none. */
static long free_number(const struct idr *idr, unsigned long start, unsigned long end)
{
	struct entry *e = entry_from(idr, start);

	while (e && e->id == start && start < end) {
		struct rb_node *next = rb_next(&e->node);

		start++;
		e = rb_entry_safe(next, struct entry, node);
	}
	return start < end ? (long)start : -ENOSPC;
}

static bool less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct entry, node)->id < rb_entry(b, struct entry, node)->id;
}

static void add(struct idr *idr, struct entry *e, unsigned long id, void *ptr)
{
	e->id = id;
	e->ptr = ptr;
	rb_add(&e->node, &idr->root, less);
}

static void *take(struct idr *idr, struct entry *e)
{
	void *ptr = e->ptr;

	rb_erase(&e->node, &idr->root);
	kfree(e);
	return ptr;
}

static long number_for(struct idr *idr, unsigned long start, unsigned long end, bool cyclic)
{
	unsigned long from = cyclic ? max_t(unsigned long, start, idr->next) : start;
	long id = free_number(idr, from, end);

	if (id == -ENOSPC && cyclic)
		id = free_number(idr, start, end);
	if (id >= 0 && cyclic)
		idr->next = (unsigned int)id + 1;
	return id;
}

int kshim_idr_alloc(struct idr *idr, void *ptr, int start, int end, bool cyclic, gfp_t gfp)
{
	unsigned long limit = end > 0 ? (unsigned long)end : (unsigned long)INT_MAX + 1;
	struct entry *e;
	long id;

	if (WARN_ON_ONCE(start < 0))
		return -EINVAL;
	e = kmalloc(sizeof(*e), gfp);
	if (!e)
		return -ENOMEM;
	id = number_for(idr, max_t(unsigned int, (unsigned int)start, idr->base), limit, cyclic);
	if (id < 0)
		kfree(e);
	else
		add(idr, e, (unsigned long)id, ptr);
	return (int)id;
}

/* From *@id up to and with @max; *@id is the number then. */
int kshim_idr_alloc_u32(struct idr *idr, void *ptr, u32 *id, unsigned long max, gfp_t gfp)
{
	struct entry *e = kmalloc(sizeof(*e), gfp);
	long number;

	if (!e)
		return -ENOMEM;
	number = free_number(idr, max_t(u32, *id, idr->base), max + 1);
	if (number < 0) {
		kfree(e);
		return (int)number;
	}
	*id = (u32)number;
	add(idr, e, (unsigned long)number, ptr);
	return 0;
}

void *kshim_idr_find(const struct idr *idr, unsigned long id)
{
	struct entry *e = entry_of(idr, id);

	return e ? e->ptr : NULL;
}

void *kshim_idr_remove(struct idr *idr, unsigned long id)
{
	struct entry *e = entry_of(idr, id);

	return e ? take(idr, e) : NULL;
}

void *kshim_idr_replace(struct idr *idr, void *ptr, unsigned long id)
{
	struct entry *e = entry_of(idr, id);
	void *old;

	if (!e)
		return ERR_PTR(-ENOENT);
	old = e->ptr;
	e->ptr = ptr;
	return old;
}

void *kshim_idr_next(const struct idr *idr, int *id)
{
	struct entry *e = entry_from(idr, (unsigned long)*id);

	if (!e)
		return NULL;
	*id = (int)e->id;
	return e->ptr;
}

int kshim_idr_for_each(const struct idr *idr, int (*fn)(int id, void *p, void *data), void *data)
{
	struct rb_node *node, *next;
	struct entry *e;
	int ret = 0;

	/* The function may remove its entry. */
	for (node = rb_first(&idr->root); node && !ret; node = next) {
		next = rb_next(node);
		e = rb_entry(node, struct entry, node);
		ret = fn((int)e->id, e->ptr, data);
	}
	return ret;
}

void kshim_idr_destroy(struct idr *idr)
{
	struct entry *e, *next;

	rbtree_postorder_for_each_entry_safe(e, next, &idr->root, node)
		kfree(e);
	idr->root = RB_ROOT;
	idr->next = 0;
}

int kshim_ida_alloc(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp)
{
	struct entry *e;
	long id;

	if ((int)min < 0)
		return -ENOSPC;
	e = kmalloc(sizeof(*e), gfp);
	if (!e)
		return -ENOMEM;
	spin_lock(&ida->lock);
	id = free_number(&ida->idr, min, min_t(unsigned long, max, INT_MAX) + 1);
	if (id >= 0)
		add(&ida->idr, e, (unsigned long)id, NULL);
	spin_unlock(&ida->lock);
	if (id < 0)
		kfree(e);
	return (int)id;
}

void kshim_ida_free(struct ida *ida, unsigned int id)
{
	struct entry *e;

	spin_lock(&ida->lock);
	e = entry_of(&ida->idr, id);
	if (e)
		take(&ida->idr, e);
	spin_unlock(&ida->lock);
	WARN(!e, "ida_free called for id=%d which is not allocated.\n", (int)id);
}
