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
	case -EFAULT:
		return "a fault";
	case -ENOSPC:
		return "the store is full";
	case -ERANGE:
		return "out of range";
	case -ESHUTDOWN:
		return "the server has ended";
	default:
		return "failed";
	}
}

void kv_answer_errno(struct kv_request *rq, int err)
{
	kv_answer(rq, "ERR %d %s", err, kv_reason(err));
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

static KDEFER_DEFINE_VOID0(kv_call_null)
{
	kdefer_fn missing = NULL;

	kdefer(missing, NULL);
}

static KDEFER_DEFINE_VOID1(kv_fail_below, unsigned int, depth)
{
	kdefer(kv_buffer_put, kv_buffer_get(16));
	if (!depth)
		kpanic(-EIO);
	kv_fail_below(depth - 1);
}

DEFINE_KDEFER(kv_tell, struct completion *, complete(_T))

static KDEFER_DEFINE1(int, kv_worker, void *, ended)
{
	kdefer(kv_tell, ended);
	kv_fail_below(5);
	return 0;
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

/* Plain C, since a panic would leave the worker behind with a pointer to this stack. */
static int kv_run_worker(struct kdefer_outcome *out)
{
	DECLARE_COMPLETION_ONSTACK(ended);
	struct task_struct *worker = kdefer_kthread_run(kv_worker, &ended, "kv_worker");

	if (IS_ERR(worker))
		return PTR_ERR(worker);
	/* A thread that is stopped before it ran never runs. */
	wait_for_completion(&ended);
	kdefer_kthread_stop(worker, out);
	return 0;
}

static void kv_crash_message(struct kv_request *rq)
{
	kv_expect_end(rq);
	kpanicf("told to crash in %zu bytes", rq->len);
}

static void kv_crash_null(struct kv_request *rq)
{
	kv_expect_end(rq);
	kv_call_null();
}

static void kv_crash_uncaught(struct kv_request *rq)
{
	struct kdefer_outcome out;
	int err;

	kv_expect_end(rq);
	err = kv_run_worker(&out);
	if (err)
		kpanic(err);
	kv_answer(rq, "OK worker %s %ld", kv_how(out.how), out.result);
}

struct kv_command {
	const char *name;
	void (*run)(struct kv_request *rq);
};

/* Runs the one of the @nr commands that the line has next. */
static void kv_run_command(struct kv_request *rq, const struct kv_command *commands, size_t nr)
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
}

static const struct kv_command kv_crashes[] = {
	{ "message", kv_crash_message },
	{ "null", kv_crash_null },
	{ "uncaught", kv_crash_uncaught },
};

static void kv_do_crash(struct kv_request *rq)
{
	kv_run_command(rq, kv_crashes, ARRAY_SIZE(kv_crashes));
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
