// SPDX-License-Identifier: GPL-2.0-only
/*
 * The execution context: where kdefer can work, and what a recovery must find unchanged.
 */
#include <linux/debug_locks.h>
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

static const char *kdefer_count_leak(u32 now, u32 then)
{
	if ((now & SOFTIRQ_MASK) > (then & SOFTIRQ_MASK))
		return "bottom halves disabled";
	if ((now & SOFTIRQ_MASK) < (then & SOFTIRQ_MASK))
		return "bottom halves enabled";
	if ((now & PREEMPT_MASK) > (then & PREEMPT_MASK))
		return "a spinlock held or preemption disabled";
	return "a spinlock released or preemption enabled";
}

const char *kdefer_host_context_leak(const struct kdefer_snapshot *then)
{
	struct kdefer_snapshot now;

	kdefer_snapshot_take(&now);
	if ((now.context ^ then->context) & ~KDEFER_IRQS_DISABLED)
		return kdefer_count_leak(now.context, then->context);
	if (now.context != then->context)
		return now.context & KDEFER_IRQS_DISABLED ? "interrupts disabled" :
							    "interrupts enabled";
#ifdef CONFIG_LOCKDEP
	/* Once lockdep has found a problem anywhere it counts no more. */
	if (debug_locks && now.lockdep_depth != then->lockdep_depth) {
		debug_show_held_locks(current);
		return now.lockdep_depth > then->lockdep_depth ? "a lock held" : "a lock released";
	}
#endif
	return NULL;
}

#if defined(CONFIG_KASAN_GENERIC) && defined(CONFIG_KASAN_STACK)
/* What the compiler calls at the end of a block with a variable-length array; has no header. */
void __asan_allocas_unpoison(void *top, long bottom);

/* Skipped functions have not removed the red zones around their variables. */
void kdefer_host_skip_stack(unsigned long sp)
{
	__asan_allocas_unpoison(task_stack_page(current), sp);
}
#else
void kdefer_host_skip_stack(unsigned long sp)
{
}
#endif

unsigned int kdefer_host_trace(unsigned long *entries, unsigned int size)
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
