// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stack of pending deferred calls: room for it, and what of it is not worth a place in every
 * KDEFER function.
 */
#include "impl.h"

#define KDEFER_PER_CHUNK						\
	((KDEFER_CHUNK_SIZE - sizeof(struct kdefer_chunk)) / sizeof(struct kdefer))

static void kdefer_set_chunk(struct kdefer_task *task, struct kdefer_chunk *chunk)
{
	task->chunk = chunk;
	task->end = chunk->end;
}

/*
 * The first record of every chunk but the oldest. When all above it have been called it is called
 * like any other, so that who takes records off need not ask where a chunk begins.
 */
static void kdefer_leave_chunk(void *arg)
{
	struct kdefer_task *task = arg;

	kdefer_set_chunk(task, task->chunk->older);
	/* The newer chunk was begun when this one was full. */
	task->top = task->end;
}

static struct kdefer_chunk *kdefer_new_chunk(struct kdefer_task *task)
{
	struct kdefer_chunk *chunk = kdefer_host_alloc_chunk();

	if (!chunk)
		return NULL;
	chunk->older = task->chunk;
	chunk->newer = NULL;
	chunk->record = (struct kdefer *)(chunk + 1);
	chunk->end = chunk->record + KDEFER_PER_CHUNK - 1;
	task->chunk->newer = chunk;
	return chunk;
}

/*
 * A deferred call is about to be run by a panic or goexit. What lies above the newest record is of
 * calls that have been made before; only what is put there from now on tells kdefer_why() of
 * functions that return meanwhile. Further up all is clear from the time before.
 */
void kdefer_forget_called(struct kdefer_task *task)
{
	struct kdefer *d;

	for (d = task->top + 1; d <= task->chunk->end && d->owner; d++)
		d->owner = 0;
}

/* A chunk is kept once it is there: a function may be called in a loop right where it begins. */
static bool kdefer_grow(struct kdefer_task *task)
{
	struct kdefer_chunk *chunk = task->chunk->newer ?: kdefer_new_chunk(task);
	struct kdefer *d;

	if (!chunk)
		return false;
	d = chunk->record;
	d->fn = kdefer_fn_cast(kdefer_any_fn, kdefer_leave_chunk);
	d->arg = task;
	d->owner = task->top[-1].owner & ~KDEFER_KINDS;
	kdefer_set_chunk(task, chunk);
	task->top = d + 1;
	if (task->panic)
		kdefer_forget_called(task);
	return true;
}

/*
 * There is no room in the chunk. If there is no memory either, the call takes the last record,
 * which is there for this, and is the first that the panic runs: nothing leaks, as with
 * devm_add_action_or_reset(), and what it gets is what it would have got later (rule D23).
 */
void __kdefer_push_more(struct kdefer_frame *frame, kdefer_any_fn fn, void *arg,
			unsigned long kind)
{
	struct kdefer_task *task = frame->task;
	bool grown = kdefer_grow(task);

	task->top->fn = fn;
	task->top->arg = arg;
	task->top->owner = (unsigned long)frame | kind;
	task->top++;
	if (!grown)
		kpanic(-ENOMEM);
}
EXPORT_SYMBOL_GPL(__kdefer_push_more);

/*
 * Takes the newest record above @mark off the stack, before it is called, so that it runs once even
 * if it panics (rule D12). The one iterator of panic and goexit; a return has it inlined.
 */
bool kdefer_pop(struct kdefer_task *task, const struct kdefer *mark, struct kdefer *d)
{
	while (task->top != mark) {
		*d = *--task->top;
		if (d->fn != kdefer_fn_cast(kdefer_any_fn, kdefer_leave_chunk))
			return true;
		kdefer_leave_chunk(task);
	}
	return false;
}

/* Where a walk over the records of @frame begins: with the newest one. */
void kdefer_walk_begin(struct kdefer_walk *w, const struct kdefer_frame *frame)
{
	w->chunk = frame->task->chunk;
	w->at = frame->task->top;
	w->mark = frame->mark;
}

/* The next older record of a walk; NULL behind the oldest. */
struct kdefer *kdefer_walk_next(struct kdefer_walk *w)
{
	if (w->at != w->mark && w->chunk->older && w->at == w->chunk->record + 1) {
		w->chunk = w->chunk->older;
		w->at = w->chunk->end;
	}
	return w->at == w->mark ? NULL : --w->at;
}

/* Takes @d, a record of @frame, out from below newer ones, which move up one place each. */
void kdefer_take_out(struct kdefer_frame *frame, const struct kdefer *d)
{
	struct kdefer_task *task = frame->task;
	struct kdefer moving = *d;
	struct kdefer_walk w;
	struct kdefer *to;

	kdefer_walk_begin(&w, frame);
	do {
		to = kdefer_walk_next(&w);
		swap(*to, moving);
	} while (to != d);
	/* The place that is free now is the newest one. */
	kdefer_pop(task, frame->mark, &moving);
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

/*
 * The end of a function, whose records begin at @mark, while the events of it are on. There is no
 * event for the end of a root.
 */
void __kdefer_leave_slow(struct kdefer_task *task, const struct kdefer *mark)
{
	struct kdefer d __uninitialized;

	while (kdefer_pop(task, mark, &d)) {
		if (d.owner == KDEFER_NO_OWNER) {
			kdefer_fn_cast(kdefer_fn, d.fn)(d.arg);
			return;
		}
		if (kdefer_kind(&d) != KDEFER_ON_WAY_OUT)
			kdefer_emit_run(kdefer_owner(&d), d.fn, d.arg, KDEFER_ON_RETURN);
		kdefer_call(&d, NULL);
	}
}
EXPORT_SYMBOL_GPL(__kdefer_leave_slow);

void kdefer_init_records(struct kdefer_task_storage *storage)
{
	struct kdefer_chunk *chunk = &storage->chunk;
	struct kdefer_task *task = &storage->task;

	chunk->older = NULL;
	chunk->newer = NULL;
	chunk->record = storage->record;
	chunk->end = storage->record + KDEFER_OWN_RECORDS - 1;
	chunk->record->owner = KDEFER_NO_OWNER;
	kdefer_set_chunk(task, chunk);
	task->top = chunk->record + 1;
	task->floor = task->top;
}

void kdefer_free_records(struct kdefer_task_storage *storage)
{
	struct kdefer_chunk *chunk, *newer;

	for (chunk = storage->chunk.newer; chunk; chunk = newer) {
		newer = chunk->newer;
		kdefer_host_free_chunk(chunk);
	}
	storage->chunk.newer = NULL;
}
