// SPDX-License-Identifier: GPL-2.0-only
/*
 * Throws: what is said when going on would be wrong, and nobody can recover.
 */
#include "impl.h"

static const char *kdefer_throw_anchor(enum kdefer_throw_reason reason)
{
	static const char * const anchors[] = {
#define KDEFER_REASON(number, name, text, anchor)	\
	[number] = anchor,
#include "throw_reasons.h"
#undef KDEFER_REASON
	};

	return anchors[reason];
}

/* An interrupt is not the doing of the thread that it came upon. */
static void kdefer_print_where(const char *wrong_context)
{
	if (wrong_context)
		pr_emerg("kdefer: throw in %s context on CPU %u, interrupted thread %s[%d]\n",
			 wrong_context, kdefer_host_cpu(), current->comm, task_pid_nr(current));
	else
		pr_emerg("kdefer: throw in thread %s[%d]\n", current->comm,
			 task_pid_nr(current));
}

/*
 * The runtime's own invariants are broken, or the context forbids to go on. Prints the pending
 * chain and the reason, as Go does (rule X8), and gives up the thread. The user's code is not
 * called any more.
 *
 * Weak for objtool, which does not ask whether a weak function ever returns: after a call with
 * arguments on the stack, compilers take them off before the trap.
 */
__weak void (kdefer_throw)(enum kdefer_throw_reason reason, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	struct kdefer_task *task = NULL;
	const char *wrong = kdefer_host_wrong_context();
	bool chain = false;
	va_list args;

	if (!wrong)
		task = kdefer_current();
	kdefer_host_report_begin();
	if (task)
		chain = kdefer_print_chain(task, false);
	va_start(args, fmt);
	vaf.va = &args;
	kdefer_event_throw(reason, &vaf);
	pr_emerg("%sfatal error: %pV (reason %d, %s)\n", chain ? "\t" : "", &vaf, reason,
		 kdefer_throw_anchor(reason));
	va_end(args);
	kdefer_print_where(wrong);
	if (chain && task->panic && task->panic->panicking)
		kdefer_print_origin(&task->panic->shown.value);
	kdefer_print_here((unsigned long)__builtin_return_address(0));
	kdefer_host_report_end();
	__KDEFER_NORETURN(kdefer_host_oops());
}
