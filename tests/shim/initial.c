// SPDX-License-Identifier: GPL-2.0-only
/*
 * initial deadlock|exit|return|panic: what becomes of a process whose initial thread is kdefer's
 * (rule G12).
 */

#include <kdefer/kdefer.h>
#include <kdefer-shim.h>
#include <stdlib.h>
#include <string.h>
#include <linux/delay.h>
#include <linux/printk.h>

static bool exits;

static void step(void *what)
{
	pr_info("%s\n", (char *)what);
}

static void other(void *unused)
{
	msleep(100);
	step("the other thread goes on");
	if (exits)
		exit(3);
}

static KDEFER_DEFINE1(int, goexits, int, argc)
{
	kdefer(step, "deferred by main");
	if (kdefer_go(other, NULL))
		return 1;
	kgoexit(0);
}

static int shim_main(int argc, char **argv)
{
	exits = !strcmp(argv[1], "exit");
	if (!strcmp(argv[1], "return"))
		return 4;
	if (!strcmp(argv[1], "panic"))
		kpanic(-EIO);
	return goexits(argc);
}

int main(int argc, char **argv)
{
	return argc == 2 ? shim_run_main(shim_main, argc, argv) : 5;
}
