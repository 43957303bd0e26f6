// SPDX-License-Identifier: GPL-2.0-only
/* What token.cocci must find, and what not; "found" marks the lines. */
#include <kdefer/kdefer.h>

static struct kdefer_panic *last;
static struct kdefer_panic *all[4];

static void keep_globally(void *arg, struct kdefer_panic *p)
{
	last = p; /* found */
}

static void keep_in_object(void *arg, struct kdefer_panic *p)
{
	struct dev *d = arg;

	if (p)
		d->panic = p; /* found */
}

static void keep_behind_pointer(void *arg, struct kdefer_panic *p)
{
	*(struct kdefer_panic **)arg = p; /* found */
	all[1] = p; /* found */
}

static void keep_in_static(void *arg, struct kdefer_panic *p)
{
	static struct kdefer_panic *mine;

	if (!mine)
		mine = p; /* found */
}

static KDEFER_DEFINE_VOID2(keep_deferred, void *, arg, struct kdefer_panic *, p)
{
	kdefer(other, p); /* found */
}

static void right(void *arg, struct kdefer_panic *p)
{
	struct kdefer_panic *same = p;
	struct kdefer_value v;
	struct dev *d = arg;

	same = p;
	if (helper(d, same) && krecover(p, &v))
		d->err = v.err;
}

static KDEFER_DEFINE_VOID2(right_too, void *, arg, struct kdefer_panic *, p)
{
	kdefer(other, arg);
	if (p)
		krecover(p, NULL);
}
