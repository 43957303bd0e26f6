// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: counted, and given to whoever traces them.
 */
#include <linux/export.h>
#include <linux/jump_label.h>
#include <linux/string.h>

#include "host.h"

#define CREATE_TRACE_POINTS
#include "tracepoints.h"

DEFINE_STATIC_KEY_FALSE(__kdefer_defer_event_on);
EXPORT_SYMBOL_GPL(__kdefer_defer_event_on);

int kdefer_defer_reg(void)
{
	static_branch_inc(&__kdefer_defer_event_on);
	return 0;
}

void kdefer_defer_unreg(void)
{
	static_branch_dec(&__kdefer_defer_event_on);
}

DEFINE_STATIC_KEY_FALSE(__kdefer_run_event_on);
EXPORT_SYMBOL_GPL(__kdefer_run_event_on);

int kdefer_run_reg(void)
{
	static_branch_inc(&__kdefer_run_event_on);
	return 0;
}

void kdefer_run_unreg(void)
{
	static_branch_dec(&__kdefer_run_event_on);
}

/* kdefer() calls it in users' modules. __kdefer_quiet_run() is called by kdefer alone. */
EXPORT_SYMBOL_GPL(__kdefer_quiet_defer);

void kdefer_event_defer(const struct kdefer_frame *frame, kdefer_any_fn fn, const void *arg)
{
	trace_defer(frame, kdefer_shown_fn(fn, arg));
}

void kdefer_event_run(const struct kdefer_frame *frame, kdefer_any_fn fn, const void *arg,
		      enum kdefer_why why)
{
	trace_run(frame, kdefer_shown_fn(fn, arg), why);
}

void kdefer_event_panic(const struct kdefer_value *v)
{
	kdefer_count(KDEFER_STAT_PANICS);
	trace_panic(v);
}

void kdefer_event_take_over(const struct kdefer_panic *old, const struct kdefer_panic *p)
{
	kdefer_count(KDEFER_STAT_TAKE_OVERS);
	trace_take_over(old, p);
}

void kdefer_event_resume(const struct kdefer_panic *p)
{
	trace_resume(p);
}

void kdefer_event_abort(void)
{
	kdefer_count(KDEFER_STAT_ABORTED);
}

void kdefer_event_recover(const struct kdefer_value *v, const struct kdefer_frame *frame,
			  kdefer_any_fn fn)
{
	kdefer_count(KDEFER_STAT_RECOVERIES);
	trace_recover(v, frame, fn);
}

void kdefer_event_skipped(unsigned long ip, unsigned long place)
{
	kdefer_count(KDEFER_STAT_SKIPPED);
	trace_skipped(ip, place);
}

void kdefer_event_goexit(long code, unsigned long ip)
{
	kdefer_count(KDEFER_STAT_GOEXITS);
	trace_goexit(code, ip);
}

void kdefer_event_uncaught(const struct kdefer_value *v, enum kdefer_uncaught_end end)
{
	kdefer_count(KDEFER_STAT_UNCAUGHT);
	trace_uncaught(v, end);
}

void kdefer_event_throw(enum kdefer_throw_reason reason, struct va_format *text)
{
	kdefer_count(KDEFER_STAT_THROWS);
	trace_throw(reason, text);
}
