// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stack of the current thread: the part that a jump gives up, and its return addresses.
 */
#include <linux/kasan.h>
#include <linux/sched/task_stack.h>
#include <linux/stacktrace.h>

#include "host.h"

#if defined(CONFIG_KASAN_GENERIC) && defined(CONFIG_KASAN_STACK)
/* What the compiler calls at the end of a block with a variable-length array; has no header. */
void __asan_allocas_unpoison(void *top, long bottom);

/* Skipped functions have not removed the red zones around their variables. */
static void kdefer_unpoison_stack(unsigned long sp)
{
	__asan_allocas_unpoison(task_stack_page(current), sp);
}
#else
static void kdefer_unpoison_stack(unsigned long sp)
{
}
#endif

void kdefer_host_skip_stack(unsigned long sp)
{
	kdefer_skip_items(sp);
	kdefer_unpoison_stack(sp);
}

unsigned int kdefer_host_backtrace(unsigned long *entries, unsigned int size)
{
	return stack_trace_save(entries, size, 1);
}
