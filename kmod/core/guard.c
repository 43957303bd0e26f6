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

	g->frame->flags -= KDEFER_GUARD;
	((kdefer_fn)g->destroy)(g->obj);
}
EXPORT_SYMBOL_GPL(__kdefer_guard_run);

static void kdefer_nothing(void *arg)
{
}

/* Newest first, since an earlier guard of a loop's body had the same address. */
static struct kdefer **kdefer_find_linked(struct kdefer_frame *frame, const void *arg)
{
	struct kdefer **link;

	if (frame->nr <= KDEFER_SLOTS)
		return NULL;
	for (link = &frame->more; *link; link = &(*link)->link)
		if ((*link)->arg == arg)
			return link;
	return NULL;
}

static bool kdefer_clear_slot(struct kdefer_frame *frame, const void *arg)
{
	unsigned int n = min_t(unsigned int, frame->nr, KDEFER_SLOTS);

	while (n--) {
		if (frame->slot[n].arg != arg)
			continue;
		frame->slot[n].fn = (kdefer_any_fn)kdefer_nothing;
		frame->slot[n].arg = NULL;
		return true;
	}
	return false;
}

/*
 * Takes the deferred call of @g out from below newer ones. Its slot stays taken until the function
 * ends; that happens four times at most, further records are linked.
 */
void __kdefer_guard_cancel(struct kdefer_frame *frame, const struct kdefer_guarded *g)
{
	struct kdefer **link = kdefer_find_linked(frame, g);

	if (link)
		kdefer_unlink(frame, link);
	else if (!kdefer_clear_slot(frame, g))
		kdefer_throw(GUARD_NOT_PENDING);
}
EXPORT_SYMBOL_GPL(__kdefer_guard_cancel);
