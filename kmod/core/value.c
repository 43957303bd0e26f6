// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values: their text, and their end.
 */
#include "impl.h"

static bool kdefer_same_object(const struct kdefer_value *a, const struct kdefer_value *b)
{
	return a->kind == KDEFER_POINTER && a->object == b->object;
}

static bool kdefer_carries(const struct kdefer_panic *p, const struct kdefer_value *v)
{
	for (; p; p = p->link)
		if (p->panicking && kdefer_same_object(&p->shown.value, v))
			return true;
	return false;
}

/* A value that was raised again is carried by more than one record. */
static bool kdefer_value_is_seen(const struct kdefer_task *task, const struct kdefer_value *v)
{
	const struct kdefer_barrier *b;
	const struct kdefer_history *h;
	unsigned int i;

	if (!task)
		return false;
	if (kdefer_carries(task->panic, v))
		return true;
	for (b = task->barrier; b; b = b->link)
		if (kdefer_carries(b->panic, v))
			return true;
	h = task->history;
	for (i = 0; i < h->len && i < KDEFER_HISTORY; i++)
		if (kdefer_same_object(&h->item[i].value, v))
			return true;
	return false;
}

/*
 * Drops a reference to @v: one of the records that carried it is gone, or carries another value
 * now. The last reference releases the object. That is the user's code, which may panic; so callers
 * have unlinked what is to be unlinked before, and do nothing afterwards that must not be lost.
 */
void kdefer_value_put(struct kdefer_task *task, const struct kdefer_value *v)
{
	if (likely(v->kind != KDEFER_POINTER) || kdefer_value_is_seen(task, v))
		return;
	if (v->type && v->type->release && !v->kept)
		v->type->release(v->ptr);
}

/**
 * kdefer_value_release - give up the object of a value
 * @v: the value of a &struct kdefer_outcome; becomes a nil panic's
 *
 * Does nothing unless @v is a KDEFER_POINTER with a &kdefer_type.release, nor as long as a panic
 * in progress on this task carries the object as well, nor if it is @kept by its owner. Not for
 * values from krecover(), which kdefer releases itself.
 *
 * Context: that of &kdefer_type.release.
 */
void kdefer_value_release(struct kdefer_value *v)
{
	struct kdefer_value copy = *v;

	if (v->kind != KDEFER_POINTER)
		return;
	v->kind = KDEFER_NIL;
	kdefer_value_put(kdefer_current(), &copy);
}
EXPORT_SYMBOL_GPL(kdefer_value_release);

static void kdefer_mark_kept(struct kdefer_value *v)
{
	v->kept = true;
}

static void kdefer_mark_taken(struct kdefer_value *v)
{
	v->ptr = NULL;
	v->kept = true;
	v->taken = true;
}

static void kdefer_mark_panics(struct kdefer_panic *p, const struct kdefer_value *v,
			       void (*mark)(struct kdefer_value *v))
{
	for (; p; p = p->link)
		if (p->panicking && kdefer_same_object(&p->shown.value, v))
			mark(&p->shown.value);
}

/* All of the current task that carries the object of @v: what kdefer_value_is_seen() looks at. */
static void kdefer_mark_all(const struct kdefer_value *v, void (*mark)(struct kdefer_value *v))
{
	struct kdefer_task *task = kdefer_current();
	struct kdefer_history *h;
	struct kdefer_barrier *b;
	unsigned int i;

	if (!task)
		return;
	kdefer_mark_panics(task->panic, v, mark);
	for (b = task->barrier; b; b = b->link)
		kdefer_mark_panics(b->panic, v, mark);
	h = task->history;
	for (i = 0; i < h->len && i < KDEFER_HISTORY; i++)
		if (kdefer_same_object(&h->item[i].value, v))
			mark(&h->item[i].value);
}

/* The object of @v is released by somebody else, who goes on to need it. */
void kdefer_value_keep(const struct kdefer_value *v)
{
	kdefer_mark_all(v, kdefer_mark_kept);
}

