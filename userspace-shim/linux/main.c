// SPDX-License-Identifier: GPL-2.0-only
/* main() for a program that consists of modules only. In an archive, so that another's wins. */

#include "kshim-impl.h"

int main(int argc, char **argv)
{
	return kshim_main(argc, argv);
}
