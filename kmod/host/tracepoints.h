/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoints. Each records addresses; their names are looked up when the trace is read.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kdefer

#if !defined(_KDEFER_HOST_TRACEPOINTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define _KDEFER_HOST_TRACEPOINTS_H

#include <linux/tracepoint.h>

#include "host.h"

#ifndef KDEFER_EVENT_TEXT
#define KDEFER_EVENT_TEXT	KDEFER_MESSAGE_SIZE
#endif

#ifndef KDEFER_EVENT_FILE
#define KDEFER_EVENT_FILE	40
#endif

int kdefer_defer_reg(void);
void kdefer_defer_unreg(void);
int kdefer_run_reg(void);
void kdefer_run_unreg(void);

TRACE_DEFINE_ENUM(KDEFER_ON_RETURN);
TRACE_DEFINE_ENUM(KDEFER_ON_PANIC);
TRACE_DEFINE_ENUM(KDEFER_ON_GOEXIT);
TRACE_DEFINE_ENUM(KDEFER_ENDS_THREAD);
TRACE_DEFINE_ENUM(KDEFER_ENDS_RUN);
TRACE_DEFINE_ENUM(KDEFER_ENDS_NOTHING);

/* kdefer(fn, arg) in the KDEFER function that the field function is an address in. */
TRACE_EVENT_FN(defer,
	TP_PROTO(const struct kdefer_frame *frame, kdefer_any_fn fn),
	TP_ARGS(frame, fn),
	TP_STRUCT__entry(
		__field(void *, fn)
		__field(void *, function)
	),
	TP_fast_assign(
		__entry->fn = fn;
		__entry->function = (void *)frame->ip;
	),
	TP_printk("%ps in %ps", __entry->fn, __entry->function),
	kdefer_defer_reg, kdefer_defer_unreg
);

/* The deferred call is about to be made. */
TRACE_EVENT_FN(run,
	TP_PROTO(const struct kdefer_frame *frame, kdefer_any_fn fn, enum kdefer_why why),
	TP_ARGS(frame, fn, why),
	TP_STRUCT__entry(
		__field(void *, fn)
		__field(void *, function)
		__field(int, why)
	),
	TP_fast_assign(
		__entry->fn = fn;
		__entry->function = (void *)frame->ip;
		__entry->why = why;
	),
	TP_printk("%ps of %ps on %s", __entry->fn, __entry->function,
		  __print_symbolic(__entry->why,
				   { KDEFER_ON_RETURN, "return" },
				   { KDEFER_ON_PANIC, "panic" },
				   { KDEFER_ON_GOEXIT, "goexit" })),
	kdefer_run_reg, kdefer_run_unreg
);

/* Raised, or raised again; ip, file and line are where it was raised first. */
TRACE_EVENT(panic,
	TP_PROTO(const struct kdefer_value *v),
	TP_ARGS(v),
	TP_STRUCT__entry(
		__field(int, kind)
		__field(int, err)
		__field(void *, ip)
		__array(char, file, KDEFER_EVENT_FILE)
		__field(int, line)
		__array(char, text, KDEFER_EVENT_TEXT)
	),
	TP_fast_assign(
		__entry->kind = v->kind;
		__entry->err = v->err;
		__entry->ip = kdefer_raised_at(v);
		/* As addr2line says of what it knows nothing of: a fault has no line of source. */
		strscpy(__entry->file, v->file ? kbasename(v->file) : "??", KDEFER_EVENT_FILE);
		__entry->line = v->line;
		kdefer_value_format(v, __entry->text, KDEFER_EVENT_TEXT, false);
	),
	TP_printk("%s, err %d, raised at %pS (%s:%d)", __entry->text, __entry->err, __entry->ip,
		  __entry->file, __entry->line)
);

/* A newer panic or goexit has run all that is newer than old, which takes over what p carries. */
TRACE_EVENT(take_over,
	TP_PROTO(const struct kdefer_panic *old, const struct kdefer_panic *p),
	TP_ARGS(old, p),
	TP_STRUCT__entry(
		__array(char, text, KDEFER_EVENT_TEXT)
		__array(char, by, KDEFER_EVENT_TEXT)
	),
	TP_fast_assign(
		kdefer_describe(old, __entry->text, KDEFER_EVENT_TEXT);
		kdefer_describe(p, __entry->by, KDEFER_EVENT_TEXT);
	),
	TP_printk("%s, by %s", __entry->text, __entry->by)
);

