// SPDX-License-Identifier: GPL-2.0-only
/*
 * The events of the happy path, for architectures that call them as any function is called.
 */
#include "../../core/host_events.h"

void __kdefer_quiet_defer(const struct kdefer_frame *frame, kdefer_any_fn fn, const void *arg)
{
	kdefer_event_defer(frame, fn, arg);
}

void __kdefer_quiet_run(const struct kdefer_frame *frame, kdefer_any_fn fn, const void *arg,
			enum kdefer_why why)
{
	kdefer_event_run(frame, fn, arg, why);
}