/* *@v is a copy, and whoever has the other one owns the object. */
void kdefer_value_disown(struct kdefer_value *v)
{
	if (v->kind == KDEFER_POINTER)
		kdefer_mark_taken(v);
}

/**
 * kdefer_value_take - take the object out of a value
 * @v: a value from krecover(), or of a &struct kdefer_outcome
 *
 * The object is the caller's from now on: kdefer neither prints nor releases it any more, whatever
 * becomes of the value, and of panics in progress on this task that carry the same object. Of the
 * value its kind, its errno, its type and its words are left. So an error may live longer than the
 * deferred call that recovers it, be stored, or be handed to another thread.
 *
 * Context: any.
 * Return: the object; NULL if @v has none, or none that can be taken: it is no KDEFER_POINTER, the
 * object was taken before, or it is @kept by its owner.
 */
void *kdefer_value_take(struct kdefer_value *v)
{
	void *ptr = v->ptr;

	if (v->kind != KDEFER_POINTER || v->kept)
		return NULL;
	kdefer_mark_all(v, kdefer_mark_taken);
	kdefer_mark_taken(v);
	return ptr;
}
EXPORT_SYMBOL_GPL(kdefer_value_take);

struct kdefer_print_call {
	const struct kdefer_value *v;
	char *buf;
	size_t size;
};

static long kdefer_print_object(void *arg)
{
	struct kdefer_print_call *call = arg;

	return call->v->type->print(call->v->ptr, call->buf, call->size);
}

static long kdefer_release_object(void *v)
{
	kdefer_value_release(v);
	return 0;
}

/* For where nothing may leave: a release function that panics is followed by the next one. */
static void kdefer_release_all(const struct kdefer_outcome *out)
{
	struct kdefer_outcome next = *out;
	struct kdefer_value v;

	while (next.how == KDEFER_PANICKED && next.value.kind == KDEFER_POINTER) {
		v = next.value;
		kdefer_run(kdefer_release_object, &v, &next);
	}
}

/*
 * A thread whose function was @thread_fn has ended with *@out, and nobody asks for it. A release
 * function that panics does so there: it is reported, and what it has raised is released as well.
 */
void kdefer_release_at_end(const struct kdefer_outcome *out, unsigned long thread_fn,
			   struct kdefer_task_storage *own)
{
	struct kdefer_outcome next = *out;
	struct kdefer_barrier b __uninitialized;
	struct kdefer_value v;

	while (next.how == KDEFER_PANICKED && next.value.kind == KDEFER_POINTER) {
		v = next.value;
		b.fn = kdefer_release_object;
		b.arg = &v;
		b.out = &next;
		b.is_thread = true;
		b.thread_fn = thread_fn;
		kdefer_run_barrier(&b, own);
		kdefer_fill_outcome(&b);
	}
}

/* The user's print function may panic or call kgoexit(); that ends here (rule X9). */
static int kdefer_format_object(const struct kdefer_value *v, char *buf, size_t size)
{
	struct kdefer_print_call call = { .v = v, .buf = buf, .size = size };
	struct kdefer_outcome out;
	int len;

	kdefer_run(kdefer_print_object, &call, &out);
	if (out.how == KDEFER_RETURNED)
		return clamp_t(long, out.result, 0, size - 1);
	len = scnprintf(buf, size, "panic while printing panic value");
	if (out.how == KDEFER_PANICKED) {
		len += scnprintf(buf + len, size - len, ": ");
		len += kdefer_value_format(&out.value, buf + len, size - len, false);
		kdefer_release_all(&out);
	}
	return len;
}

