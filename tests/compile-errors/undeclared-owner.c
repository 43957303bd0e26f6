// SPDX-License-Identifier: GPL-2.0-only
/* error: missing */
/* gcc: 2 errors, since one name stands in an attribute and in an expression */
/* clang: 2 errors, since it names each use of what is not declared */
#include <kdefer/kdefer.h>

KDEFER_DEFINE(int, wrong)
{
	kdefer_owned(missing, void *, p) = NULL;
	return p != NULL;
}
