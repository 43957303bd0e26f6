// SPDX-License-Identifier: GPL-2.0-only
/* error: the result cannot hold an errno; it has to be int, long, long long or a pointer */
#include <kdefer/kdefer.h>

struct pair {
	int a, b;
};

static KDEFER_DEFINE1(struct pair, wrong, int, n)
{
	struct pair pair = { n, n };

	kdefer_recover_result();
	return pair;
}
