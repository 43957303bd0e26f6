// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may recover: whoever was given the token, as long as the deferred call that got it lasts.
 */
#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

static struct kdefer_panic *kept;

/* start tokens */
/* Was not given the panic: cannot recover it, whoever calls it. */
static void log_only(const char *who)
{
	pr_info("%s: without the token %s\n", who, krecover(NULL, NULL) ? "yes" : "no");
}

/* Go would refuse this helper; here the caller says that it may. */
static bool recover_for(const char *who, struct kdefer_panic *p)
{
	bool ok = krecover(p, NULL);

	pr_info("%s: with the token %s\n", who, ok ? "yes" : "no");
	return ok;
}

static void cope(void *who, struct kdefer_panic *p)
{
	log_only(who);
	recover_for(who, p);
	recover_for(who, p);
	kept = p;
}

/* end tokens */

static KDEFER_DEFINE_VOID0(fails)
{
	kdefer(cope, "fails()");
	kpanic(-EIO);
}

static void too_late(void *unused, struct kdefer_panic *p)
{
	recover_for("too late", kept);
	recover_for("in time", p);
}

static KDEFER_DEFINE_VOID0(fails_again)
{
	kdefer(too_late, NULL);
	kpanic(-EIO);
}

static int __init tokens_init(void)
{
	fails();
	fails_again();
	return 0;
}

static void __exit tokens_exit(void)
{
}

module_init(tokens_init);
module_exit(tokens_exit);

MODULE_DESCRIPTION("kdefer: tokens");
MODULE_LICENSE("GPL");
