// SPDX-License-Identifier: GPL-2.0-only
/*
 * The beginning and the end of a task: it becomes the one that kdefer_current() finds, and its
 * memory is given back.
 */
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>

#include "registry.h"

static unsigned long kdefer_secret;

void kdefer_secret_init(void)
{
	get_random_bytes(&kdefer_secret, sizeof(kdefer_secret));
}

static void kdefer_free_rcu(struct rcu_head *rcu)
{
	struct kdefer_attachment *a = container_of(rcu, struct kdefer_attachment, rcu);

	kdefer_free_records(&a->storage);
	kfree(a);
}

/*
 * No thread owns @a. A thread that has guessed it, in kdefer_current(), or met it in the registry,
 * may still read its owner: without an RCU read-side section, and perhaps preempted in between, but
 * without giving up the CPU of its own accord. That is what a grace period of RCU-tasks waits for.
 */
void kdefer_free_attachment(struct kdefer_attachment *a)
{
	kdefer_forget_guesses(&a->storage.task);
	call_rcu_tasks(&a->rcu, kdefer_free_rcu);
}

struct kdefer_task_storage *kdefer_host_alloc_storage(void)
{
	struct kdefer_attachment *a = kzalloc(sizeof(*a), GFP_KERNEL);

	/* What is kept is for root frames, which cannot fail as the start of a thread can. */
	return a ? &a->storage : NULL;
}

static void kdefer_release_storage(struct kdefer_task_storage *storage)
{
	struct kdefer_attachment *a = kdefer_attachment_of(storage);

	if (kdefer_spare_put(a))
		return;
	kdefer_registry_evict(a);
	kdefer_free_attachment(a);
}

void kdefer_host_free_storage(struct kdefer_task_storage *storage)
{
	const struct task_struct *killed = storage->task.owner;

	if (killed && kdefer_registry_del(kdefer_attachment_of(storage), killed))
		kdefer_count(KDEFER_STAT_THREADS_KILLED);
	WRITE_ONCE(storage->task.owner, NULL);
	kdefer_free_records(storage);
	kdefer_release_storage(storage);
}

static struct kdefer_attachment *kdefer_foreign_attachment(void)
{
	return kdefer_spare_get() ?: kzalloc(sizeof(struct kdefer_attachment),
					     GFP_ATOMIC | __GFP_NOWARN);
}

/* What stays as it is from one task of a thread to the next, in the same memory. */
static void kdefer_init_storage(struct kdefer_task_storage *storage, bool own)
{
	unsigned long stack = (unsigned long)task_stack_page(current);
	struct kdefer_task *task = &storage->task;

	task->secret = kdefer_secret;
	task->stack_lo = stack;
	task->stack_hi = stack + THREAD_SIZE;
	task->history = &storage->history;
	storage->own = own;
	kdefer_init_records(storage);
}

/*
 * Field by field: the record of a fault, which is only looked at while it is pending, would be most
 * of what there is to clear. Of the last task there may be the record that was to end it.
 */
static void kdefer_init_task(struct kdefer_task *task)
{
	task->top = task->chunk->record + 1;
	task->floor = task->top;
	task->panic = NULL;
	task->barrier = NULL;
	task->root_ip = 0;
	task->deepest = task->stack_hi;
	task->fault_owner = NULL;
	task->panic_on_fault = false;
	task->fault_pending = false;
	task->killed = false;
	task->history->len = 0;
}

/* Makes @a, which has no owner, be found by the current thread. */
static void kdefer_enlist(struct kdefer_attachment *a, bool own)
{
	kdefer_registry_evict(a);
	kdefer_init_storage(&a->storage, own);
	kdefer_registry_add(a);
}

struct kdefer_task *kdefer_host_attach(struct kdefer_task_storage *own)
{
	struct kdefer_attachment *a = own ? kdefer_attachment_of(own) : kdefer_foreign_attachment();
	struct kdefer_task *task;

	if (!a)
		return NULL;
	task = &a->storage.task;
	if (unlikely(own || !kdefer_registry_has_current(a)))
		kdefer_enlist(a, own);
	kdefer_init_task(task);
	WRITE_ONCE(task->owner, current);
	raw_cpu_write(__kdefer_last_task, task);
	kdefer_count(own ? KDEFER_STAT_THREADS_STARTED : KDEFER_STAT_ROOTS);
	return task;
}

static void kdefer_say_depth(const struct kdefer_task *task)
{
	pr_debug("kdefer: thread %s[%d] used at most %lu of %lu bytes of stack at a panic\n",
		 current->comm, task_pid_nr(current), task->stack_hi - task->deepest,
		 task->stack_hi - task->stack_lo);
}

void kdefer_host_detach(struct kdefer_task *task)
{
	struct kdefer_task_storage *storage = container_of(task, struct kdefer_task_storage, task);

	if (unlikely(task->deepest < task->stack_hi))
		kdefer_say_depth(task);
	if (unlikely(storage->chunk.newer))
		kdefer_free_records(storage);
	if (storage->own) {
		kdefer_registry_del(kdefer_attachment_of(storage), current);
		WRITE_ONCE(task->owner, NULL);
		kdefer_count(KDEFER_STAT_THREADS_ENDED);
	} else {
		WRITE_ONCE(task->owner, NULL);
		kdefer_release_storage(storage);
	}
}

void *kdefer_host_alloc_chunk(void)
{
	kdefer_count(KDEFER_STAT_CHUNKS);
	return kzalloc(KDEFER_CHUNK_SIZE, GFP_ATOMIC | __GFP_NOWARN);
}

void kdefer_host_free_chunk(void *chunk)
{
	kfree(chunk);
}
