// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goexit: every deferred call of the task, then its end.
 */
#include "impl.h"

void __kdefer_goexit(long code)
{
	struct kdefer_panic p __uninitialized;

	kdefer_panic_init(&p, "kgoexit");
	p.goexit = true;
	p.code = code;
	kdefer_event_goexit(code, (unsigned long)__builtin_return_address(0));
	kdefer_raise(&p);
}
EXPORT_SYMBOL_GPL(__kdefer_goexit);
