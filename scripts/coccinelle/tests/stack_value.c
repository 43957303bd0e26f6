// SPDX-License-Identifier: GPL-2.0-only
/* What stack_value.cocci must find, and what not; "found" marks the lines. */
#include <linux/slab.h>
#include <kdefer/kdefer.h>

static struct failure global;

static void raise_local(int err)
{
	struct failure f = { .err = err };

	if (err)
		kpanic_ptr(&f, &failure_type); /* found */
}

static KDEFER_DEFINE1(int, raise_member, int, err)
{
	struct pair p;

	p.second.err = err;
	kpanic_ptr(&p.second, &failure_type); /* found */
	return 0;
}

static void raise_array(const char *why)
{
	char text[64];

	strscpy(text, why, sizeof(text));
	kpanic_ptr(text, &text_type); /* found */
}

static void raise_argument(struct failure f)
{
	kpanic_ptr(&f, &failure_type); /* found */
}

static void right(int err, struct failure *given)
{
	static struct failure once;
	static struct failure twice = { .err = 2 };
	static char text[64];
	struct failure *f;

	if (err == 1)
		kpanic_ptr(&global, &failure_type);
	if (err == 2)
		kpanic_ptr(given, &failure_type);
	if (err == 3)
		kpanic_ptr(&given->inner, &failure_type);
	if (err == 4)
		kpanic_ptr(&once, &failure_type);
	if (err == 5)
		kpanic_ptr(&twice.inner, &failure_type);
	if (err == 6)
		kpanic_ptr(text, &text_type);
	f = kmalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		kpanic(-ENOMEM);
	f->err = err;
	kpanic_ptr(f, &failure_type);
}
