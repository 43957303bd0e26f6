// SPDX-License-Identifier: GPL-2.0-only
/* error: the result cannot hold an errno; it has to be int, long, long long or a pointer */
#include <kdefer/kdefer.h>

static KDEFER_DEFINE1(unsigned int, wrong, int, n)
{
	kdefer_recover_result();
	return n;
}
