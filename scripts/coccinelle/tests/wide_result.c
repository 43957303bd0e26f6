// SPDX-License-Identifier: GPL-2.0-only
/* What wide_result.cocci must find, and what not; "found" marks the lines. */
#include <kdefer/kdefer.h>

static void to_int(void *result, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		*(int *)result = v.err;
}

static void to_long(void *result, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		*(long *)result = v.err;
}

static void count(void *result, struct kdefer_panic *p)
{
	if (p)
		counted++;
}

static KDEFER_DEFINE4(ssize_t, write, struct file *, f, const char __user *, b, size_t, n,
		      loff_t *, o)
{
	kdefer(to_int, &kdefer_result); /* found */
	return n;
}

static KDEFER_DEFINE1(long, in_a_block, int, n)
{
	if (n) {
		kdefer(to_int, &kdefer_result); /* found */
	}
	return n;
}

static KDEFER_DEFINE(struct device *, pointer, int, n)
{
	kdefer(to_int, &kdefer_result); /* found */
	return NULL;
}

static KDEFER_DEFINE0(int, fits)
{
	kdefer(to_int, &kdefer_result);
	return 0;
}

static KDEFER_DEFINE0(irqreturn_t, of_another_name)
{
	kdefer(to_int, &kdefer_result);
	return 0;
}

static KDEFER_DEFINE0(long, stores_a_long)
{
	kdefer(to_long, &kdefer_result);
	return 0;
}

static KDEFER_DEFINE0(long, stores_nothing)
{
	kdefer(count, &kdefer_result);
	return 0;
}

static KDEFER_DEFINE1(long, elsewhere, int *, at)
{
	kdefer(to_int, at);
	return 0;
}
