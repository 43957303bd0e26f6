// SPDX-License-Identifier: GPL-2.0-only
/*
 * The beginning of a task, which makes it the one that kdefer_current() finds, and its end, when
 * its memory is given back.
 */
#include <linux/random.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>

#include "registry.h"

static unsigned long kdefer_secret;

void kdefer_secret_init(void)
{
	get_random_bytes(&kdefer_secret, sizeof(kdefer_secret));
}

static void kdefer_storage_free(struct kdefer_task_storage *storage)
{
	struct kdefer_foreign *f = container_of(storage, struct kdefer_foreign, storage);

	if (storage->own)
		kdefer_kthread_del(container_of(storage, struct kdefer_kthread, storage));
	else if (!kdefer_spare_put(f))
		kfree_rcu(f, rcu);
}

static struct kdefer_task_storage *kdefer_storage_alloc(void)
{
	struct kdefer_foreign *f = kdefer_spare_get() ?:
				   kmalloc(sizeof(*f), GFP_ATOMIC | __GFP_NOWARN);

	if (!f)
		return NULL;
	WRITE_ONCE(f->entry.owner, NULL);
	return &f->storage;
}

/* Makes @task what kdefer_current() finds; @storage is its memory if it is a thread's first. */
static void kdefer_set_current(struct kdefer_task *task, struct kdefer_task_storage *storage)
{
	struct kdefer_kthread *kt = kdefer_current_kthread();
	struct kdefer_foreign *f;

	if (kt && storage && storage->own) {
		kdefer_kthread_add(kt, task);
		return;
	}
	if (kt) {
		kt->entry.task = task;
		return;
	}
	f = kdefer_current_foreign();
	if (!f) {
		kdefer_foreign_add(container_of(storage, struct kdefer_foreign, storage), task);
		return;
	}
	if (!task)
		kdefer_foreign_del(f);
	f->entry.task = task;
}

struct kdefer_task *kdefer_host_attach(struct kdefer_task_storage *own)
{
	struct kdefer_task_storage *storage = own ?: kdefer_storage_alloc();
	struct kdefer_task *parent = kdefer_current();

	if (!storage)
		return NULL;
	storage->own = own;
	storage->history.len = 0;
	storage->task = (struct kdefer_task){
		.secret = kdefer_secret,
		.stack_lo = (unsigned long)task_stack_page(current),
		.stack_hi = (unsigned long)task_stack_page(current) + THREAD_SIZE,
		.history = &storage->history,
		.parent = parent,
		.deepest = (unsigned long)task_stack_page(current) + THREAD_SIZE,
		.fault_owner = parent ? parent->fault_owner : NULL,
		.panic_on_fault = parent && parent->panic_on_fault,
	};
	kdefer_set_current(&storage->task, storage);
	return &storage->task;
}

/* Hands the lowest stack pointer on to the outer task; the last task of the thread prints it. */
static void kdefer_keep_deepest(const struct kdefer_task *task)
{
	struct kdefer_task *parent = task->parent;

	if (parent && task->deepest < parent->deepest)
		parent->deepest = task->deepest;
	if (!parent && task->deepest < task->stack_hi)
		pr_debug("kdefer: thread %s[%d] used at most %lu of %lu bytes of stack at a panic\n",
			 current->comm, task_pid_nr(current), task->stack_hi - task->deepest,
			 task->stack_hi - task->stack_lo);
}

void kdefer_host_detach(struct kdefer_task *task)
{
	kdefer_keep_deepest(task);
	kdefer_set_current(task->parent, NULL);
	kdefer_host_reap(task, task->parent);
}

void kdefer_host_reap(struct kdefer_task *task, struct kdefer_task *last)
{
	struct kdefer_task *parent;

	for (; task != last; task = parent) {
		parent = task->parent;
		kdefer_free_chunks(task);
		kdefer_storage_free(container_of(task, struct kdefer_task_storage, task));
	}
}

void *kdefer_host_alloc_chunk(void)
{
	kdefer_count(KDEFER_STAT_CHUNKS);
	return kmalloc(KDEFER_CHUNK_SIZE, GFP_ATOMIC | __GFP_NOWARN);
}

void kdefer_host_free_chunk(void *chunk)
{
	kfree(chunk);
}
