// SPDX-License-Identifier: GPL-2.0-only
/* The smallest program, or plugin, that defers, panics and recovers. */

#include <kdefer/kdefer.h>

KDEFER_DEFINE1(int, half, int, n)
{
	kdefer_recover_result();
	if (n % 2)
		kpanic(-EINVAL);
	return n / 2;
}

int main(void)
{
	return half(8) == 4 && half(7) == -EINVAL ? 0 : 1;
}