static int kdefer_format_pointer(const struct kdefer_value *v, char *buf, size_t size,
				 bool call_print)
{
	const char *name = v->type && v->type->name ? v->type->name : "object";
	int len = scnprintf(buf, size, "%s(", name);
	/* The text may be cut off, but not the parenthesis behind it. */
	size_t room = size - len - (size - len > 1);

	if (v->taken)
		len += scnprintf(buf + len, size - len, "taken");
	else if (call_print && v->type && v->type->print)
		len += kdefer_format_object(v, buf + len, room);
	else
		len += scnprintf(buf + len, size - len, "%p", v->ptr);
	return len + scnprintf(buf + len, size - len, ")");
}

static const char *kdefer_fault_text(enum kdefer_fault_kind kind)
{
	switch (kind) {
	case KDEFER_FAULT_NULL:
		return "invalid memory address or nil pointer dereference";
	case KDEFER_FAULT_ADDRESS:
		return "invalid memory address";
	case KDEFER_FAULT_DIVIDE:
		return "integer divide by zero";
	case KDEFER_FAULT_BUG:
		return "BUG or invalid instruction";
	case KDEFER_FAULT_PROTECTION:
		return "general protection fault";
	}
	return "unknown fault";
}

static int kdefer_format_kind(const struct kdefer_value *v, char *buf, size_t size,
			      bool call_print)
{
	switch (v->kind) {
	case KDEFER_ERRNO:
		if (v->err < 0 && v->err >= -MAX_ERRNO)
			return scnprintf(buf, size, "%pe", ERR_PTR(v->err));
		return scnprintf(buf, size, "%d", v->err);
	case KDEFER_MESSAGE:
		return scnprintf(buf, size, "%s", v->message);
	case KDEFER_POINTER:
		return kdefer_format_pointer(v, buf, size, call_print);
	case KDEFER_NIL:
		return scnprintf(buf, size, "runtime error: panic called with nil argument");
	case KDEFER_FAULT:
		return scnprintf(buf, size, "runtime error: %s", kdefer_fault_text(v->fault.kind));
	}
	return scnprintf(buf, size, "value of unknown kind %d", v->kind);
}

/*
 * Writes @v as the printout has it, returns the length. The print function of an object is the
 * user's code, which a throw no longer calls: @call_print is false there, as in Go.
 */
int kdefer_value_format(const struct kdefer_value *v, char *buf, size_t size, bool call_print)
{
	int len = 0;

	if (v->kind != KDEFER_MESSAGE && v->message[0])
		len = scnprintf(buf, size, "%s: ", v->message);
	return len + kdefer_format_kind(v, buf + len, size - len, call_print);
}

/**
 * kdefer_value_text - write a value as text
 * @v: the value: from krecover(), of a &struct kdefer_outcome, or from kdefer_panic_value()
 * @buf: where to
 * @size: the room there, the terminating NUL included
 *
 * The text is the one of the printout of an uncaught panic: "-EIO", the message, "name(text)" of an
 * object, with the text of &kdefer_type.print, "runtime error: ..." of a fault; and before it what
 * kpanicf_value() was given. What does not fit is cut.
 *
 * Context: that of &kdefer_type.print. A KDEFER_POINTER from krecover() is valid until the deferred
 * call returns.
 * Return: the length of the text in @buf, without the NUL; 0 if @size is 0.
 */
int kdefer_value_text(const struct kdefer_value *v, char *buf, size_t size)
{
	return size ? kdefer_value_format(v, buf, size, true) : 0;
}
EXPORT_SYMBOL_GPL(kdefer_value_text);

/* What @p carries, in words: a panic, a goexit, or a panic and the goexit that goes on after it. */
void kdefer_describe(const struct kdefer_panic *p, char *buf, size_t size)
{
	int len = 0;

	if (p->panicking)
		len = kdefer_value_format(&p->shown.value, buf, size, false);
	else if (!p->goexit)
		strscpy(buf, "recovered panic", size);
	if (p->goexit)
		scnprintf(buf + len, size - len, "%sgoexit, code %ld",
			  p->panicking ? ", then " : "", p->code);
}
