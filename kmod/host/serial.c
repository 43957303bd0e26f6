// SPDX-License-Identifier: GPL-2.0-only
/*
 * Serial numbers: the identities of values, and tokens.
 */
#include <linux/percpu.h>
#include <linux/smp.h>

#include "host.h"

/*
 * The upper bits are the number of the CPU. So each CPU counts for itself, and tasks that panic at
 * the same time on several CPUs do not fight for a cache line.
 */
#define KDEFER_SERIAL_CPU_SHIFT		48

static DEFINE_PER_CPU(u64, kdefer_serial);

u64 kdefer_host_serial(void)
{
	u64 serial;
	int cpu = get_cpu();

	serial = this_cpu_inc_return(kdefer_serial);
	put_cpu();
	return (u64)(cpu + 1) << KDEFER_SERIAL_CPU_SHIFT | serial;
}
