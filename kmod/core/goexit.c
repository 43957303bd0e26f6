// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goexit: every deferred call of the task, then its end.
 */
#include "impl.h"

static void kdefer_raise_goexit(struct kdefer_panic *p, long code, unsigned long ip)
{
	p->goexit = true;
	p->code = code;
	kdefer_event_goexit(code, ip);
	kdefer_raise(p);
	kdefer_arch_trap();
}

void __kdefer_goexit(long code)
{
	struct kdefer_panic p __uninitialized;

	kdefer_panic_begin(&p, "kgoexit");
	kdefer_raise_goexit(&p, code, (unsigned long)__builtin_return_address(0));
}
EXPORT_SYMBOL_GPL(__kdefer_goexit);

/*
 * A goexit of a thread that somebody else ends, in a way of his own: KUnit, for one. It goes on
 * behind each kdefer_run(), whose caller is to be ended as well, and ends at a thread of kdefer's,
 * which is nobody else's. Without a KDEFER function there is nothing to run first.
 */
void __kdefer_goexit_by(const struct kdefer_goexit_end *end)
{
	struct kdefer_panic p __uninitialized;

	if (!kdefer_current())
		end->fn(end->arg);
	kdefer_panic_begin(&p, "kgoexit");
	p.end = *end;
	kdefer_raise_goexit(&p, -ECANCELED, (unsigned long)__builtin_return_address(0));
}
EXPORT_SYMBOL_GPL(__kdefer_goexit_by);
