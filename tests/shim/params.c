// SPDX-License-Identifier: GPL-2.0-only
/* Prints its module parameters. */

#include <kdefer-shim.h>
#include <linux/module.h>
#include <linux/printk.h>

static int ints[3];
static unsigned int nr_ints;
module_param_array(ints, int, &nr_ints, 0444);

static char *words[2];
module_param_array(words, charp, NULL, 0444);

static char text[8] = "none";
module_param_string(text, text, sizeof(text), 0444);

static bool flag;
module_param(flag, bool, 0444);

static int print_them(int argc, char **argv)
{
	pr_info("ints %u: %d %d %d\n", nr_ints, ints[0], ints[1], ints[2]);
	pr_info("words %s %s\n", words[0], words[1]);
	pr_info("text %s flag %d rest %s\n", text, flag, argc > 1 ? argv[1] : "");
	return 0;
}

SHIM_MAIN(print_them)
