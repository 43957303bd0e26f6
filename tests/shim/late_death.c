// SPDX-License-Identifier: GPL-2.0-only
/* As death, but a KUnit suite is registered as well: before it runs, signals are nobody's. */

#include <kunit/test.h>
#include <linux/module.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void passes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1, 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(passes),
	{}
};

static struct kunit_suite suite = {
	.name = "late_death",
	.test_cases = cases,
};

kunit_test_suite(suite);

static int __init die(void)
{
	const char *how = getenv("DEATH");

	if (!strcmp(how, "abort"))
		abort();
	if (!strcmp(how, "fault"))
		raise(SIGSEGV);
	return 0;
}

module_init(die);
