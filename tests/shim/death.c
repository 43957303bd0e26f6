// SPDX-License-Identifier: GPL-2.0-only
/*
 * death throw|abort|fault|panic|mutex: ends as its argument says; nobody may turn that into an exit
 * status.
 */

#include <kdefer/kdefer.h>
#include <stdlib.h>
#include <string.h>
#include <linux/mutex.h>
#include <linux/panic.h>

static KDEFER_DEFINE0(int, nobody_recovers)
{
	kpanic(-EIO);
	return 0;
}

static DEFINE_MUTEX(left_locked);

static void cope(void *unused, struct kdefer_panic *p)
{
	krecover(p, NULL);
}

static noinline void lock_and_panic(void)
{
	mutex_lock(&left_locked);
	kpanic(-EIO);
}

/* The recovery would skip the function that has to unlock. */
static KDEFER_DEFINE0(int, recovers)
{
	kdefer(cope, NULL);
	lock_and_panic();
	return 0;
}

static void fault(void)
{
	int * volatile null = NULL;

	*null = 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "throw"))
		return nobody_recovers();
	if (argc == 2 && !strcmp(argv[1], "abort"))
		abort();
	if (argc == 2 && !strcmp(argv[1], "fault"))
		fault();
	if (argc == 2 && !strcmp(argv[1], "mutex"))
		return recovers();
	if (argc == 2 && !strcmp(argv[1], "panic"))
		panic("as asked for\n");
	return 2;
}
