/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two events on the happy path. Each is a NOP in the users' code until it is traced; its key
 * has a name of kdefer's own, since a tracepoint's name may also be one of the user's tracepoints.
 */
#ifndef _KDEFER_EVENTS_H
#define _KDEFER_EVENTS_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <kdefer/arch.h>

struct kdefer_frame;

/**
 * enum kdefer_why - why a deferred call is run
 * @KDEFER_ON_RETURN: its function returns; also when it returns since a panic was recovered
 * @KDEFER_ON_PANIC: a panic passes through
 * @KDEFER_ON_GOEXIT: a goexit passes through
 *
 * A deferred function that has to know takes it, see kdefer(), or asks kdefer_why().
 */
enum kdefer_why {
	KDEFER_ON_RETURN,
	KDEFER_ON_PANIC,
	KDEFER_ON_GOEXIT,
};

#ifdef __KERNEL__
#include <linux/jump_label.h>

DECLARE_STATIC_KEY_FALSE(__kdefer_defer_event_on);
DECLARE_STATIC_KEY_FALSE(__kdefer_run_event_on);

#define kdefer_event_on(event)	static_branch_unlikely(&__kdefer_##event##_event_on)

void __kdefer_quiet_defer(const struct kdefer_frame *frame, void (*fn)(void), const void *arg);
void __kdefer_quiet_run(const struct kdefer_frame *frame, void (*fn)(void), const void *arg,
			enum kdefer_why why);

#define kdefer_emit_event(event, ...)	kdefer_arch_emit_##event(__VA_ARGS__)
#else
/*
 * Set for the whole process, before its first KDEFER function. User space has nothing like a static
 * key, so what is built without KDEFER_EVENTS has no events of the happy path, and no cost of them.
 */
extern bool __kdefer_events_on;

#ifdef KDEFER_EVENTS
#define kdefer_event_on(event)	unlikely(__kdefer_events_on)
#else
#define kdefer_event_on(event)	false
#endif

void __kdefer_emit_defer(const struct kdefer_frame *frame, void (*fn)(void), const void *arg);
void __kdefer_emit_run(const struct kdefer_frame *frame, void (*fn)(void), const void *arg,
		       enum kdefer_why why);

#define kdefer_emit_event(event, ...)	__kdefer_emit_##event(__VA_ARGS__)
#endif

#define kdefer_emit_defer(frame, fn, arg)				\
do {									\
	if (kdefer_event_on(defer))					\
		kdefer_emit_event(defer, frame, fn, arg);		\
} while (0)

/* Right before the call, with the record unlinked. */
#define kdefer_emit_run(frame, fn, arg, why)				\
do {									\
	if (kdefer_event_on(run))					\
		kdefer_emit_event(run, frame, fn, arg, why);		\
} while (0)

#endif /* _KDEFER_EVENTS_H */
