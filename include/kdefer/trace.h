/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two events on the happy path. Each is a NOP in the users' code until it is traced; its key
 * has a name of kdefer's own, since a tracepoint's name may also be one of the user's tracepoints.
 */
#ifndef _KDEFER_TRACE_H
#define _KDEFER_TRACE_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <kdefer/arch.h>

#ifdef __KERNEL__
#include <linux/jump_label.h>

DECLARE_STATIC_KEY_FALSE(__kdefer_defer_traced);
DECLARE_STATIC_KEY_FALSE(__kdefer_run_traced);

#define kdefer_traced(event)	static_branch_unlikely(&__kdefer_##event##_traced)

void __kdefer_quiet_defer(void);

#define kdefer_trace_defer(frame, fn, arg)				\
do {									\
	if (kdefer_traced(defer))					\
		kdefer_arch_trace_defer(frame, fn, arg);		\
} while (0)

/* Right before the call, with the record unlinked. */
#define kdefer_trace_run(frame, fn, arg, why)				\
do {									\
	if (kdefer_traced(run))						\
		kdefer_arch_trace_run(frame, fn, arg, why);		\
} while (0)
#else
#define kdefer_traced(event)				false
#define kdefer_trace_defer(frame, fn, arg)		do { } while (0)
#define kdefer_trace_run(frame, fn, arg, why)		((void)(why))
#endif

#endif /* _KDEFER_TRACE_H */
