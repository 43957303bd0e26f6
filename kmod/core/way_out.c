// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deferred calls that a function which returns does not just call: those for failures only, and
 * those with a type of their own. Each is two records. The upper one is a plain function, which
 * finds the lower one below, takes it off, and calls it or not. So the way out of a KDEFER function
 * knows nothing of them, and costs the others nothing.
 */
#include "impl.h"

/* Where there is no memory for the second record, the panic that says so does without. */
void __kdefer_push_pair(struct kdefer_frame *frame, kdefer_any_fn fn, void *arg,
			unsigned long kind, kdefer_fn way_out, void *way_out_arg)
{
	__kdefer_push(frame, frame->task, fn, arg, kind);
	__kdefer_push(frame, frame->task, kdefer_fn_cast(kdefer_any_fn, way_out), way_out_arg,
		      KDEFER_ON_WAY_OUT);
}
EXPORT_SYMBOL_GPL(__kdefer_push_pair);

/* Calls @d with the type that its function has. */
void kdefer_call_any(const struct kdefer *d, struct kdefer_panic *p, enum kdefer_why why)
{
	switch (kdefer_kind(d)) {
	case KDEFER_WHY:
		kdefer_fn_cast(kdefer_why_fn, d->fn)(d->arg, why);
		return;
	case KDEFER_CONST:
		kdefer_fn_cast(kdefer_const_fn, d->fn)(d->arg);
		return;
	}
	kdefer_call(d, p);
}

/* Where the records end when the lower record of a pair is taken off, the upper one already is. */
struct kdefer *kdefer_mark_of_pair(const struct kdefer_task *task)
{
	const struct kdefer_chunk *chunk = task->chunk;

	if (chunk->older && task->top == chunk->record + 1)
		return chunk->older->end - 1;
	return task->top - 1;
}

static void kdefer_end_pair(bool wanted)
{
	struct kdefer_task *task = kdefer_current();
	struct kdefer d __uninitialized;

	/* It is there: the two were pushed together. */
	if (!kdefer_pop(task, task->floor, &d) || !wanted)
		return;
	kdefer_emit_run(kdefer_owner(&d), d.fn, d.arg, KDEFER_ON_RETURN);
	kdefer_call_any(&d, NULL, KDEFER_ON_RETURN);
}

void __kdefer_always(void *unused)
{
	kdefer_end_pair(true);
}
EXPORT_SYMBOL_GPL(__kdefer_always);

/* Without a result, a return is a success. */
void __kdefer_never(void *unused)
{
	kdefer_end_pair(false);
}
EXPORT_SYMBOL_GPL(__kdefer_never);

void __kdefer_if_int_failed(void *result)
{
	kdefer_end_pair(*(int *)result < 0);
}
EXPORT_SYMBOL_GPL(__kdefer_if_int_failed);

void __kdefer_if_long_failed(void *result)
{
	kdefer_end_pair(*(long *)result < 0);
}
EXPORT_SYMBOL_GPL(__kdefer_if_long_failed);

void __kdefer_if_llong_failed(void *result)
{
	kdefer_end_pair(*(long long *)result < 0);
}
EXPORT_SYMBOL_GPL(__kdefer_if_llong_failed);

void __kdefer_if_err(void *result)
{
	kdefer_end_pair(IS_ERR(*(void **)result));
}
EXPORT_SYMBOL_GPL(__kdefer_if_err);

void __kdefer_if_err_or_null(void *result)
{
	kdefer_end_pair(IS_ERR_OR_NULL(*(void **)result));
}
EXPORT_SYMBOL_GPL(__kdefer_if_err_or_null);
