// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a concept, or an example of the manual, end as a program once its module_init() has run; a
 * kernel module stays loaded.
 */
#include <kdefer-shim.h>

static int shim_main(int argc, char **argv)
{
	return 0;
}

SHIM_MAIN(shim_main)
