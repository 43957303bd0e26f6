// SPDX-License-Identifier: GPL-2.0-only
/*
 * That ioctl() and poll() of a device are in user space as in the kernel: the same cases in both.
 */

#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/kthread.h>
#include <linux/miscdevice.h>
#include <linux/poll.h>
#include <linux/wait.h>

#define PUT	_IOW('k', 1, int)
#define GET	_IOR('k', 2, int)

/* One number at a time. */
static struct {
	wait_queue_head_t queue;
	int number;
	int open;
} box;

static int box_open(struct inode *inode, struct file *file)
{
	if (box.open)
		return -EBUSY;
	box.open = 1;
	return 0;
}

static int box_release(struct inode *inode, struct file *file)
{
	box.open = 0;
	return 0;
}

static long box_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case PUT:
		WRITE_ONCE(box.number, arg);
		wake_up(&box.queue);
		return 0;
	case GET:
		return box.number;
	}
	return -ENOTTY;
}

static __poll_t box_poll(struct file *file, poll_table *table)
{
	poll_wait(file, &box.queue, table);
	return READ_ONCE(box.number) ? EPOLLIN | EPOLLRDNORM : EPOLLOUT;
}

static const struct file_operations box_fops = {
	.open = box_open,
	.release = box_release,
	.unlocked_ioctl = box_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = box_poll,
};

static struct miscdevice box_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kdefer_box",
	.fops = &box_fops,
};

/* The file, or NULL where the kernel has no /dev. */
static struct file *box_begin(struct kunit *test)
{
	struct file *file = ERR_PTR(-ENOENT);
	int turns;

	init_waitqueue_head(&box.queue);
	box.number = 0;
	KUNIT_ASSERT_EQ(test, misc_register(&box_device), 0);
	/* Another thread makes what is in /dev. */
	for (turns = 0; IS_ERR(file) && turns < 100; turns++) {
		file = filp_open("/dev/kdefer_box", O_RDWR, 0);
		if (IS_ERR(file))
			msleep(10);
	}
	if (!IS_ERR(file))
		return file;
	misc_deregister(&box_device);
	KUNIT_EXPECT_EQ(test, PTR_ERR(file), (long)-ENOENT);
	return NULL;
}

static void box_end(struct kunit *test, struct file *file)
{
	KUNIT_EXPECT_EQ(test, filp_close(file, NULL), 0);
	misc_deregister(&box_device);
}

static void file_ioctl(struct kunit *test)
{
	struct file *file = box_begin(test);

	if (!file)
		kunit_skip(test, "there is no /dev");
	KUNIT_EXPECT_EQ(test, PTR_ERR(filp_open("/dev/kdefer_box", O_RDWR, 0)), (long)-EBUSY);
	KUNIT_EXPECT_EQ(test, file->f_op->unlocked_ioctl(file, PUT, 5), 0L);
	KUNIT_EXPECT_EQ(test, file->f_op->unlocked_ioctl(file, GET, 0), 5L);
	KUNIT_EXPECT_EQ(test, file->f_op->unlocked_ioctl(file, _IO('k', 3), 0), (long)-ENOTTY);
	KUNIT_EXPECT_EQ(test, _IOC_NR(GET), 2U);
	box_end(test, file);
	KUNIT_EXPECT_EQ(test, box.open, 0);
}

struct waiting {
	poll_table table;
	wait_queue_entry_t entry;
	wait_queue_head_t *queue;
};

static void wait_in(struct file *file, wait_queue_head_t *queue, poll_table *table)
{
	struct waiting *w = container_of(table, struct waiting, table);

	w->queue = queue;
	init_waitqueue_entry(&w->entry, current);
	add_wait_queue(queue, &w->entry);
}

static int put_later(void *file)
{
	msleep(20);
	return box_ioctl(file, PUT, 9);
}

/* As poll() of the C library does it: look, and be woken when it is time to look again. */
static void file_poll(struct kunit *test)
{
	struct file *file = box_begin(test);
	struct task_struct *t;
	struct waiting w = { };

	if (!file)
		kunit_skip(test, "there is no /dev");
	KUNIT_EXPECT_TRUE(test, file_can_poll(file));
	init_poll_funcptr(&w.table, wait_in);
	KUNIT_EXPECT_EQ(test, (__force unsigned int)vfs_poll(file, &w.table),
			(__force unsigned int)EPOLLOUT);
	KUNIT_ASSERT_PTR_EQ(test, w.queue, &box.queue);
	t = kthread_run(put_later, file, "put");
	KUNIT_EXPECT_FALSE(test, IS_ERR(t));
	set_current_state(TASK_UNINTERRUPTIBLE);
	while (!(vfs_poll(file, NULL) & EPOLLIN)) {
		if (!schedule_timeout(5 * HZ))
			break;
		set_current_state(TASK_UNINTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	remove_wait_queue(w.queue, &w.entry);
	KUNIT_EXPECT_TRUE(test, vfs_poll(file, NULL) & EPOLLIN);
	box_end(test, file);
}

static struct kunit_case linux_file_cases[] = {
	KUNIT_CASE(file_ioctl),
	KUNIT_CASE(file_poll),
	{ }
};

static struct kunit_suite linux_file_suite = {
	.name = "linux_file",
	.test_cases = linux_file_cases,
};

kunit_test_suite(linux_file_suite);

MODULE_LICENSE("GPL");
