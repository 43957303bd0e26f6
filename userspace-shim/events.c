// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events in user space: with KDEFER_SHIM_TRACE=file in the environment they are appended to that
 * file, as the lines that tracefs has of the kernel's tracepoints, for tools/trace/kdefer-trace.
 * Each line is written at once, so what a process that dies has done last is there. And what a
 * debugger has to be told.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../kmod/core/impl.h"
#include "linux/kshim-impl.h"

#include <linux/string.h>

bool __kdefer_events_on;

static int trace_fd = -1;

/*
 * How far kdefer_self lies from the thread pointer, which is the same in all threads: drgn does not
 * know of variables that belong to a thread.
 */
static long kdefer_self_offset __used;

__attribute__((constructor))
static void debugger_init(void)
{
	kdefer_self_offset = (char *)&kdefer_self - (char *)__builtin_thread_pointer();
}

__attribute__((constructor))
static void events_init(void)
{
	const char *path = getenv("KDEFER_SHIM_TRACE");

	if (!path || !*path)
		return;
	trace_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (trace_fd < 0) {
		pr_err("kdefer: KDEFER_SHIM_TRACE: cannot write %s: %s\n", path, strerror(errno));
		return;
	}
	__kdefer_events_on = true;
}

/* As tracefs has it: thread, CPU, no flags, seconds since boot, name of the event and its text. */
static __printf(2, 3) void emit(const char *name, const char *fmt, ...)
{
	char line[2 * KDEFER_MESSAGE_SIZE + KSHIM_LINE_MAX];
	struct timespec now;
	va_list args;
	int len;

	clock_gettime(CLOCK_MONOTONIC, &now);
	len = scnprintf(line, sizeof(line), "%16s-%-7d [%03u] ..... %lld.%06ld: %s: ",
			current->comm, task_pid_nr(current), kdefer_host_cpu(),
			(long long)now.tv_sec, now.tv_nsec / 1000, name);
	va_start(args, fmt);
	len += vscnprintf(line + len, sizeof(line) - 1 - len, fmt, args);
	va_end(args);
	line[len++] = '\n';
	kshim_write(trace_fd, line, len);
}

static const char *why_text(enum kdefer_why why)
{
	switch (why) {
	case KDEFER_ON_RETURN:
		return "return";
	case KDEFER_ON_PANIC:
		return "panic";
	case KDEFER_ON_GOEXIT:
		return "goexit";
	}
	return "?";
}

static const char *end_text(enum kdefer_uncaught_end end)
{
	switch (end) {
	case KDEFER_ENDS_THREAD:
		return "the thread";
	case KDEFER_ENDS_RUN:
		return "kdefer_run()";
	case KDEFER_ENDS_NOTHING:
		return "in a throw";
	}
	return "?";
}

void __kdefer_emit_defer(const struct kdefer_frame *frame, kdefer_any_fn fn, const void *arg)
{
	emit("defer", "%ps in %ps", kdefer_shown_fn(fn, arg), (void *)frame->ip);
}

void __kdefer_emit_run(const struct kdefer_frame *frame, kdefer_any_fn fn, const void *arg,
		       enum kdefer_why why)
{
	emit("run", "%ps of %ps on %s", kdefer_shown_fn(fn, arg), (void *)frame->ip,
	     why_text(why));
}

void kdefer_event_panic(const struct kdefer_value *v)
{
	char text[KDEFER_MESSAGE_SIZE];

	if (likely(!__kdefer_events_on))
		return;
	kdefer_value_format(v, text, sizeof(text), false);
	emit("panic", "%s, err %d, raised at %pS (%s:%d)", text, v->err, kdefer_raised_at(v),
	     v->file ? kbasename(v->file) : "??", v->line);
}

void kdefer_event_take_over(const struct kdefer_panic *old, const struct kdefer_panic *p)
{
	char text[KDEFER_MESSAGE_SIZE], by[KDEFER_MESSAGE_SIZE];

	if (likely(!__kdefer_events_on))
		return;
	kdefer_describe(old, text, sizeof(text));
	kdefer_describe(p, by, sizeof(by));
	emit("take_over", "%s, by %s", text, by);
}

void kdefer_event_resume(const struct kdefer_panic *p)
{
	char text[KDEFER_MESSAGE_SIZE];

	if (likely(!__kdefer_events_on))
		return;
	kdefer_describe(p, text, sizeof(text));
	emit("resume", "%s, next in %ps", text, (void *)p->running->ip);
}

void kdefer_event_abort(void)
{
}

void kdefer_event_recover(const struct kdefer_value *v, const struct kdefer_frame *frame,
			  kdefer_any_fn fn)
{
	char text[KDEFER_MESSAGE_SIZE];

	if (likely(!__kdefer_events_on))
		return;
	kdefer_value_format(v, text, sizeof(text), false);
	emit("recover", "%s, err %d, by %ps of %ps", text, v->err, fn, (void *)frame->ip);
}

void kdefer_event_goexit(long code, unsigned long ip)
{
	/* The call, not what follows it. */
	if (unlikely(__kdefer_events_on))
		emit("goexit", "code %ld, called at %pS", code, (void *)(ip - 1));
}

void kdefer_event_uncaught(const struct kdefer_value *v, enum kdefer_uncaught_end end)
{
	char text[KDEFER_MESSAGE_SIZE];

	if (likely(!__kdefer_events_on))
		return;
	kdefer_value_format(v, text, sizeof(text), false);
	emit("uncaught", "%s, err %d, raised at %pS, ends %s", text, v->err, kdefer_raised_at(v),
	     end_text(end));
}

void kdefer_event_skipped(unsigned long ip, unsigned long place)
{
	if (unlikely(__kdefer_events_on))
		emit("skipped", "%pS, goes on in %ps", (void *)ip, (void *)place);
}

void kdefer_event_throw(enum kdefer_throw_reason reason, struct va_format *text)
{
	if (unlikely(__kdefer_events_on))
		emit("throw", "reason %d: %pV", reason, text);
}
