// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guards of a block, see <kdefer/guard.h>: what becomes of them when a panic passes through, and
 * when deferred calls were made since.
 */
#include "impl.h"

/*
 * The guard's deferred call. A destructor takes a pointer of its class's own type, which kCFI would
 * object to; the macros have checked the type.
 */
void __nocfi __kdefer_guard_run(void *guard)
{
	struct kdefer_guarded *g = guard;

	kdefer_fn_cast(kdefer_fn, g->destroy)(g->obj);
}
KDEFER_CALLS_ANY_TYPE(__kdefer_guard_run);
EXPORT_SYMBOL_GPL(__kdefer_guard_run);

static bool kdefer_is_guard(const struct kdefer *d)
{
	return d->fn == kdefer_fn_cast(kdefer_any_fn, __kdefer_guard_run);
}

/* Takes the deferred call of @g out from below newer ones. */
void __kdefer_guard_cancel(const struct kdefer_guarded *g)
{
	struct kdefer_walk w;
	struct kdefer *d;

	kdefer_walk_begin(&w, g->frame);
	/* Newest first, since an earlier guard of a loop's body had the same address. */
	while ((d = kdefer_walk_next(&w))) {
		if (!kdefer_is_guard(d) || d->arg != g)
			continue;
		kdefer_take_out(g->frame, d);
		return;
	}
	kdefer_throw(GUARD_NOT_PENDING);
}
EXPORT_SYMBOL_GPL(__kdefer_guard_cancel);

/* The oldest record of @frame that is a guard which is pending, or NULL. */
struct kdefer *kdefer_oldest_guard(const struct kdefer_frame *frame)
{
	struct kdefer *d, *oldest = NULL;
	struct kdefer_walk w;

	kdefer_walk_begin(&w, frame);
	while ((d = kdefer_walk_next(&w)))
		if (kdefer_is_guard(d))
			oldest = d;
	return oldest;
}
