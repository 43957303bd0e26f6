/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_KUNIT_RESOURCE_H
#define _KSHIM_KUNIT_RESOURCE_H

#include <kunit/test.h>

#endif /* _KSHIM_KUNIT_RESOURCE_H */