/* The stack of the newer one is free again; the next deferred calls are those of function. */
TRACE_EVENT(resume,
	TP_PROTO(const struct kdefer_panic *p),
	TP_ARGS(p),
	TP_STRUCT__entry(
		__field(void *, function)
		__array(char, text, KDEFER_EVENT_TEXT)
	),
	TP_fast_assign(
		__entry->function = (void *)p->running->ip;
		kdefer_describe(p, __entry->text, KDEFER_EVENT_TEXT);
	),
	TP_printk("%s, next in %ps", __entry->text, __entry->function)
);

/* krecover() is about to return true, to fn, which function has deferred, or below it. */
TRACE_EVENT(recover,
	TP_PROTO(const struct kdefer_value *v, const struct kdefer_frame *frame, kdefer_any_fn fn),
	TP_ARGS(v, frame, fn),
	TP_STRUCT__entry(
		__field(int, kind)
		__field(int, err)
		__field(void *, fn)
		__field(void *, function)
		__array(char, text, KDEFER_EVENT_TEXT)
	),
	TP_fast_assign(
		__entry->kind = v->kind;
		__entry->err = v->err;
		__entry->fn = fn;
		__entry->function = (void *)frame->ip;
		kdefer_value_format(v, __entry->text, KDEFER_EVENT_TEXT, false);
	),
	TP_printk("%s, err %d, by %ps of %ps", __entry->text, __entry->err, __entry->fn,
		  __entry->function)
);

TRACE_EVENT(goexit,
	TP_PROTO(long code, unsigned long ip),
	TP_ARGS(code, ip),
	TP_STRUCT__entry(
		__field(long, code)
		__field(void *, ip)
	),
	TP_fast_assign(
		__entry->code = code;
		/* The call, not what follows it. */
		__entry->ip = (void *)(ip - 1);
	),
	TP_printk("code %ld, called at %pS", __entry->code, __entry->ip)
);

/* Every deferred call has run, and none has recovered the panic. */
TRACE_EVENT(uncaught,
	TP_PROTO(const struct kdefer_value *v, enum kdefer_uncaught_end end),
	TP_ARGS(v, end),
	TP_STRUCT__entry(
		__field(int, kind)
		__field(int, err)
		__field(int, end)
		__field(void *, ip)
		__array(char, text, KDEFER_EVENT_TEXT)
	),
	TP_fast_assign(
		__entry->kind = v->kind;
		__entry->err = v->err;
		__entry->end = end;
		__entry->ip = kdefer_raised_at(v);
		kdefer_value_format(v, __entry->text, KDEFER_EVENT_TEXT, false);
	),
	TP_printk("%s, err %d, raised at %pS, ends %s", __entry->text, __entry->err, __entry->ip,
		  __print_symbolic(__entry->end,
				   { KDEFER_ENDS_THREAD, "the thread" },
				   { KDEFER_ENDS_RUN, "kdefer_run()" },
				   { KDEFER_ENDS_NOTHING, "in a throw" }))
);

/* function is in code that does not use kdefer, and was skipped; the thread goes on at place. */
TRACE_EVENT(skipped,
	TP_PROTO(unsigned long ip, unsigned long place),
	TP_ARGS(ip, place),
	TP_STRUCT__entry(
		__field(void *, ip)
		__field(void *, place)
	),
	TP_fast_assign(
		__entry->ip = (void *)ip;
		__entry->place = (void *)place;
	),
	TP_printk("%pS, goes on in %ps", __entry->ip, __entry->place)
);

TRACE_EVENT(throw,
	TP_PROTO(enum kdefer_throw_reason reason, struct va_format *text),
	TP_ARGS(reason, text),
	TP_STRUCT__entry(
		__field(int, reason)
		__array(char, text, KDEFER_EVENT_TEXT)
	),
	TP_fast_assign(
		__entry->reason = reason;
		scnprintf(__entry->text, KDEFER_EVENT_TEXT, "%pV", text);
	),
	TP_printk("reason %d: %s", __entry->reason, __entry->text)
);

#endif /* _KDEFER_HOST_TRACEPOINTS_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE tracepoints
#include <trace/define_trace.h>
