// SPDX-License-Identifier: GPL-2.0-only
/* error: pairs of type and name, with commas between all of them */
/* gcc: 3 errors, since it says twice, of declaration and definition, that n is no type */
#include <kdefer/kdefer.h>

#ifdef __clang__
/* Up to version 15 it warns, where it says that later. */
#pragma clang diagnostic ignored "-Wimplicit-int"
#endif

KDEFER_DEFINE(int, wrong, int, n, int m)
{
	return n + m;
}
