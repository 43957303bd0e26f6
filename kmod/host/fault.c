// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults as panics: the opt-in. What catches the faults is the architecture's.
 */
#include "host.h"

bool __kdefer_set_panic_on_fault(bool on, struct module *owner)
{
	struct kdefer_task *task = kdefer_current();
	bool old;

	if (WARN_ONCE(!task, "%s: outside of a KDEFER function; call it inside\n", __func__))
		return false;
	old = task->panic_on_fault;
	task->panic_on_fault = on && owner;
	task->fault_owner = owner;
	return old;
}
EXPORT_SYMBOL_GPL(__kdefer_set_panic_on_fault);
