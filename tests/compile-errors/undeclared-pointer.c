// SPDX-License-Identifier: GPL-2.0-only
/* error: missing_t */
/* gcc: 9 errors, since it takes "missing_t *" for a product in typeof(), and so has no such field */
/* clang: 2 errors, since it takes "missing_t *" for a product in typeof() */
#include <kdefer/kdefer.h>

KDEFER_DEFINE(int, wrong, missing_t *, p)
{
	return 0;
}
