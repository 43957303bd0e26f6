// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries of wait queues on a part of the stack that is given up: a panic came from the condition
 * of a wait_event(), or from between prepare_to_wait() and finish_wait(). The next wake_up() would
 * follow an entry that is overwritten by then. So this does what finish_wait() was to do.
 */
#include <linux/kallsyms.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "host.h"

/* A queue with more entries than these is not searched, nor one that changes all the time. */
#define KDEFER_QUEUE_LENGTH	10000
#define KDEFER_QUEUE_TRIES	100

/* What a thread that holds the queue's lock may take, in turns of a loop. */
#define KDEFER_QUEUE_PATIENCE	1000000

/* In an entry, what comes right before its list node is a function; in a queue, its lock. */
static_assert(offsetof(struct wait_queue_entry, entry) ==
	      offsetof(struct wait_queue_entry, func) + sizeof(wait_queue_func_t));

static bool kdefer_is_wake_function(unsigned long address)
{
	return address == (unsigned long)autoremove_wake_function ||
	       address == (unsigned long)default_wake_function ||
	       address == (unsigned long)woken_wake_function;
}

static bool kdefer_peek_node(const struct list_head *node, struct list_head *copy)
{
	return !copy_from_kernel_nofault(copy, node, sizeof(*copy));
}

/* Whether the neighbours of the node know of it: what a dead entry has left does not count. */
bool kdefer_is_linked(const struct list_head *node)
{
	struct list_head next, prev, self;

	return kdefer_peek_node(node, &self) && self.next != node &&
	       kdefer_peek_node(self.next, &next) && next.prev == node &&
	       kdefer_peek_node(self.prev, &prev) && prev.next == node;
}

/*
 * The entry whose wake function is @word, stored at @at in the given-up part of the current stack;
 * NULL if that is no entry of this thread's, or it is in no queue.
 */
struct wait_queue_entry *kdefer_linked_wait(unsigned long word, unsigned long at)
{
	struct wait_queue_entry *wait = container_of((wait_queue_func_t *)at,
						     struct wait_queue_entry, func);

	if (!kdefer_is_wake_function(word))
		return NULL;
	if (READ_ONCE_NOCHECK(wait->private) != current || !kdefer_is_linked(&wait->entry))
		return NULL;
	return wait;
}

static bool kdefer_is_function(unsigned long address)
{
	char name[KSYM_SYMBOL_LEN];

	sprint_symbol(name, address);
	return strncmp(name, "0x", 2);
}

/*
 * The queue of an entry, which does not tell. Others come and go meanwhile, and with them the
 * memory of their entries: what was read of one counts if it still was in the queue afterwards.
 * NULL if that fails.
 */
static struct wait_queue_head *kdefer_search_queue(const struct wait_queue_entry *wait)
{
	const struct list_head *prev = &wait->entry;
	unsigned int i;

	for (i = 0; i < KDEFER_QUEUE_LENGTH; i++) {
		struct list_head *node, copy;
		unsigned long before;

		if (copy_from_kernel_nofault(&node, &prev->next, sizeof(node)) ||
		    copy_from_kernel_nofault(&before, (unsigned long *)node - 1, sizeof(before)) ||
		    !kdefer_peek_node(prev, &copy) || copy.next != node)
			return NULL;
		if (node == &wait->entry)
			return NULL;
		if (!kdefer_is_function(before))
			return container_of(node, struct wait_queue_head, head);
		prev = node;
	}
	return NULL;
}

static struct wait_queue_head *kdefer_find_queue(const struct wait_queue_entry *wait)
{
	struct wait_queue_head *queue = NULL;
	unsigned int i;

	/* There the lock ends with an address of code. */
	if (IS_ENABLED(CONFIG_LOCK_STAT))
		return NULL;
	for (i = 0; i < KDEFER_QUEUE_TRIES && !queue; i++)
		queue = kdefer_search_queue(wait);
	return queue;
}

/* Like finish_wait(), but whoever holds the lock may be the skipped function. */
static bool kdefer_finish_wait(struct wait_queue_head *queue, struct wait_queue_entry *wait)
{
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < KDEFER_QUEUE_PATIENCE; i++) {
		if (spin_trylock_irqsave(&queue->lock, flags)) {
			list_del_init(&wait->entry);
			spin_unlock_irqrestore(&queue->lock, flags);
			return true;
		}
		cpu_relax();
	}
	return false;
}

/*
 * Takes the entry off its queue, and the thread out of the state that it was to sleep in. Whoever
 * wakes it up at the same time has done it as well.
 */
bool kdefer_host_remove_wait(struct wait_queue_entry *wait)
{
	struct wait_queue_head *queue = kdefer_find_queue(wait);

	__set_current_state(TASK_RUNNING);
	if (!queue)
		return list_empty_careful(&wait->entry);
	return kdefer_finish_wait(queue, wait);
}
