// SPDX-License-Identifier: GPL-2.0-only
/* error: outside of a KDEFER function */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

static DEFINE_MUTEX(lock);

static void wrong(void)
{
	kdefer_guard(mutex)(&lock);
}
