// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser. Its functions return what they have found: whatever is wrong with a line is a panic,
 * however deep it is found.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kv.h"

void *kv_buffer_get(size_t size)
{
	void *buf = kzalloc(size, GFP_KERNEL);

	if (!buf)
		kpanic(-ENOMEM);
	atomic_inc(&kv_live.buffers);
	return buf;
}

void kv_buffer_put(void *buf)
{
	atomic_dec(&kv_live.buffers);
	kfree(buf);
}

static int kv_syntax_error_print(const void *ptr, char *buf, size_t size)
{
	const struct kv_syntax_error *e = ptr;

	return scnprintf(buf, size, "column %zu: %s", e->column, e->reason);
}

/* The object is part of the request and goes with it. */
const struct kdefer_type kv_syntax_error_type = {
	.name = "kv_syntax_error",
	.print = kv_syntax_error_print,
};

void kv_syntax(struct kv_request *rq, const char *reason)
{
	rq->error.column = rq->pos + 1;
	rq->error.reason = reason;
	kpanic_ptr(&rq->error, &kv_syntax_error_type);
}

static bool kv_at_end(const struct kv_request *rq)
{
	return rq->pos == rq->len;
}

static bool kv_at_blank(const struct kv_request *rq)
{
	return !kv_at_end(rq) && (rq->line[rq->pos] == ' ' || rq->line[rq->pos] == '\t');
}

/* In the middle of a word. */
static bool kv_at_word(const struct kv_request *rq)
{
	return !kv_at_end(rq) && !kv_at_blank(rq);
}

static void kv_skip_blanks(struct kv_request *rq)
{
	while (kv_at_blank(rq))
		rq->pos++;
}

void kv_expect_end(struct kv_request *rq)
{
	kv_skip_blanks(rq);
	if (!kv_at_end(rq))
		kv_syntax(rq, "the line should end here");
}

/* Skips blanks to where a word begins. */
void kv_expect_word(struct kv_request *rq, const char *missing)
{
	kv_skip_blanks(rq);
	if (kv_at_end(rq))
		kv_syntax(rq, missing);
}

/* Takes the next word of the line if it is @word. */
bool kv_take_word(struct kv_request *rq, const char *word)
{
	size_t begin = rq->pos;

	while (kv_at_word(rq))
		rq->pos++;
	if (rq->pos - begin == strlen(word) && !memcmp(rq->line + begin, word, rq->pos - begin))
		return true;
	rq->pos = begin;
	return false;
}

static void kv_put_char(char *buf, size_t at, size_t max, char c)
{
	if (at == max)
		kpanic(-E2BIG);
	buf[at] = c;
	buf[at + 1] = '\0';
}

static char kv_take_key_char(struct kv_request *rq)
{
	char c = rq->line[rq->pos];

	if (!isascii(c) || (!isalnum(c) && c != '.' && c != '_' && c != '-'))
		kv_syntax(rq, "bad character in a key");
	rq->pos++;
	return c;
}

/* Into @key, which has room for KV_KEY_MAX characters. */
void kv_parse_key(struct kv_request *rq, char *key)
{
	size_t n;

	kv_expect_word(rq, "a key is missing");
	for (n = 0; kv_at_word(rq); n++)
		kv_put_char(key, n, KV_KEY_MAX, kv_take_key_char(rq));
}

static char kv_take_value_char(struct kv_request *rq)
{
	char c = rq->line[rq->pos];

	if (iscntrl(c))
		kv_syntax(rq, "bad character in a value");
	rq->pos++;
	return c;
}

static char kv_take_escaped_char(struct kv_request *rq)
{
	if (kv_at_end(rq))
		kv_syntax(rq, "a quote is not closed");
	if (rq->line[rq->pos] != '"' && rq->line[rq->pos] != '\\')
		kv_syntax(rq, "unknown escape");
	return rq->line[rq->pos++];
}

static char kv_take_quoted_char(struct kv_request *rq)
{
	char c = kv_take_value_char(rq);

	return c == '\\' ? kv_take_escaped_char(rq) : c;
}

static void kv_parse_quoted(struct kv_request *rq, char *value)
{
	size_t n;

	rq->pos++;
	for (n = 0; !kv_at_end(rq) && rq->line[rq->pos] != '"'; n++)
		kv_put_char(value, n, KV_VALUE_MAX, kv_take_quoted_char(rq));
	if (kv_at_end(rq))
		kv_syntax(rq, "a quote is not closed");
	rq->pos++;
	if (kv_at_word(rq))
		kv_syntax(rq, "a blank should follow the quote");
}

/* Into @value, which has room for KV_VALUE_MAX characters and is an empty string. */
void kv_parse_value(struct kv_request *rq, char *value)
{
	size_t n;

	kv_expect_word(rq, "a value is missing");
	if (rq->line[rq->pos] == '"') {
		kv_parse_quoted(rq, value);
		return;
	}
	for (n = 0; kv_at_word(rq); n++)
		kv_put_char(value, n, KV_VALUE_MAX, kv_take_value_char(rq));
}

/* A number that may be missing. */
KDEFER_DEFINE1(int, kv_parse_code, struct kv_request *, rq)
{
	char *text;
	int code, err;

	kv_skip_blanks(rq);
	if (kv_at_end(rq))
		return 0;
	text = kv_buffer_get(KV_VALUE_MAX + 1);
	kdefer(kv_buffer_put, text);
	kv_parse_value(rq, text);
	kv_expect_end(rq);
	err = kstrtoint(text, 10, &code);
	if (err == -ERANGE)
		kpanic(-ERANGE);
	if (err)
		kv_syntax(rq, "a code should be a number");
	return code;
}
