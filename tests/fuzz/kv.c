// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzzer of the sample device's requests: each line of the input is served. Whatever it is, the
 * request is answered with one line, and nothing that was taken for it is left.
 */
#include <stdlib.h>
#include <linux/completion.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

#include "kv.h"

struct kv_live kv_live;

int kv_format_counts(char *buf, size_t size, int mine)
{
	return scnprintf(buf, size, "entries %u", kv_store_count());
}

static void must(bool so, const char *what)
{
	if (so)
		return;
	pr_err("fuzz: %s\n", what);
	abort();
}

static long serve(void *rq)
{
	kv_serve(rq);
	return 0;
}

/* "quit" ends the run as it ends the server. */
static void serve_line(const char *line, size_t len)
{
	struct kv_request rq = { .len = len };
	struct kdefer_outcome out;
	char *copy = malloc(len ?: 1);

	/* Of its own, so that a byte too many is found. */
	memcpy(copy, line, len);
	rq.line = copy;
	rq.overlong = len > KV_LINE_MAX;
	init_completion(&rq.done);
	kdefer_run(serve, &rq, &out);
	must(out.how != KDEFER_PANICKED, "a panic has left the request");
	must(completion_done(&rq.done), "the request was not completed");
	must(strlen(rq.answer) == rq.answer_len, "the answer's length is wrong");
	must(!strchr(rq.answer, '\n'), "the answer has more than a line");
	must(!atomic_read(&kv_live.buffers), "a buffer was not given back");
	must(!atomic_read(&kv_live.locks), "a lock was not given back");
	free(copy);
}

int LLVMFuzzerTestOneInput(const char *data, size_t size);

int LLVMFuzzerTestOneInput(const char *data, size_t size)
{
	const char *end = data + size, *next;

	for (; data < end; data = next + 1) {
		next = memchr(data, '\n', end - data) ?: end;
		serve_line(data, next - data);
	}
	kv_store_clear();
	return 0;
}
