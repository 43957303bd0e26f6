// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where kdefer can work: in a thread, and nowhere else.
 */
#include <linux/preempt.h>
#include <linux/smp.h>

#include "host.h"

const char *kdefer_host_wrong_context(void)
{
	if (likely(in_task()))
		return NULL;
	if (in_nmi())
		return "NMI";
	return in_hardirq() ? "hard IRQ" : "soft IRQ";
}

unsigned int kdefer_host_cpu(void)
{
	return raw_smp_processor_id();
}
