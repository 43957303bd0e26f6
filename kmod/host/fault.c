// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults as panics.
 */
#include "host.h"

bool __kdefer_set_panic_on_fault(bool on, struct module *owner)
{
	struct kdefer_task *task = kdefer_current();
	bool old = task && task->panic_on_fault;

	if (task) {
		task->panic_on_fault = on;
		task->fault_owner = owner;
	}
	return old;
}
EXPORT_SYMBOL_GPL(__kdefer_set_panic_on_fault);
