/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists to which anybody adds without a lock, and from which one takes all at once. */
#ifndef _KSHIM_LINUX_LLIST_H
#define _KSHIM_LINUX_LLIST_H

#include <linux/atomic.h>
#include <linux/container_of.h>
#include <linux/types.h>

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

#define LLIST_HEAD_INIT(name) { NULL }
#define LLIST_HEAD(name) struct llist_head name = LLIST_HEAD_INIT(name)

static inline void init_llist_head(struct llist_head *list)
{
	list->first = NULL;
}

static inline bool llist_empty(const struct llist_head *head)
{
	return !READ_ONCE(head->first);
}

/* True if the list was empty before. */
static inline bool llist_add_batch(struct llist_node *first, struct llist_node *last,
				   struct llist_head *head)
{
	struct llist_node *old = READ_ONCE(head->first);

	do {
		last->next = old;
	} while (!try_cmpxchg(&head->first, &old, first));
	return !old;
}

static inline bool llist_add(struct llist_node *node, struct llist_head *head)
{
	return llist_add_batch(node, node, head);
}

static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	return xchg(&head->first, NULL);
}

/* For one that takes at a time. */
static inline struct llist_node *llist_del_first(struct llist_head *head)
{
	struct llist_node *first = smp_load_acquire(&head->first);

	while (first && !try_cmpxchg(&head->first, &first, first->next))
		;
	return first;
}

static inline struct llist_node *llist_reverse_order(struct llist_node *head)
{
	struct llist_node *reversed = NULL, *next;

	for (; head; head = next) {
		next = head->next;
		head->next = reversed;
		reversed = head;
	}
	return reversed;
}

#define llist_entry(ptr, type, member) container_of(ptr, type, member)
#define __kshim_llist_entry(ptr, type, member) \
({ \
	struct llist_node *__kshim_node = (ptr); \
	__kshim_node ? llist_entry(__kshim_node, type, member) : NULL; \
})
#define llist_for_each(pos, node) for (pos = (node); pos; pos = pos->next)
#define llist_for_each_entry(pos, node, member) \
	for (pos = __kshim_llist_entry(node, __typeof__(*pos), member); pos; \
	     pos = __kshim_llist_entry(pos->member.next, __typeof__(*pos), member))
#define llist_for_each_entry_safe(pos, n, node, member) \
	for (pos = __kshim_llist_entry(node, __typeof__(*pos), member); \
	     pos && ({ n = __kshim_llist_entry(pos->member.next, __typeof__(*n), member); 1; }); \
	     pos = n)

#endif /* _KSHIM_LINUX_LLIST_H */
