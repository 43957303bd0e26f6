// SPDX-License-Identifier: GPL-2.0-only
/* BUG(), WARN(), panic() and the traces that they print. */

#include <stdlib.h>
#include <sched.h>
#include <unwind.h>
#include "kshim-impl.h"

#include <kdefer-shim.h>

#define TRACE_MAX 48

struct trace {
	unsigned long ip[TRACE_MAX];
	unsigned int n;
	unsigned int skip;
};

static unsigned long warn_count;
static kshim_tls bool crashing;
/* Keeps the reports of two threads apart. */
static pthread_mutex_t report_lock = PTHREAD_MUTEX_INITIALIZER;

unsigned long shim_warn_count(void)
{
	return READ_ONCE(warn_count);
}

void kshim_set_crashing(void)
{
	crashing = true;
}

bool kshim_crashing(void)
{
	return crashing;
}

static void report_begin(void)
{
	if (!crashing)
		pthread_mutex_lock(&report_lock);
	printk(KERN_WARNING "------------[ cut here ]------------\n");
}

static void report_end(void)
{
	printk(KERN_WARNING "---[ end trace ]---\n");
	if (!crashing)
		pthread_mutex_unlock(&report_lock);
}

static _Unwind_Reason_Code trace_step(struct _Unwind_Context *context, void *data)
{
	struct trace *trace = data;
	int interrupted = 0;
	unsigned long ip = _Unwind_GetIPInfo(context, &interrupted);

	if (!ip || trace->n == TRACE_MAX)
		return _URC_END_OF_STACK;
	/* %pB looks before a return address; a signal came at the instruction itself. */
	ip += !!interrupted;
	if (trace->skip)
		trace->skip--;
	else
		trace->ip[trace->n++] = ip;
	return _URC_NO_REASON;
}

noinline void kshim_print_trace(unsigned int skip)
{
	/* The unwinder reports this function's own frame as well. */
	struct trace trace = { .skip = skip + 1 };

	_Unwind_Backtrace(trace_step, &trace);
	printk(KERN_WARNING "Call Trace:\n <TASK>\n");
	for (unsigned int i = 0; i < trace.n; i++)
		printk(KERN_WARNING " %pB\n", (void *)trace.ip[i]);
	printk(KERN_WARNING " </TASK>\n");
}

static void print_who(void)
{
	printk(KERN_WARNING "CPU: %d PID: %d Comm: %s\n", sched_getcpu(), current->pid,
	       current->comm);
}

noinline void kshim_dump_stack(void)
{
	print_who();
	kshim_print_trace(1);
}

noinline void kshim_warn(const char *file, int line, const char *func, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	__atomic_fetch_add(&warn_count, 1, __ATOMIC_RELAXED);
	report_begin();
	printk(KERN_WARNING "WARNING: CPU: %d PID: %d at %s:%d %s\n", sched_getcpu(), current->pid,
	       file, line, func);
	if (fmt) {
		va_start(args, fmt);
		vaf.va = &args;
		printk(KERN_WARNING "%pV", &vaf);
		va_end(args);
	}
	print_who();
	kshim_print_trace(1);
	report_end();
}

noinline void kshim_bug(const char *file, int line, const char *func)
{
	report_begin();
	printk(KERN_EMERG "kernel BUG at %s:%d!\n", file, line);
	printk(KERN_EMERG "in %s\n", func);
	print_who();
	kshim_print_trace(1);
	report_end();
	abort();
}

noinline void kshim_panic(const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	report_begin();
	va_start(args, fmt);
	vaf.va = &args;
	printk(KERN_EMERG "Kernel panic - not syncing: %pV\n", &vaf);
	va_end(args);
	print_who();
	kshim_print_trace(1);
	report_end();
	abort();
}

noinline void kshim_might_sleep(const char *file, int line)
{
	if (likely(!in_atomic() && !irqs_disabled()))
		return;
	__atomic_fetch_add(&warn_count, 1, __ATOMIC_RELAXED);
	report_begin();
	printk(KERN_ERR "BUG: sleeping function called from invalid context at %s:%d\n", file,
	       line);
	printk(KERN_ERR "in_atomic(): %d, irqs_disabled(): %d, pid: %d, name: %s\n", in_atomic(),
	       irqs_disabled(), current->pid, current->comm);
	kshim_print_trace(1);
	report_end();
}
