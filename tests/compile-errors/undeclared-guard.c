// SPDX-License-Identifier: GPL-2.0-only
/* error: missing */
/* gcc: 4 errors, since a class is four names, and it names each that is not declared */
/* clang: 5 errors, since a class is four names, and it names each use that is not declared */
#include <linux/mutex.h>
#include <kdefer/kdefer.h>

extern struct mutex lock;

KDEFER_DEFINE(int, wrong)
{
	kdefer_guard(missing)(&lock);
	return 0;
}
