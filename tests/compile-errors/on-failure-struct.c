// SPDX-License-Identifier: GPL-2.0-only
/* error: kdefer_on_failure(): the result cannot hold an errno */
#include <linux/slab.h>
#include <kdefer/kdefer.h>

struct pair {
	int a, b;
};

static KDEFER_DEFINE1(struct pair, wrong, void *, p)
{
	kdefer_on_failure(kfree, p);
	return (struct pair){ };
}
