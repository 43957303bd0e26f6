// SPDX-License-Identifier: GPL-2.0-only
/* error: kdefer_on_failure() takes a void (*)(void *), which */
#include <kdefer/kdefer.h>

static int two(int a, int b)
{
	return a + b;
}

static KDEFER_DEFINE1(int, wrong, void *, p)
{
	kdefer_on_failure(two, p);
	return 0;
}
