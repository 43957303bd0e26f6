// SPDX-License-Identifier: GPL-2.0-only
/* What a program may use next to the kernel's headers, in each dialect of C. */

#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>
#include <kdefer/kdefer.h>
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/module.h>
#include <linux/signal.h>
#include <linux/time.h>

#if BITS_PER_LONG != 64 && BITS_PER_LONG != 32
#error "BITS_PER_LONG is no number for the preprocessor"
#endif

static bool flag;
module_param(flag, bool, 0444);

static KDEFER_DEFINE1(int, add, int, n)
{
	atomic_t sum = ATOMIC_INIT(1);
	_Atomic int other = 0;

	atomic_fetch_add(n, &sum);
	atomic_store(&other, atomic_read(&sum));
	return atomic_load(&other) + flag;
}

int main(void)
{
	struct timespec t = { .tv_nsec = NSEC_PER_MSEC };

	return add(2) != 3 || t.tv_nsec != 1000000L || SIGKILL != 9;
}
