// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

static struct task_struct *worker;
static int table[] = { 10, 20, 30 };

DEFINE_KDEFER(free_copy, void *, kfree(_T))

/* The bug: for a request that is not in the table this is NULL. */
static int *look_up(int request)
{
	return request < ARRAY_SIZE(table) ? &table[request] : NULL;
}

static KDEFER_DEFINE1(int, serve, int, request)
{
	int *copy;

	kdefer_recover_result();
	copy = kmalloc(sizeof(*copy), GFP_KERNEL);
	if (!copy)
		kpanic(-ENOMEM);
	kdefer(free_copy, copy);
	*copy = *look_up(request);
	return *copy;
}

static int work(void *data)
{
	int request;

	kdefer_set_panic_on_fault(true);
	for (request = 1; request <= 4; request++)
		pr_info("mydriver: request %d: %d\n", request, serve(request));
	return 0;
}

static int __init mydriver_init(void)
{
	worker = kdefer_kthread_run(work, NULL, "mydriver");
	return PTR_ERR_OR_ZERO(worker);
}

static void __exit mydriver_exit(void)
{
	kdefer_kthread_stop(worker, NULL);
}

module_init(mydriver_init);
module_exit(mydriver_exit);

MODULE_DESCRIPTION("The driver of kdefer's tutorial");
MODULE_LICENSE("GPL");
