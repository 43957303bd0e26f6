// SPDX-License-Identifier: GPL-2.0-only
/* What local.cocci must find, and what not; "found" marks the lines. */
#include <linux/slab.h>
#include <kdefer/kdefer.h>

static struct state global;

static KDEFER_DEFINE1(int, result_in_a_variable, int, bad)
{
	int ret = 0;

	kdefer(cope, &ret); /* found */
	if (bad)
		kpanic(-EIO);
	return ret;
}

static KDEFER_DEFINE(int, counted, int, bad)
{
	int ret = 0;

	kdefer(cope, &ret); /* found */
	return ret;
}

static KDEFER_DEFINE1(int, parameter, int, n)
{
	kdefer(inc, &n); /* found */
	return n;
}

static KDEFER_DEFINE0(int, member)
{
	struct state s;

	kdefer(clean, &s.inner); /* found */
	return 0;
}

static KDEFER_DEFINE_VOID0(array)
{
	char text[64];

	kdefer(print, text); /* found */
	kdefer(print, &text[3]); /* found */
}

static KDEFER_DEFINE_VOID1(in_a_block, int, n)
{
	while (n--) {
		struct state s;

		kdefer(clean, &s); /* found */
	}
}

static KDEFER_DEFINE_VOID0(cast)
{
	struct state s;

	kdefer(clean, (void *)&s); /* found */
}

static KDEFER_DEFINE2(int, on_failure, int, n, void *, p)
{
	struct state s;
	char text[64];

	kdefer_on_failure(clean, &s); /* found */
	kdefer_on_failure(print, text); /* found */
	kdefer_on_failure(kfree, p);
	kdefer_call(swap_them, p, &s); /* found */
	kdefer_call(swap_them, p, n);
	return n;
}

static KDEFER_DEFINE3(int, right, struct state *, s, int *, n, long, number)
{
	static struct state once;
	static char text[64];
	struct state *mine = kmalloc(sizeof(*mine), GFP_KERNEL);

	kdefer(kfree, mine);
	kdefer(cope, &kdefer_result);
	kdefer(clean, &global);
	kdefer(clean, &once);
	kdefer(clean, &once.inner);
	kdefer(print, text);
	kdefer(clean, s);
	kdefer(clean, &s->inner);
	kdefer(inc, &s->table[3]);
	kdefer(inc, n);
	kdefer(inc, &n[1]);
	kdefer(show, (void *)number);
	return 0;
}
