/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_KUNIT_TEST_BUG_H
#define _KSHIM_KUNIT_TEST_BUG_H

#include <kunit/test.h>

static inline struct kunit *kunit_get_current_test(void)
{
	return current->kunit_test;
}

#define kunit_fail_current_test(fmt, ...) \
do { \
	if (current->kunit_test) \
		KUNIT_FAIL(current->kunit_test, fmt, ## __VA_ARGS__); \
} while (0)

#endif /* _KSHIM_KUNIT_TEST_BUG_H */
