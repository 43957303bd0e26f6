// SPDX-License-Identifier: GPL-2.0-only
/*
 * The requests, and the boundary at which their panics become answers.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kernel.h>

#include "kv.h"

void kv_answer(struct kv_request *rq, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	rq->answer_len += vscnprintf(rq->answer + rq->answer_len,
				     sizeof(rq->answer) - rq->answer_len, fmt, args);
	va_end(args);
}

static const char *kv_reason(int err)
{
	switch (err) {
	case -ENOENT:
		return "no such key";
	case -E2BIG:
		return "too long";
	case -ENOMEM:
		return "out of memory";
	case -ENOSPC:
		return "the store is full";
	case -ERANGE:
		return "out of range";
	case -ESHUTDOWN:
		return "the server has ended";
	case -EOPNOTSUPP:
		return "not supported";
	default:
		return "failed";
	}
}

void kv_answer_errno(struct kv_request *rq, int err)
{
	kv_answer(rq, "ERR %d %s", err, kv_reason(err));
}

static const char *kv_fault_name(enum kdefer_fault_kind kind)
{
	switch (kind) {
	case KDEFER_FAULT_NULL:
		return "NULL pointer";
	case KDEFER_FAULT_ADDRESS:
		return "bad address";
	case KDEFER_FAULT_DIVIDE:
		return "division";
	case KDEFER_FAULT_BUG:
		return "BUG";
	case KDEFER_FAULT_PROTECTION:
		return "general protection";
	}
	return "unknown";
}

static void kv_answer_panic(struct kv_request *rq, const struct kdefer_value *v)
{
	const struct kv_syntax_error *e = v->ptr;

	/* Whoever panicked may have begun an answer. */
	rq->answer_len = 0;
	if (v->kind == KDEFER_POINTER && v->type == &kv_syntax_error_type)
		kv_answer(rq, "ERR %d column %zu: %s", -EINVAL, e->column, e->reason);
	else if (v->kind == KDEFER_MESSAGE)
		kv_answer(rq, "ERR %d %s", v->err, v->message);
	else if (v->kind == KDEFER_FAULT)
		kv_answer(rq, "ERR fault %s", kv_fault_name(v->fault.kind));
	else
		kv_answer_errno(rq, v->err);
}

static KDEFER_DEFINE_VOID1(kv_do_set, struct kv_request *, rq)
{
	char *key, *value;

	key = kv_buffer_get(KV_KEY_MAX + 1);
	kdefer(kv_buffer_put, key);
	kv_parse_key(rq, key);
	value = kv_buffer_get(KV_VALUE_MAX + 1);
	kdefer(kv_buffer_put, value);
	kv_parse_value(rq, value);
	kv_expect_end(rq);
	kv_store_set(key, value);
	kv_answer(rq, "OK");
}

static KDEFER_DEFINE_VOID1(kv_do_get, struct kv_request *, rq)
{
	char *key, *value;

	key = kv_buffer_get(KV_KEY_MAX + 1);
	kdefer(kv_buffer_put, key);
	kv_parse_key(rq, key);
	kv_expect_end(rq);
	value = kv_buffer_get(KV_VALUE_MAX + 1);
	kdefer(kv_buffer_put, value);
	kv_store_get(key, value);
	kv_answer(rq, "OK %s", value);
}

static KDEFER_DEFINE_VOID1(kv_do_del, struct kv_request *, rq)
{
	char *key = kv_buffer_get(KV_KEY_MAX + 1);

	kdefer(kv_buffer_put, key);
	kv_parse_key(rq, key);
	kv_expect_end(rq);
	kv_store_del(key);
	kv_answer(rq, "OK");
}

static void kv_do_list(struct kv_request *rq)
{
	kv_expect_end(rq);
	kv_answer(rq, "OK");
	kv_store_list(rq);
}

static void kv_do_count(struct kv_request *rq)
{
	char text[80];

	kv_expect_end(rq);
	kv_format_counts(text, sizeof(text), 1);
	kv_answer(rq, "OK %s", text);
}

/* Whoever waits for the answer gets it: what kv_serve() has deferred runs for a goexit as well. */
static void kv_do_quit(struct kv_request *rq)
{
	int code = kv_parse_code(rq);

	kv_answer(rq, "OK");
	kgoexit(code);
}

const char *kv_how(enum kdefer_how how)
{
	switch (how) {
	case KDEFER_RETURNED:
		return "returned";
	case KDEFER_GOEXITED:
		return "called kgoexit";
	case KDEFER_PANICKED:
		return "panicked";
	}
	return "vanished";
}

/* Runs the one of the @nr commands that the line has next. */
void kv_run_command(struct kv_request *rq, const struct kv_command *commands, size_t nr)
{
	size_t i;

	kv_expect_word(rq, "a request is missing");
	for (i = 0; i < nr; i++) {
		if (!kv_take_word(rq, commands[i].name))
			continue;
		commands[i].run(rq);
		return;
	}
	kv_syntax(rq, "unknown request");
	kdefer_unreachable();
}

static const struct kv_command kv_commands[] = {
	{ "set", kv_do_set },
	{ "get", kv_do_get },
	{ "del", kv_do_del },
	{ "list", kv_do_list },
	{ "count", kv_do_count },
	{ "quit", kv_do_quit },
	{ "crash", kv_do_crash },
};

static void kv_execute(struct kv_request *rq)
{
	if (rq->overlong)
		kpanic(-E2BIG);
	kv_run_command(rq, kv_commands, ARRAY_SIZE(kv_commands));
}

static void kv_complete(void *arg)
{
	struct kv_request *rq = arg;

	complete(&rq->done);
}

static void kv_recover(void *rq, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		kv_answer_panic(rq, &v);
}

/* The boundary of a request: no panic goes further than here. */
KDEFER_DEFINE_VOID1(kv_serve, struct kv_request *, rq)
{
	kdefer(kv_complete, rq);
	kdefer(kv_recover, rq);
	kv_execute(rq);
}
