// SPDX-License-Identifier: GPL-2.0-only
/*
 * The folder in debugfs. Without debugfs there is none, and nothing else changes.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "host.h"

DEFINE_SHOW_ATTRIBUTE(kdefer_tasks);
DEFINE_SHOW_ATTRIBUTE(kdefer_stats);

static struct dentry *kdefer_dir;

void kdefer_debugfs_init(void)
{
	kdefer_dir = debugfs_create_dir("kdefer", NULL);
	debugfs_create_file("tasks", 0400, kdefer_dir, NULL, &kdefer_tasks_fops);
	debugfs_create_file("stats", 0400, kdefer_dir, NULL, &kdefer_stats_fops);
}

void kdefer_debugfs_exit(void)
{
	debugfs_remove(kdefer_dir);
}
