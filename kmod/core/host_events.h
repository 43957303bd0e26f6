/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The events that the core tells its host of, which traces and counts them. None of these
 * functions sleeps, locks or allocates.
 */
#ifndef _KDEFER_CORE_HOST_EVENTS_H
#define _KDEFER_CORE_HOST_EVENTS_H

#include <kdefer/frame.h>

#include "throw.h"

struct kdefer_panic;
struct kdefer_value;
struct va_format;

/* How a panic that nobody recovered ends. */
enum kdefer_uncaught_end {
	KDEFER_ENDS_THREAD,
	KDEFER_ENDS_RUN,
	KDEFER_ENDS_NOTHING,
};

/* Only called, by kdefer_emit_defer() and kdefer_emit_run(), while somebody traces the event. */
void kdefer_event_defer(const struct kdefer_frame *frame, kdefer_any_fn fn, const void *arg);
void kdefer_event_run(const struct kdefer_frame *frame, kdefer_any_fn fn, const void *arg,
		      enum kdefer_why why);
/* A panic was raised, or raised again. */
void kdefer_event_panic(const struct kdefer_value *v);
/* @old is about to take over what @p carries, and will resume its loop. */
void kdefer_event_take_over(const struct kdefer_panic *old, const struct kdefer_panic *p);
/* The loop of @p has been jumped back to, and goes on with the newest frame of the task. */
void kdefer_event_resume(const struct kdefer_panic *p);
/* A newer panic or goexit has taken the place of a panic. */
void kdefer_event_abort(void);
/* The panic was recovered by @fn, which @frame had deferred, or by whom @fn gave the token to. */
void kdefer_event_recover(const struct kdefer_value *v, const struct kdefer_frame *frame,
			  kdefer_any_fn fn);
/* A function at @ip that does not use kdefer was skipped, and the thread goes on at @place. */
void kdefer_event_skipped(unsigned long ip, unsigned long place);
void kdefer_event_goexit(long code, unsigned long ip);
void kdefer_event_uncaught(const struct kdefer_value *v, enum kdefer_uncaught_end end);
/* In any context; @text is the reason in words. */
void kdefer_event_throw(enum kdefer_throw_reason reason, struct va_format *text);

#endif /* _KDEFER_CORE_HOST_EVENTS_H */
