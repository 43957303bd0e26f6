// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deferred calls beyond those that a frame holds itself.
 */
#include "impl.h"

#define KDEFER_PER_CHUNK	((KDEFER_CHUNK_SIZE - sizeof(void *)) / sizeof(struct kdefer))

/* Linked records come in chunks that belong to the task, so that they die with it. */
struct kdefer_chunk {
	struct kdefer_chunk *link;
	struct kdefer record[KDEFER_PER_CHUNK];
};

static_assert(sizeof(struct kdefer_chunk) <= KDEFER_CHUNK_SIZE);

static bool kdefer_refill(struct kdefer_task *task)
{
	struct kdefer_chunk *chunk = kdefer_host_alloc_chunk();
	unsigned int i;

	if (!chunk)
		return false;
	chunk->link = task->chunks;
	task->chunks = chunk;
	for (i = 0; i < KDEFER_PER_CHUNK; i++) {
		chunk->record[i].link = task->free;
		task->free = &chunk->record[i];
	}
	return true;
}

void kdefer_free_chunks(struct kdefer_task *task)
{
	struct kdefer_chunk *chunk;

	while ((chunk = task->chunks)) {
		task->chunks = chunk->link;
		kdefer_host_free_chunk(chunk);
	}
	task->free = NULL;
}

/* See <kdefer/local.h>. */
void __kdefer_warn_local(const char *call, struct kdefer_site *site)
{
	if (!site->warned)
		pr_warn("kdefer: %s in %s, line %d: the address of a local variable, which is gone when the deferred call runs; use &kdefer_result, or memory that outlives the function\n",
			call, site->file, site->line);
	site->warned = true;
}
EXPORT_SYMBOL_GPL(__kdefer_warn_local);

/* The rule of devm_add_action_or_reset(): nothing leaks when there is no memory (rule D23). */
static void kdefer_no_memory(const struct kdefer_frame *frame, kdefer_any_fn fn, void *arg,
			     bool token)
{
	struct kdefer d = { .fn = fn, .arg = arg, .token = token };

	kdefer_emit_run(frame, fn, arg, KDEFER_ON_RETURN);
	kdefer_call(&d, NULL);
	kpanic(-ENOMEM);
}

void __kdefer_push_more(struct kdefer_frame *frame, kdefer_any_fn fn, void *arg, bool token)
{
	struct kdefer_task *task = frame->task;
	struct kdefer *d;

	if (!task->free && !kdefer_refill(task))
		kdefer_no_memory(frame, fn, arg, token);
	d = task->free;
	task->free = d->link;
	d->fn = fn;
	d->arg = arg;
	d->token = token;
	d->link = frame->nr > KDEFER_SLOTS ? frame->more : NULL;
	frame->more = d;
	frame->nr = KDEFER_SLOTS + 1;
}
EXPORT_SYMBOL_GPL(__kdefer_push_more);

/* Takes the record at @link out of @frame's list, and makes it free. */
void kdefer_unlink(struct kdefer_frame *frame, struct kdefer **link)
{
	struct kdefer *d = *link;

	*link = d->link;
	if (!frame->more)
		frame->nr = KDEFER_SLOTS;
	d->link = frame->task->free;
	frame->task->free = d;
}

/* Returns a copy: the record is free again before it is called, which may take new ones. */
struct kdefer __kdefer_next_more(struct kdefer_frame *frame)
{
	struct kdefer copy = *frame->more;

	kdefer_unlink(frame, &frame->more);
	return copy;
}
EXPORT_SYMBOL_GPL(__kdefer_next_more);

/* Inlined for each: where nothing is traced, the loop has nothing for it. */
static __always_inline void kdefer_run_all(struct kdefer_frame *frame, const bool traced)
{
	struct kdefer d __uninitialized;

	while (kdefer_next(frame, &d)) {
		if (traced)
			kdefer_emit_run(frame, d.fn, d.arg, KDEFER_ON_RETURN);
		kdefer_call(&d, NULL);
	}
}

/* The end of a frame that kdefer_leave() does not handle inline. */
void __kdefer_leave_slow(struct kdefer_frame *frame)
{
	if (kdefer_event_on(run))
		kdefer_run_all(frame, true);
	else
		kdefer_run_all(frame, false);
	if (unlikely(frame->flags & KDEFER_CHECK))
		kdefer_repair_context(frame);
	frame->task->frames = frame->link;
}
EXPORT_SYMBOL_GPL(__kdefer_leave_slow);
