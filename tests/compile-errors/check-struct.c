// SPDX-License-Identifier: GPL-2.0-only
/* error: kdefer_check() takes a number with a sign, or a pointer */
#include <kdefer/kdefer.h>

struct pair {
	int a, b;
};

static KDEFER_DEFINE1(int, wrong, struct pair, pair)
{
	kdefer_check(pair);
	return 0;
}
