/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A log of what a case did: words in the order in which they happened, to compare with what the
 * rule demands. One comparison shows order, number and values of all events at once, and the case
 * makes it where an assertion may be: one that fails in a deferred call ends the thread in the
 * middle of a panic.
 *
 * Each suite has a log of its own. It is for one thread at a time.
 */
#ifndef _KDEFER_KUNIT_LOG_H
#define _KDEFER_KUNIT_LOG_H

#include <kunit/test.h>
#include <kdefer/kdefer.h>

#include <linux/kernel.h>
#include <linux/string.h>

#define KLOG_SIZE	1024

/* What was appended since klog_begin(). A text that does not fit is cut, and is unequal. */
static struct {
	size_t len;
	char text[KLOG_SIZE];
} klog_buffer;

static inline void klog_begin(void)
{
	klog_buffer.len = 0;
	klog_buffer.text[0] = '\0';
}

/* Appends a word; words are separated by spaces. Kept out of line: frames in suites are small. */
static noinline __maybe_unused __printf(1, 2) void klog(const char *fmt, ...)
{
	size_t room = KLOG_SIZE - klog_buffer.len;
	va_list args;

	if (klog_buffer.len)
		klog_buffer.len += scnprintf(klog_buffer.text + klog_buffer.len, room, " ");
	va_start(args, fmt);
	klog_buffer.len += vscnprintf(klog_buffer.text + klog_buffer.len,
				      KLOG_SIZE - klog_buffer.len, fmt, args);
	va_end(args);
}

/* Appends @what and a panic's value: "what=5", "what=text", "what=nil", "what=fault". */
static noinline __maybe_unused void klog_value(const char *what, const struct kdefer_value *v)
{
	switch (v->kind) {
	case KDEFER_ERRNO:
		klog("%s=%d", what, v->err);
		return;
	case KDEFER_MESSAGE:
		klog("%s=%s", what, v->message);
		return;
	case KDEFER_POINTER:
		klog("%s=%s", what, v->type ? v->type->name : "object");
		return;
	case KDEFER_NIL:
		klog("%s=nil", what);
		return;
	case KDEFER_FAULT:
		klog("%s=fault", what);
		return;
	}
	klog("%s=kind%d", what, v->kind);
}

/* Recovers @p if that can be recovered, and appends "what=value", else "what=-". */
static noinline __maybe_unused void klog_try_recover(const char *what, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		klog_value(what, &v);
	else
		klog("%s=-", what);
}

/* To be deferred, with a word as argument: appends the word. */
static __maybe_unused void klog_step(void *word)
{
	klog("%s", (const char *)word);
}

/* To be deferred, with a number as argument, KLOG_NR(n): appends the number. */
static __maybe_unused void klog_number(void *n)
{
	klog("%ld", (long)n);
}

#define KLOG_NR(n)	((void *)(long)(n))

/* To be deferred, with a word as argument: recovers what there is, as klog_try_recover() says. */
static __maybe_unused void klog_recover(void *word, struct kdefer_panic *p)
{
	klog_try_recover(word, p);
}

/* To be deferred, with a word as argument: as klog_recover(), but the panic goes on. */
static __maybe_unused void klog_look(void *word, struct kdefer_panic *p)
{
	const struct kdefer_value *v = kdefer_panic_value(p);

	if (v)
		klog_value(word, v);
	else
		klog("%s=-", (const char *)word);
}

/* To be deferred, with a number as argument: raises it. */
static __maybe_unused void klog_panic(void *err)
{
	kpanic((long)err);
}

#define KLOG_EXPECT(test, want)							\
	KUNIT_EXPECT_STREQ(test, (const char *)klog_buffer.text, want)

static __maybe_unused void klog_nothing(void *arg)
{
}

/* In a KDEFER function: the next deferred call needs memory. */
#define use_up_records()							\
do {										\
	while (__kdefer_frame->task->top != __kdefer_frame->task->end)		\
		kdefer(klog_nothing, NULL);					\
} while (0)

#endif /* _KDEFER_KUNIT_LOG_H */
