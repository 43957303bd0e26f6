/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a probe of the tracepoint sched_process_exit is called with: newer kernels, 7.3 among them,
 * tell it as well whether the thread was the last one of its process. kCFI looks at that type.
 */
#ifndef _KDEFER_COMPAT_PROCESS_EXIT_H
#define _KDEFER_COMPAT_PROCESS_EXIT_H

#include <linux/types.h>
#include <trace/events/sched.h>

#define KDEFER_EXIT_TELLS_GROUP								\
	__builtin_types_compatible_p(typeof(register_trace_sched_process_exit),		\
		int (void (*probe)(void *data, struct task_struct *p, bool last), void *data))

#endif /* _KDEFER_COMPAT_PROCESS_EXIT_H */
