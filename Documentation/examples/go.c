// SPDX-License-Identifier: GPL-2.0-only
/*
 * The go statement, a group and a once.
 */
#include <linux/completion.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

/* start go */
struct letter {
	const char *text;
	struct completion sent;
};

DEFINE_KDEFER(tell, struct letter *, complete(&_T->sent))

static KDEFER_DEFINE_VOID1(send, void *, arg)
{
	struct letter *l = arg;

	kdefer(tell, l);
	if (!*l->text)
		kgoexit(0);
	pr_info("sent: %s\n", l->text);
}

static int post(struct letter *l)
{
	int err;

	init_completion(&l->sent);
	err = kdefer_go(send, l);
	if (!err)
		wait_for_completion(&l->sent);
	return err;
}

/* end go */

/* start group */
static long probe_port(void *port)
{
	if ((long)port == 2)
		return -ENODEV;
	return 0;
}

static long probe_ports(void)
{
	struct kdefer_group g;
	long i, first, err = 0;

	kdefer_group_init(&g);
	kdefer_group_limit(&g, 2);
	for (i = 0; !err && i < 4 && !kdefer_group_cancelled(&g); i++)
		err = kdefer_group_go(&g, probe_port, (void *)i);
	/* Those that were started are waited for in any case. */
	first = kdefer_group_wait(&g, NULL);
	return err ?: first;
}

/* end group */

/* start once */
static struct kdefer_once table = KDEFER_ONCE_INIT;

static long build_table(void *size)
{
	pr_info("building the table\n");
	return (long)size;
}

static long table_size(void)
{
	return kdefer_once(&table, build_table, (void *)64L);
}

/* end once */

static int __init go_init(void)
{
	struct letter full = { .text = "hello" }, empty = { .text = "" };

	if (post(&full) || post(&empty))
		return -EAGAIN;
	pr_info("ports: %ld\n", probe_ports());
	pr_info("table: %ld, %ld\n", table_size(), table_size());
	return 0;
}

static void __exit go_exit(void)
{
	kdefer_go_wait();
}

module_init(go_init);
module_exit(go_exit);

MODULE_DESCRIPTION("kdefer: the go statement, a group and a once");
MODULE_LICENSE("GPL");
