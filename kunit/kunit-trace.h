/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace of what a case did: words in the order in which they happened, to compare with what the
 * rule demands. One comparison shows order, number and values of all events at once, and the case
 * makes it where an assertion may be: one that fails in a deferred call ends the thread in the
 * middle of a panic.
 *
 * Each suite has a trace of its own. It is for one thread at a time.
 */
#ifndef _KDEFER_KUNIT_TRACE_H
#define _KDEFER_KUNIT_TRACE_H

#include <kunit/test.h>
#include <kdefer/kdefer.h>

#include <linux/kernel.h>
#include <linux/string.h>

#define KTRACE_SIZE	1024

/* What was appended since ktrace_begin(). A text that does not fit is cut, and is unequal. */
static struct {
	size_t len;
	char text[KTRACE_SIZE];
} ktrace_log;

static inline void ktrace_begin(void)
{
	ktrace_log.len = 0;
	ktrace_log.text[0] = '\0';
}

/* Appends a word; words are separated by spaces. Kept out of line: frames in suites are small. */
static noinline __maybe_unused __printf(1, 2) void ktrace(const char *fmt, ...)
{
	size_t room = KTRACE_SIZE - ktrace_log.len;
	va_list args;

	if (ktrace_log.len)
		ktrace_log.len += scnprintf(ktrace_log.text + ktrace_log.len, room, " ");
	va_start(args, fmt);
	ktrace_log.len += vscnprintf(ktrace_log.text + ktrace_log.len,
				     KTRACE_SIZE - ktrace_log.len, fmt, args);
	va_end(args);
}

/* Appends @what and a panic's value: "what=5", "what=text", "what=nil", "what=fault". */
static noinline __maybe_unused void ktrace_value(const char *what, const struct kdefer_value *v)
{
	switch (v->kind) {
	case KDEFER_ERRNO:
		ktrace("%s=%d", what, v->err);
		return;
	case KDEFER_MESSAGE:
		ktrace("%s=%s", what, v->message);
		return;
	case KDEFER_POINTER:
		ktrace("%s=%s", what, v->type ? v->type->name : "object");
		return;
	case KDEFER_NIL:
		ktrace("%s=nil", what);
		return;
	case KDEFER_FAULT:
		ktrace("%s=fault", what);
		return;
	}
	ktrace("%s=kind%d", what, v->kind);
}

/* Recovers @p if that can be recovered, and appends "what=value", else "what=-". */
static noinline __maybe_unused void ktrace_try_recover(const char *what, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		ktrace_value(what, &v);
	else
		ktrace("%s=-", what);
}

/* To be deferred, with a word as argument: appends the word. */
static __maybe_unused void ktrace_step(void *word)
{
	ktrace("%s", (const char *)word);
}

/* To be deferred, with a number as argument, KTRACE_NR(n): appends the number. */
static __maybe_unused void ktrace_number(void *n)
{
	ktrace("%ld", (long)n);
}

#define KTRACE_NR(n)	((void *)(long)(n))

/* To be deferred, with a word as argument: recovers what there is, as ktrace_try_recover() says. */
static __maybe_unused void ktrace_recover(void *word, struct kdefer_panic *p)
{
	ktrace_try_recover(word, p);
}

/* To be deferred, with a word as argument: as ktrace_recover(), but the panic goes on. */
static __maybe_unused void ktrace_look(void *word, struct kdefer_panic *p)
{
	const struct kdefer_value *v = kdefer_panic_value(p);

	if (v)
		ktrace_value(word, v);
	else
		ktrace("%s=-", (const char *)word);
}

/* To be deferred, with a number as argument: raises it. */
static __maybe_unused void ktrace_panic(void *err)
{
	kpanic((long)err);
}

#define KTRACE_EXPECT(test, want)							\
	KUNIT_EXPECT_STREQ(test, (const char *)ktrace_log.text, want)

#endif /* _KDEFER_KUNIT_TRACE_H */
