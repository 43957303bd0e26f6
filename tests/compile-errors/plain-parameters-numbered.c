// SPDX-License-Identifier: GPL-2.0-only
/* error: pairs of type and name, with commas between all of them */
#include <kdefer/kdefer.h>

struct dev {
	int n;
};

static void nop(void *unused)
{
}

static KDEFER_DEFINE4(struct dev *, wrong, struct dev *d, int n, pid_t m, size_t k)
{
	kdefer(nop, d + n + m + k);
	return d;
}
