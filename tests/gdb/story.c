// SPDX-License-Identifier: GPL-2.0-only
/*
 * A goexit whose deferred calls panic three times, one after the other, with two guards in between.
 * Stops twice, for a debugger to look.
 */
#include <linux/mutex.h>
#include <kdefer/kdefer.h>

static DEFINE_MUTEX(inner_lock);
static DEFINE_MUTEX(outer_lock);
static int device;

noinline void stop_here(void)
{
	barrier();
}

static void first(void *dev)
{
	kpanicf("one");
}

static void second(void *dev)
{
	stop_here();
	kpanicf("two");
}

static void third(void *dev)
{
	kpanic(-EIO);
}

static void last(void *dev)
{
	stop_here();
}

static void recover(void *unused, struct kdefer_panic *p)
{
	krecover(p, NULL);
}

static KDEFER_DEFINE0(int, middle)
{
	kdefer_guard(mutex)(&outer_lock);
	kdefer(third, &device);
	kdefer(second, &device);
	kdefer_guard(mutex)(&inner_lock);
	kdefer(first, &device);
	kgoexit(7);
	return 0;
}

static KDEFER_DEFINE0(int, outer)
{
	kdefer(recover, NULL);
	kdefer(last, &device);
	return middle();
}

static long story(void *unused)
{
	return outer();
}

int main(void)
{
	return kdefer_run(story, NULL, NULL) != 7;
}
