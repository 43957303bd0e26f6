// SPDX-License-Identifier: GPL-2.0-only
/* error: missing */
/* clang: 2 errors up to version 14, since to it an expression with an error in it is void */
#include <kdefer/kdefer.h>

KDEFER_DEFINE(int, wrong)
{
	int n = kdefer_check(missing);

	return n;
}
