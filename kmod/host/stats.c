// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts of what happened since the module was loaded.
 */
#include <linux/percpu.h>
#include <linux/seq_file.h>

#include "host.h"

DEFINE_PER_CPU(u64[KDEFER_NR_STATS], kdefer_stats);

static const char * const kdefer_stat_names[] = {
	[KDEFER_STAT_PANICS] = "panics",
	[KDEFER_STAT_FAULTS] = "faults",
	[KDEFER_STAT_RECOVERIES] = "recoveries",
	[KDEFER_STAT_TAKE_OVERS] = "take_overs",
	[KDEFER_STAT_ABORTED] = "aborted",
	[KDEFER_STAT_UNCAUGHT] = "uncaught",
	[KDEFER_STAT_GOEXITS] = "goexits",
	[KDEFER_STAT_THROWS] = "throws",
	[KDEFER_STAT_THREADS_STARTED] = "threads_started",
	[KDEFER_STAT_THREADS_ENDED] = "threads_ended",
	[KDEFER_STAT_THREADS_KILLED] = "threads_killed",
	[KDEFER_STAT_ROOTS] = "roots",
	[KDEFER_STAT_SKIPPED] = "skipped",
	[KDEFER_STAT_CHUNKS] = "chunks",
};

static_assert(ARRAY_SIZE(kdefer_stat_names) == KDEFER_NR_STATS);

static u64 kdefer_stat_sum(enum kdefer_stat stat)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(kdefer_stats, cpu)[stat]);
	return sum;
}

int kdefer_stats_show(struct seq_file *m, void *v)
{
	int stat;

	for (stat = 0; stat < KDEFER_NR_STATS; stat++)
		seq_printf(m, "%-16s%llu\n", kdefer_stat_names[stat], kdefer_stat_sum(stat));
	return 0;
}
