/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kdefer_kv: a store of keys and values behind a misc device, served by one kthread.
 *
 * Every line that is written to /dev/kdefer_kv is a request. It has been served when write()
 * returns, and has put one line into the answers of the open file; read() takes them, and returns
 * 0 when there are none. With 64 KiB of answers that nobody has read, write() fails with ENOBUFS.
 * An answer is "OK", "OK <text>", "ERR <errno> <reason>" or "ERR fault <kind>":
 *
 *	set KEY VALUE	OK
 *	get KEY		OK VALUE
 *	del KEY		OK
 *	list		OK KEY KEY ...		in byte order
 *	count		OK entries N requests N buffers N locks N
 *	quit [CODE]	OK			the server ends by kgoexit(CODE)
 *	crash message	ERR -131 <message>	kpanicf(), recovered
 *	crash nil	ERR fault NULL pointer	a deferred call of a NULL function, recovered
 *	crash null	ERR fault NULL pointer	a read through a NULL pointer, recovered
 *	crash wild	ERR fault bad address	a write to where nothing is mapped, recovered
 *	crash div	ERR fault division	an integer division by zero, recovered
 *	crash bug	ERR fault BUG		a BUG(), recovered
 *	crash uncaught	OK worker panicked -5	a thread of its own, ended by a panic
 *
 * Words are separated by blanks. A KEY has up to 31 letters, digits and any of "._-". A VALUE has
 * up to 255 bytes and is a word, or text in double quotes in which a backslash stands before a
 * double quote or a backslash. A line has up to 1023 bytes.
 *
 *	ERR -22 column N: <reason>	the line is no request
 *	ERR -7 too long			line, key or value
 *	ERR -2 no such key
 *	ERR -28 the store is full	64 keys
 *	ERR -34 out of range		CODE
 *	ERR -108 the server has ended	after quit
 *	ERR -95 not supported		null, wild, div and bug in user space
 *
 * Under KASAN, which looks at its own memory first, "crash null" is a fault of another kind:
 * general protection.
 *
 * "count" tells what is alive besides the request itself: entries of the store, request buffers,
 * the parser's buffers and locks. All but the entries are 0 whenever the device is idle, whatever
 * was written. The module parameter "counts" has the same, and can be read when the server has
 * ended.
 *
 * How kdefer is used: kv_serve() is the boundary of a request. Whatever panics below, it recovers
 * and makes an answer of. So nothing below returns an error, and nothing below has an error path:
 * every release is deferred right behind its acquire.
 */
#ifndef _KDEFER_KV_H
#define _KDEFER_KV_H

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/completion.h>
#include <linux/list.h>
#include <linux/types.h>
#include <kdefer/kdefer.h>

#define KV_KEY_MAX	31
#define KV_VALUE_MAX	255
#define KV_LINE_MAX	1023
#define KV_ENTRIES_MAX	64
#define KV_ANSWER_MAX	2304	/* with its newline */

static_assert(sizeof("OK\n") + KV_ENTRIES_MAX * (KV_KEY_MAX + 1) <= KV_ANSWER_MAX);

/**
 * struct kv_live - what must be given back, counted; all 0 when the device is idle
 * @requests: struct kv_request
 * @buffers: of the parser
 * @locks: of the store
 */
struct kv_live {
	atomic_t requests;
	atomic_t buffers;
	atomic_t locks;
};

extern struct kv_live kv_live;

/**
 * struct kv_syntax_error - the panic value of a line that is no request
 * @column: where it stopped being one, counted from 1
 * @reason: why
 */
struct kv_syntax_error {
	size_t column;
	const char *reason;
};

extern const struct kdefer_type kv_syntax_error_type;

/**
 * struct kv_request - a line on its way to the server and back
 * @link: in the server's queue, else empty
 * @done: the server has answered
 * @line: the session's line, not NUL-terminated
 * @len: of the line
 * @overlong: the line was longer than KV_LINE_MAX, and is lost
 * @pos: how much of the line the parser has taken
 * @error: for the parser to panic with: no memory is needed for an error
 * @answer_len: of the answer, without the NUL
 * @answer: what to answer, a NUL-terminated string without a newline
 */
struct kv_request {
	struct list_head link;
	struct completion done;
	const char *line;
	size_t len;
	bool overlong;
	size_t pos;
	struct kv_syntax_error error;
	size_t answer_len;
	char answer[KV_ANSWER_MAX];
};

/**
 * struct kv_command - a request by its name
 * @name: the word that stands for it
 * @run: takes the rest of the line, and answers
 */
struct kv_command {
	const char *name;
	void (*run)(struct kv_request *rq);
};

/* device.c */
int kv_format_counts(char *buf, size_t size, int mine);

/* server.c */
int kv_server_start(void);
void kv_server_stop(void);
int kv_server_ask(struct kv_request *rq);

/* request.c */
void kv_serve(struct kv_request *rq);
void kv_answer(struct kv_request *rq, const char *fmt, ...) __printf(2, 3);
void kv_answer_errno(struct kv_request *rq, int err);
void kv_run_command(struct kv_request *rq, const struct kv_command *commands, size_t nr);
const char *kv_how(enum kdefer_how how);

/* crash.c: panics in any way */
void kv_do_crash(struct kv_request *rq);

/* parse.c: panics with a kv_syntax_error, -E2BIG or -ENOMEM */
void kv_syntax(struct kv_request *rq, const char *reason);
void kv_expect_word(struct kv_request *rq, const char *missing);
void kv_expect_end(struct kv_request *rq);
bool kv_take_word(struct kv_request *rq, const char *word);
void kv_parse_key(struct kv_request *rq, char *key);
void kv_parse_value(struct kv_request *rq, char *value);
int kv_parse_code(struct kv_request *rq);
void *kv_buffer_get(size_t size);
void kv_buffer_put(void *buf);

/* store.c: panics with -ENOENT, -ENOSPC or -ENOMEM */
void kv_store_set(const char *key, const char *value);
void kv_store_get(const char *key, char *value);
void kv_store_del(const char *key);
void kv_store_list(struct kv_request *rq);
unsigned int kv_store_count(void);
void kv_store_clear(void);

#endif /* _KDEFER_KV_H */
