// SPDX-License-Identifier: GPL-2.0-only
/*
 * Three ways to end a thread. To return and to call kgoexit() end it after its deferred calls. The
 * kernel's own kthread_complete_and_exit() ends it at once, as Go's os.Exit ends a process: kdefer
 * says so, and whoever waits is told that the thread has died.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

DEFINE_KDEFER(say, const char *, pr_info("%s\n", _T))

static KDEFER_DEFINE1(long, returns, void *, unused)
{
	kdefer(say, "deferred, runs");
	return 1;
}

static KDEFER_DEFINE1(long, calls_kgoexit, void *, unused)
{
	kdefer(say, "deferred, runs as well");
	kgoexit(2);
}

static KDEFER_DEFINE1(long, calls_kthread_exit, void *, unused)
{
	kdefer(say, "deferred, and never runs");
	kthread_complete_and_exit(NULL, 3);
	return 0;
}

static void end(const char *what, long (*fn)(void *unused))
{
	static const char * const how[] = { "returned", "called kgoexit()", "was killed" };
	struct kdefer_outcome out;
	struct kdefer_group g;

	kdefer_group_init(&g);
	if (kdefer_group_go(&g, fn, NULL))
		return;
	kdefer_group_wait(&g, &out);
	pr_info("%s: the thread %s, %ld\n", what, how[out.how], out.result);
}

static int __init three_ends_init(void)
{
	end("return", returns);
	end("kgoexit", calls_kgoexit);
	end("kthread_exit", calls_kthread_exit);
	return 0;
}

static void __exit three_ends_exit(void)
{
}

module_init(three_ends_init);
module_exit(three_ends_exit);

MODULE_DESCRIPTION("kdefer concept: three ends of a thread");
MODULE_LICENSE("GPL");
