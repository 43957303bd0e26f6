// SPDX-License-Identifier: GPL-2.0-only
/*
 * longjmp: leaves a KDEFER function by longjmp(), and goes on. Ends with 0, and does not hang.
 */

#include <kdefer/kdefer.h>
#include <setjmp.h>
#include <stdio.h>

static jmp_buf before;

DEFINE_KDEFER(say, const char *, puts(_T))

static noinline KDEFER_DEFINE0(int, jumper)
{
	kdefer(say, (void *)"lost");
	longjmp(before, 1);
	return 0;
}

static noinline KDEFER_DEFINE0(int, later)
{
	kdefer(say, (void *)"runs");
	kpanic(-EIO);
	return 0;
}

static long run(void *unused)
{
	if (!setjmp(before))
		jumper();
	return later();
}

int main(void)
{
	return kdefer_run(run, NULL, NULL) != -EIO;
}
