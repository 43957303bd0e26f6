// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is said of functions that a panic skips and that do not use kdefer: once, and not where
 * somebody has said that they hold nothing. And that a skipped wait leaves its queue.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/wait.h>
#include <kdefer/kdefer.h>

#ifdef __KERNEL__
#include <linux/sort.h>
#define sort_numbers(numbers, compare)	\
	sort(numbers, ARRAY_SIZE(numbers), sizeof((numbers)[0]), compare, NULL)
#else
#include <search.h>
/* Sanitizers have a qsort() of their own, part of the program, which compares before it sorts. */
#define sort_numbers(numbers, compare)							\
({											\
	size_t __nr = ARRAY_SIZE(numbers);						\
											\
	lfind(numbers, numbers, &__nr, sizeof((numbers)[0]), compare);			\
})
#endif

/* A program that was linked statically has the C library in it, all of which uses kdefer then. */
#ifdef __KERNEL__
#define has_others()	true
#else
#include <sys/auxv.h>
#define has_others()	(getauxval(AT_BASE) != 0)
#endif

#include "kunit-capture.h"

static const char skipped[] = ": a panic skipped ";

static void recover(void *arg, struct kdefer_panic *p)
{
	krecover(p, NULL);
}

static int cannot_compare(const void *a, const void *b)
{
	kpanic(-EINVAL);
	return 0;
}

static unsigned int times(const char *text, const char *word)
{
	unsigned int n = 0;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		n++;
	}
	return n;
}

static KDEFER_DEFINE_VOID0(sort_and_panic)
{
	int numbers[] = { 3, 1, 2 };

	kdefer(recover, NULL);
	sort_numbers(numbers, cannot_compare);
}

static void is_said_once(struct kunit *test)
{
	const char *text;

	if (!has_others())
		kunit_skip(test, "the C library is part of the program");
	kcapture_begin(test);
	sort_and_panic();
	text = kcapture_end(test);
	/* The kernel's function may call on, in a frame of its own. */
	KUNIT_EXPECT_GE(test, times(text, skipped), 1u);
	KUNIT_EXPECT_EQ(test, times(text, "; the thread goes on in "), times(text, skipped));
	kcapture_begin(test);
	sort_and_panic();
	KUNIT_EXPECT_STREQ(test, kcapture_end(test), "");
}

static KDEFER_DEFINE_VOID0(sort_harmlessly)
{
	int numbers[] = { 3, 1, 2 };

	KDEFER_MAY_SKIP("sort");
	KDEFER_MAY_SKIP("sort_r");
	KDEFER_MAY_SKIP("__sort_r");
	KDEFER_MAY_SKIP("do_cmp");
	KDEFER_MAY_SKIP("lfind");
	kdefer(recover, NULL);
	sort_numbers(numbers, cannot_compare);
}

static void may_be_skipped(struct kunit *test)
{
	kcapture_begin(test);
	sort_harmlessly();
	KUNIT_EXPECT_STREQ(test, kcapture_end(test), "");
}

/* Set. A compiler that knows of a function that it never returns leaves out its frame. */
static bool armed = true;

static noinline void plain(int depth)
{
	if (depth)
		plain(depth - 1);
	else if (READ_ONCE(armed))
		kpanic(-EIO);
	barrier();
}

static KDEFER_DEFINE_VOID0(skip_plain_functions)
{
	kdefer(recover, NULL);
	plain(10);
}

static void ones_own_are_not_named(struct kunit *test)
{
	kcapture_begin(test);
	skip_plain_functions();
	KUNIT_EXPECT_STREQ(test, kcapture_end(test), "");
}

static int compares(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Return addresses of others, on a part of the stack that is free again. */
static noinline void leave_addresses(void)
{
	int numbers[] = { 3, 1, 2 };
	int *used = numbers;

	sort_numbers(numbers, compares);
	OPTIMIZER_HIDE_VAR(used);
}

/* Has them in memory of its own, which it does not use. */
static noinline void plain_with_room(void)
{
	char room[512];
	char *unused = room;

	OPTIMIZER_HIDE_VAR(unused);
	if (READ_ONCE(armed))
		kpanic(-EIO);
	OPTIMIZER_HIDE_VAR(unused);
}

static KDEFER_DEFINE_VOID0(skip_what_is_left)
{
	kdefer(recover, NULL);
	leave_addresses();
	plain_with_room();
}

static KDEFER_DEFINE_VOID0(sort_and_panic_as_well)
{
	int numbers[] = { 3, 1, 2 };

	kdefer(recover, NULL);
	sort_numbers(numbers, cannot_compare);
}

/* It is known, after the first time, that there was nothing in spite of the addresses. */
static void what_is_left_hides_nothing(struct kunit *test)
{
	int i;

	if (!has_others())
		kunit_skip(test, "the C library is part of the program");
	kcapture_begin(test);
	for (i = 0; i < 3; i++)
		skip_what_is_left();
	KUNIT_EXPECT_STREQ(test, kcapture_end(test), "");
	kcapture_begin(test);
	sort_and_panic_as_well();
	KUNIT_EXPECT_GE(test, times(kcapture_end(test), skipped), 1u);
}

static DECLARE_WAIT_QUEUE_HEAD(queue);

static bool fails(void)
{
	kpanic(-EIO);
	return true;
}

static KDEFER_DEFINE_VOID0(wait_and_panic)
{
	DEFINE_WAIT(wait);

	kdefer(recover, NULL);
	prepare_to_wait(&queue, &wait, TASK_INTERRUPTIBLE);
	if (fails())
		finish_wait(&queue, &wait);
}

static void a_wait_leaves_its_queue(struct kunit *test)
{
	const char *text;

	kcapture_begin(test);
	wait_and_panic();
	text = kcapture_end(test);
	KUNIT_EXPECT_TRUE(test, list_empty(&queue.head));
	KUNIT_EXPECT_EQ(test, times(text, " skipped a wait in wait_and_panic(), "), 1u);
	wait_and_panic();
	KUNIT_EXPECT_TRUE(test, list_empty(&queue.head));
	__set_current_state(TASK_RUNNING);
	wake_up(&queue);
}

static struct kunit_case skipped_kunit_cases[] = {
	KUNIT_CASE(is_said_once),
	/* Before somebody says that it may be skipped. */
	KUNIT_CASE(what_is_left_hides_nothing),
	KUNIT_CASE(may_be_skipped),
	KUNIT_CASE(ones_own_are_not_named),
	KUNIT_CASE(a_wait_leaves_its_queue),
	{}
};

static struct kunit_suite skipped_kunit_suite = {
	.name = "kdefer_skipped",
	.test_cases = skipped_kunit_cases,
};

kunit_test_suites(&skipped_kunit_suite);
