// SPDX-License-Identifier: GPL-2.0-only
/*
 * The execution context: where kdefer can work, and what it needs of it.
 */
#include <linux/kasan.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched/task_stack.h>
#include <linux/stacktrace.h>

#include "host.h"

const char *kdefer_host_wrong_context(void)
{
	if (likely(in_task()))
		return NULL;
	if (in_nmi())
		return "NMI";
	return in_hardirq() ? "hard IRQ" : "soft IRQ";
}

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
	kdefer_skip_plug(sp);
	kdefer_unpoison_stack(sp);
}

unsigned int kdefer_host_backtrace(unsigned long *entries, unsigned int size)
{
	return stack_trace_save(entries, size, 1);
}

/* The CPU in the upper bits: CPUs share nothing while their tasks panic. */
#define KDEFER_SERIAL_CPU_SHIFT		48

static DEFINE_PER_CPU(u64, kdefer_serial);

u64 kdefer_host_serial(void)
{
	u64 serial;
	int cpu = get_cpu();

	serial = this_cpu_inc_return(kdefer_serial);
	put_cpu();
	return (u64)(cpu + 1) << KDEFER_SERIAL_CPU_SHIFT | serial;
}
