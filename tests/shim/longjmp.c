// SPDX-License-Identifier: GPL-2.0-only
/*
 * longjmp WHERE: leaves a KDEFER function by longjmp(), or by an exception if it is linked with
 * exception.cc, and has it found WHERE: by the next one that is entered above, by a panic of the
 * function that it was left to, at the end of a kdefer_run(), or when the function that it was left
 * to returns. Ends with 0, and does not hang.
 */

#include <kdefer/kdefer.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#ifdef BY_EXCEPTION
void leave(void);
void leave_to_here(int (*fn)(void));
#else
static jmp_buf before;

static void leave(void)
{
	longjmp(before, 1);
}

static noinline void leave_to_here(int (*fn)(void))
{
	if (!setjmp(before))
		fn();
}
#endif

DEFINE_KDEFER(say, const char *, puts(_T))

static void lost(void *unused, struct kdefer_panic *p)
{
	puts("lost");
	krecover(p, NULL);
}

static noinline KDEFER_DEFINE0(int, jumper)
{
	kdefer(lost, NULL);
	leave();
	return 0;
}

static noinline KDEFER_DEFINE0(int, later)
{
	kdefer(say, (void *)"runs");
	kpanic(-EIO);
	return 0;
}

static long enter(void *unused)
{
	leave_to_here(jumper);
	return later();
}

static KDEFER_DEFINE1(long, raise_behind, void *, unused)
{
	kdefer(say, (void *)"runs");
	leave_to_here(jumper);
	kpanic(-EIO);
	return 0;
}

static long end_run(void *unused)
{
	leave_to_here(jumper);
	puts("runs");
	return -EIO;
}

static KDEFER_DEFINE1(long, return_behind, void *, unused)
{
	kdefer(say, (void *)"runs");
	leave_to_here(jumper);
	return -EIO;
}

static const struct {
	const char *where;
	long (*fn)(void *unused);
} ways[] = {
	{ "enter", enter },
	{ "raise", raise_behind },
	{ "run", end_run },
	{ "return", return_behind },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		if (argc > 1 && !strcmp(argv[1], ways[i].where))
			return kdefer_run(ways[i].fn, NULL, NULL) != -EIO;
	return 2;
}
