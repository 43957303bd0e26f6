// SPDX-License-Identifier: GPL-2.0-only
/* error: kdefer_on_failure() takes a function and the argument to call it with */
#include <kdefer/kdefer.h>

void nop(void *unused);

KDEFER_DEFINE(int, wrong)
{
	kdefer_on_failure(nop);
	return 0;
}
