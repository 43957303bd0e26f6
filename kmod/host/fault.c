// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults as panics: which of them, and how they are raised. An architecture hears of a fault, says
 * what it is, and makes the faulting code continue in kdefer_fault_entry().
 */
#include <linux/bits.h>
#include <linux/extable.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "host.h"

/* The panic and its deferred calls run below the frame of the function that failed. */
#define KDEFER_FAULT_STACK	SZ_2K

/* What __kdefer_set_panic_on_fault() promises. */
#define KDEFER_FAULT_KINDS	(BIT(KDEFER_FAULT_NULL) | BIT(KDEFER_FAULT_ADDRESS) |	\
				 BIT(KDEFER_FAULT_DIVIDE) | BIT(KDEFER_FAULT_BUG) |	\
				 BIT(KDEFER_FAULT_PROTECTION))

/*
 * The faulting code continues here, as if the instruction that failed had called this function. The
 * architecture puts the arguments into the registers that arguments are passed in.
 */
notrace void kdefer_fault_entry(unsigned long kind, unsigned long address, unsigned long ip,
				unsigned long error_code)
{
	struct kdefer_fault fault = {
		.kind = kind,
		.address = address,
		.ip = ip,
		.error_code = error_code,
	};

	kdefer_count(KDEFER_STAT_FAULTS);
	kdefer_raise_fault(&fault, ip);
	__builtin_trap();
}
NOKPROBE_SYMBOL(kdefer_fault_entry);

/*
 * The kernel asks whoever turns faults into panics of some faults before it looks for a fixup of
 * the instruction, at which it would go on. Such a fault is none.
 */
static bool kdefer_fault_has_fixup(const struct module *owner, unsigned long ip)
{
	const struct exception_table_entry *e = owner->extable;
	unsigned int i;

	for (i = 0; i < owner->num_exentries; i++)
		if ((unsigned long)&e[i].insn + e[i].insn == ip)
			return true;
	return false;
}

/* Whether the module that has asked for it has failed, on a stack with room for a panic. */
static bool kdefer_fault_is_ours(const struct kdefer_task *task, struct pt_regs *regs)
{
	unsigned long sp = kernel_stack_pointer(regs);
	unsigned long ip = instruction_pointer(regs);

	if (sp % sizeof(long) || sp > task->stack_hi || sp < task->stack_lo + KDEFER_FAULT_STACK)
		return false;
	if (ip >= PAGE_SIZE)
		return within_module(ip, task->fault_owner) &&
		       !kdefer_fault_has_fixup(task->fault_owner, ip);
	/*
	 * A call through a NULL pointer fails where no code is, and who has made the call counts: the
	 * module, or kdefer for a deferred function of the module that ends in a tail call of NULL.
	 */
	ip = kdefer_arch_fault_caller(regs);
	return within_module(ip, task->fault_owner) || within_module(ip, THIS_MODULE);
}

/*
 * What die notifiers are called in: a read-side section of RCU, which is one with preemption off where
 * that cannot be preempted.
 */
#define KDEFER_NOTIFIER_PREEMPT	(IS_ENABLED(CONFIG_PREEMPT_RCU) ? 0 : PREEMPT_DISABLE_OFFSET)

/*
 * With a lock held or interrupts off the thread could not go on, so such a fault stays an oops. The
 * recorded count has a bit for interrupts that preempt_count() never has: what happens in a function
 * that was entered with interrupts off stays an oops as well.
 */
static bool kdefer_fault_context_ok(const struct kdefer_task *task, struct pt_regs *regs,
				    int preempt_added)
{
	u32 then = task->frames ? task->frames->snapshot.preempt : 0;

	then += KDEFER_NOTIFIER_PREEMPT + preempt_added;
	return kdefer_arch_fault_irqs_on(regs) && preempt_count() == then &&
	       !(current->flags & PF_EXITING);
}

/*
 * Whether the fault that @regs are of becomes a panic of the current task. @preempt_added is what the
 * kernel has added to preempt_count() between the fault and the call of the notifiers.
 */
bool kdefer_fault_is_panic(struct pt_regs *regs, int preempt_added)
{
	struct kdefer_task *task;

	if (user_mode(regs))
		return false;
	task = kdefer_current();
	return task && task->panic_on_fault && kdefer_fault_is_ours(task, regs) &&
	       kdefer_fault_context_ok(task, regs, preempt_added);
}
NOKPROBE_SYMBOL(kdefer_fault_is_panic);

/* Who asks for more than there is gets what there is, and is told so in the log. */
static void kdefer_fault_say_limits(void)
{
	unsigned long missing = KDEFER_FAULT_KINDS & ~kdefer_arch_fault_kinds();

	if (!missing)
		return;
	pr_notice_once("kdefer: kdefer_set_panic_on_fault(): on this kernel%s%s%s%s stay what they are\n",
		       missing & BIT(KDEFER_FAULT_NULL) ? " page faults," : "",
		       missing & BIT(KDEFER_FAULT_DIVIDE) ? " divide errors," : "",
		       missing & BIT(KDEFER_FAULT_PROTECTION) ? " protection faults," : "",
		       missing & BIT(KDEFER_FAULT_BUG) ? " BUG() and invalid instructions" : "");
}

bool __kdefer_set_panic_on_fault(bool on, struct module *owner)
{
	struct kdefer_task *task = kdefer_current();
	bool old;

	if (WARN_ONCE(!task, "kdefer_set_panic_on_fault(): outside of a KDEFER function; call it inside\n"))
		return false;
	if (on)
		kdefer_fault_say_limits();
	old = task->panic_on_fault;
	task->panic_on_fault = on && owner;
	task->fault_owner = owner;
	return old;
}
EXPORT_SYMBOL_GPL(__kdefer_set_panic_on_fault);
