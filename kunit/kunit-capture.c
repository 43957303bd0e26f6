// SPDX-License-Identifier: GPL-2.0-only
/*
 * Captures kdefer's reports: in the kernel from the log's ring buffer, in user space from a hook
 * in the shim's printk().
 */
#include <linux/completion.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kunit-capture.h"

static struct {
	spinlock_t lock;	/* of all that follows */
	char *text;
	size_t len;
} kcapture = {
	.lock = __SPIN_LOCK_UNLOCKED(kcapture.lock),
};

static const char * const kcapture_beginnings[] = { "panic: ", "\t", "fatal error: ", "kdefer: " };

static bool kcapture_is_report(const char *line)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kcapture_beginnings); i++)
		if (!strncmp(line, kcapture_beginnings[i], strlen(kcapture_beginnings[i])))
			return true;
	return false;
}

static void kcapture_line(const char *line, size_t len)
{
	unsigned long flags;
	size_t room;

	if (!kcapture_is_report(line))
		return;
	spin_lock_irqsave(&kcapture.lock, flags);
	if (kcapture.text) {
		room = KCAPTURE_SIZE - kcapture.len;
		kcapture.len += scnprintf(kcapture.text + kcapture.len, room, "%.*s\n", (int)len,
					  line);
	}
	spin_unlock_irqrestore(&kcapture.lock, flags);
}

#ifdef __KERNEL__

#include <linux/kmsg_dump.h>
#include <linux/stacktrace.h>

static u64 kcapture_from;

static void kcapture_host_begin(void)
{
	struct kmsg_dump_iter iter;

	kmsg_dump_rewind(&iter);
	kcapture_from = iter.next_seq;
}

/* The time, and with PRINTK_CALLER the task, stand in brackets before the text. */
static char *kcapture_skip_prefix(char *line)
{
	char *end;

	while (*line == '[') {
		end = strstr(line, "] ");
		if (!end)
			break;
		line = end + 2;
	}
	return line;
}

static void kcapture_host_end(void)
{
	static char record[1024];
	struct kmsg_dump_iter iter;
	char *text, *line;
	size_t len;

	kmsg_dump_rewind(&iter);
	iter.cur_seq = kcapture_from;
	while (kmsg_dump_get_line(&iter, false, record, sizeof(record) - 1, &len)) {
		record[len] = '\0';
		text = record;
		while ((line = strsep(&text, "\n"))) {
			line = kcapture_skip_prefix(line);
			kcapture_line(line, strlen(line));
		}
	}
}

noinline unsigned int kcapture_stack(unsigned long *entries, unsigned int size)
{
	unsigned int nr = stack_trace_save(entries, size, 1);

	/* Not a tail call: the frame that is left out must be this one. */
	barrier();
	return nr;
}

#ifdef CONFIG_FAILSLAB

bool kcapture_fail_alloc(void)
{
	WRITE_ONCE(current->fail_nth, 1);
	return true;
}

bool kcapture_alloc_failed(void)
{
	bool failed = !READ_ONCE(current->fail_nth);

	WRITE_ONCE(current->fail_nth, 0);
	return failed;
}

#else

bool kcapture_fail_alloc(void)
{
	return false;
}

bool kcapture_alloc_failed(void)
{
	return false;
}

#endif /* CONFIG_FAILSLAB */

#else

#include <kdefer-shim.h>
#include <unwind.h>

static void kcapture_host_begin(void)
{
	shim_watch_printk(kcapture_line);
}

static void kcapture_host_end(void)
{
	shim_watch_printk(NULL);
}

struct kcapture_walk {
	unsigned long *entries;
	unsigned int size;
	unsigned int nr;
	bool own;
};

static _Unwind_Reason_Code kcapture_step(struct _Unwind_Context *ctx, void *arg)
{
	struct kcapture_walk *walk = arg;

	if (walk->nr == walk->size)
		return _URC_END_OF_STACK;
	if (walk->own)
		walk->own = false;
	else
		walk->entries[walk->nr++] = _Unwind_GetIP(ctx);
	return _URC_NO_REASON;
}

noinline unsigned int kcapture_stack(unsigned long *entries, unsigned int size)
{
	struct kcapture_walk walk = { .entries = entries, .size = size, .own = true };

	_Unwind_Backtrace(kcapture_step, &walk);
	return walk.nr;
}

bool kcapture_fail_alloc(void)
{
	shim_fail_alloc(1);
	return true;
}

bool kcapture_alloc_failed(void)
{
	return !shim_fail_alloc(0);
}

#endif /* __KERNEL__ */

void kcapture_begin(struct kunit *test)
{
	char *text = kunit_kzalloc(test, KCAPTURE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	spin_lock_irq(&kcapture.lock);
	kcapture.text = text;
	kcapture.len = 0;
	spin_unlock_irq(&kcapture.lock);
	kcapture_host_begin();
}

const char *kcapture_end(struct kunit *test)
{
	const char *text;

	kcapture_host_end();
	spin_lock_irq(&kcapture.lock);
	text = kcapture.text;
	kcapture.text = NULL;
	spin_unlock_irq(&kcapture.lock);
	KUNIT_EXPECT_LT_MSG(test, kcapture.len, (size_t)KCAPTURE_SIZE - 1, "the text was cut");
	return text;
}

const char *kcapture_chain(struct kunit *test, const char *text)
{
	char *chain = kunit_kzalloc(test, KCAPTURE_SIZE, GFP_KERNEL);
	const char *line, *end;
	size_t len = 0;

	KUNIT_ASSERT_NOT_NULL(test, chain);
	for (line = text; (end = strchr(line, '\n')); line = end + 1)
		if (strncmp(line, "kdefer: ", strlen("kdefer: ")))
			len += scnprintf(chain + len, KCAPTURE_SIZE - len, "%.*s\n",
					 (int)(end - line), line);
	return chain;
}

bool kcapture_has_line(const char *text, const char *beginning)
{
	const char *line;

	for (line = text; *line; line = strchr(line, '\n') + 1)
		if (!strncmp(line, beginning, strlen(beginning)))
			return true;
	return false;
}

struct kcapture_job {
	int (*fn)(void *data);
	void *data;
	struct completion started;
};

/* A thread that is stopped before it ran does not run at all. */
static int kcapture_main(void *data)
{
	struct kcapture_job *job = data;

	complete(&job->started);
	return job->fn(job->data);
}

const char *kcapture_thread(struct kunit *test, int (*fn)(void *data), void *data,
			    struct kdefer_outcome *out)
{
	struct kcapture_job *job = kunit_kzalloc(test, sizeof(*job), GFP_KERNEL);
	struct task_struct *t;

	KUNIT_ASSERT_NOT_NULL(test, job);
	job->fn = fn;
	job->data = data;
	init_completion(&job->started);
	kcapture_begin(test);
	t = kdefer_kthread_run(kcapture_main, job, "kdefer_capture");
	KUNIT_ASSERT_FALSE(test, IS_ERR(t));
	wait_for_completion(&job->started);
	kdefer_kthread_stop(t, out);
	return kcapture_end(test);
}
