// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device: sessions, which make requests of what is written.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "kv.h"

#define KV_ANSWERS_SIZE	65536

struct kv_live kv_live;

/* An open file. */
struct kv_session {
	struct mutex lock;		/* guards all, and keeps the requests in order */
	size_t len;			/* of the line that is arriving */
	bool overlong;			/* it is too long; what came of it is dropped */
	char line[KV_LINE_MAX + 1];	/* with its newline */
	loff_t taken;			/* how much of the answers has been read */
	size_t answers_len;
	char answers[KV_ANSWERS_SIZE];
};

static struct kv_request *kv_request_alloc(const struct kv_session *s, size_t len)
{
	struct kv_request *rq = kzalloc(sizeof(*rq), GFP_KERNEL);

	if (!rq)
		return NULL;
	INIT_LIST_HEAD(&rq->link);
	init_completion(&rq->done);
	rq->line = s->line;
	rq->len = len;
	rq->overlong = s->overlong;
	atomic_inc(&kv_live.requests);
	return rq;
}

DEFINE_KDEFER(kv_request_free, struct kv_request *,
	      atomic_dec(&kv_live.requests);
	      kfree(_T))
DEFINE_KDEFER(kv_session_unlock, struct kv_session *, mutex_unlock(&_T->lock))

/* Moves what was not read yet to the front. */
static bool kv_session_has_room(struct kv_session *s)
{
	s->answers_len -= s->taken;
	memmove(s->answers, s->answers + s->taken, s->answers_len);
	s->taken = 0;
	return sizeof(s->answers) - s->answers_len >= KV_ANSWER_MAX;
}

static void kv_session_keep_answer(struct kv_session *s, const struct kv_request *rq)
{
	memcpy(s->answers + s->answers_len, rq->answer, rq->answer_len);
	s->answers_len += rq->answer_len;
	s->answers[s->answers_len++] = '\n';
}

/* Has the line of @len bytes answered. */
static KDEFER_DEFINE(int, kv_session_ask, struct kv_session *, s, size_t, len)
{
	struct kv_request *rq;
	int err;

	if (!kv_session_has_room(s))
		return -ENOBUFS;
	rq = kv_request_alloc(s, len);
	if (!rq)
		return -ENOMEM;
	kdefer(kv_request_free, rq);
	err = kv_server_ask(rq);
	if (!err)
		kv_session_keep_answer(s, rq);
	return err;
}

static void kv_session_keep_part(struct kv_session *s, size_t n)
{
	s->len += n;
	if (s->len < sizeof(s->line))
		return;
	s->overlong = true;
	s->len = 0;
}

/*
 * Takes the bytes of @buf up to the end of a line. Until the line has been answered, the session is
 * as before: what was not taken can be written again.
 */
static ssize_t kv_session_take(struct kv_session *s, const char __user *buf, size_t count)
{
	char *begin = s->line + s->len;
	size_t n = min(count, sizeof(s->line) - s->len);
	char *end;
	int err;

	if (copy_from_user(begin, buf, n))
		return -EFAULT;
	end = memchr(begin, '\n', n);
	if (!end) {
		kv_session_keep_part(s, n);
		return n;
	}
	err = kv_session_ask(s, end - s->line);
	if (err)
		return err;
	s->len = 0;
	s->overlong = false;
	return end - begin + 1;
}

/* In a system call as in the server: a fault is to end alone, here as an errno of the caller's. */
static KDEFER_DEFINE(ssize_t, kv_write, struct file *, file, const char __user *, buf,
		     size_t, count, loff_t *, pos)
{
	struct kv_session *s = file->private_data;
	size_t done = 0;
	ssize_t n = 0;

	kdefer_recover_result();
	kdefer_set_panic_on_fault(true);
	if (mutex_lock_interruptible(&s->lock))
		return -ERESTARTSYS;
	kdefer(kv_session_unlock, s);
	while (done < count) {
		n = kv_session_take(s, buf + done, count - done);
		if (n < 0)
			break;
		done += n;
	}
	return done ? (ssize_t)done : n;
}

static KDEFER_DEFINE(ssize_t, kv_read, struct file *, file, char __user *, buf, size_t, count,
		     loff_t *, pos)
{
	struct kv_session *s = file->private_data;

	kdefer_recover_result();
	kdefer_set_panic_on_fault(true);
	if (mutex_lock_interruptible(&s->lock))
		return -ERESTARTSYS;
	kdefer(kv_session_unlock, s);
	return simple_read_from_buffer(buf, count, &s->taken, s->answers, s->answers_len);
}

static int kv_open(struct inode *inode, struct file *file)
{
	struct kv_session *s = kvzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	mutex_init(&s->lock);
	file->private_data = s;
	return stream_open(inode, file);
}

static int kv_release(struct inode *inode, struct file *file)
{
	struct kv_session *s = file->private_data;

	mutex_destroy(&s->lock);
	kvfree(s);
	return 0;
}

static const struct file_operations kv_fops = {
	.owner = THIS_MODULE,
	.open = kv_open,
	.release = kv_release,
	.read = kv_read,
	.write = kv_write,
};

static struct miscdevice kv_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME,
	.fops = &kv_fops,
	.mode = 0600,
};

/* What is alive besides @mine requests. */
int kv_format_counts(char *buf, size_t size, int mine)
{
	return scnprintf(buf, size, "entries %u requests %d buffers %d locks %d",
			 kv_store_count(), atomic_read(&kv_live.requests) - mine,
			 atomic_read(&kv_live.buffers), atomic_read(&kv_live.locks));
}

static int kv_counts_get(char *buf, const struct kernel_param *kp)
{
	int len = kv_format_counts(buf, PAGE_SIZE - 1, 0);

	return len + scnprintf(buf + len, PAGE_SIZE - len, "\n");
}

static const struct kernel_param_ops kv_counts_ops = {
	.get = kv_counts_get,
};

module_param_cb(counts, &kv_counts_ops, NULL, 0444);
MODULE_PARM_DESC(counts, "entries, request buffers, parser buffers and locks that are alive");

static void kv_report_counts(void)
{
	char text[80];

	kv_format_counts(text, sizeof(text), 0);
	pr_info("left: %s\n", text);
	WARN_ON(atomic_read(&kv_live.requests) || atomic_read(&kv_live.buffers) ||
		atomic_read(&kv_live.locks));
}

static int __init kv_init(void)
{
	int err = kv_server_start();

	if (err)
		return err;
	err = misc_register(&kv_device);
	if (err)
		kv_server_stop();
	return err;
}

static void __exit kv_exit(void)
{
	misc_deregister(&kv_device);
	kv_server_stop();
	kv_store_clear();
	kv_report_counts();
}

module_init(kv_init);
module_exit(kv_exit);

MODULE_DESCRIPTION("kdefer sample: a key-value device whose requests panic and recover");
MODULE_LICENSE("GPL");
