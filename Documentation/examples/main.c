// SPDX-License-Identifier: GPL-2.0-only
/* Lets an example end as a program once its module_init() has run. */
#include <kdefer-shim.h>

static int example_main(int argc, char **argv)
{
	return 0;
}

SHIM_MAIN(example_main)
