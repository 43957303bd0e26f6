// SPDX-License-Identifier: GPL-2.0-only
/* printk: whole lines to standard error, each with one write. */

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "kshim-impl.h"

#include <linux/jiffies.h>
#include <linux/ratelimit.h>
#include <linux/string.h>
#include <kdefer-shim.h>

static bool timestamps;
static void (*watcher)(const char *line, size_t len);

static void __attribute__((__constructor__)) printk_init(void)
{
	timestamps = getenv("KDEFER_SHIM_TIMESTAMPS");
}

void kshim_write(int fd, const char *text, size_t len)
{
	int saved = errno;

	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		text += n;
		len -= (size_t)n;
	}
	errno = saved;
}

static size_t put_stamp(char *buf, size_t size)
{
	struct timespec now;

	if (!timestamps)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (size_t)kshim_scnprintf(buf, size, "[%5ld.%06ld] ", (long)now.tv_sec,
				       now.tv_nsec / 1000);
}

void shim_watch_printk(void (*fn)(const char *line, size_t len))
{
	WRITE_ONCE(watcher, fn);
}

static void emit_line(const char *text, size_t len)
{
	char line[KSHIM_LINE_MAX + 32];
	size_t stamp = put_stamp(line, sizeof(line)), n = stamp;
	void (*watch)(const char *line, size_t len) = READ_ONCE(watcher);

	memcpy(line + n, text, len);
	n += len;
	line[n] = '\0';
	if (watch)
		watch(line + stamp, len);
	line[n++] = '\n';
	kshim_write(STDERR_FILENO, line, n);
}

/* What was begun with no newline waits in the task for pr_cont(), or for the next message. */
void kshim_flush_line(void)
{
	struct kshim_line *line = kshim_partial_line(false);

	if (!line || !line->len)
		return;
	emit_line(line->text, line->len);
	line->len = 0;
}

static void add_text(struct kshim_line *line, const char *text, size_t len)
{
	size_t room = sizeof(line->text) - line->len;

	len = min(len, room);
	memcpy(line->text + line->len, text, len);
	line->len += len;
}

static void end_line(const char *text, size_t len)
{
	struct kshim_line *line = kshim_partial_line(false);

	if (!line || !line->len) {
		emit_line(text, len);
		return;
	}
	add_text(line, text, len);
	kshim_flush_line();
}

static void begin_line(const char *text, size_t len)
{
	struct kshim_line *line = kshim_partial_line(true);

	if (line)
		add_text(line, text, len);
	else
		emit_line(text, len);
}

static const char *skip_level(const char *text, bool *cont)
{
	*cont = false;
	while (text[0] == KERN_SOH_ASCII && text[1]) {
		*cont = text[1] == 'c';
		text += 2;
	}
	return text;
}

int kshim_vprintk(const char *fmt, va_list args)
{
	char buf[KSHIM_LINE_MAX];
	int len = kshim_vscnprintf(buf, sizeof(buf), fmt, args);
	const char *text, *end;
	bool cont;

	text = skip_level(buf, &cont);
	if (!cont)
		kshim_flush_line();
	while ((end = strchr(text, '\n'))) {
		end_line(text, (size_t)(end - text));
		text = end + 1;
	}
	if (*text)
		begin_line(text, strlen(text));
	return len;
}

int kshim_printk(const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = kshim_vprintk(fmt, args);
	va_end(args);
	return len;
}

static void ratelimit_restart(struct ratelimit_state *rs, const char *func)
{
	if (rs->missed)
		printk(KERN_WARNING "%s: %d callbacks suppressed\n", func, rs->missed);
	rs->begin = jiffies;
	rs->printed = 0;
	rs->missed = 0;
}

bool kshim_ratelimit(struct ratelimit_state *rs, const char *func)
{
	bool allowed;

	if (!rs->interval)
		return true;
	/* Whoever finds another thread at the counters counts as one message too many. */
	if (__atomic_exchange_n(&rs->busy, 1, __ATOMIC_ACQUIRE))
		return false;
	if (!rs->begin || time_is_before_jiffies(rs->begin + (unsigned long)rs->interval))
		ratelimit_restart(rs, func);
	allowed = rs->printed < rs->burst;
	if (allowed)
		rs->printed++;
	else
		rs->missed++;
	__atomic_store_n(&rs->busy, 0, __ATOMIC_RELEASE);
	return allowed;
}
