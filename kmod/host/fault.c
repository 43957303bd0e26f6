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

#include "host.h"

/*
 * The panic and its deferred calls run below the frame of the function that failed, where the
 * kernel has printed its oops. On some architectures they run below those of the exception.
 */
#define KDEFER_FAULT_STACK	(THREAD_SIZE / 16 * (KDEFER_ARCH_REPORT_PARTS + 1))

/* The faults that become panics where the architecture provides for all of them. */
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
	kdefer_arch_trap();
}
NOKPROBE_SYMBOL(kdefer_fault_entry);

/*
 * For some faults the kernel calls the notifiers before it looks into the exception table. An
 * instruction with an entry there is expected to fault, and the kernel continues at the fixup that
 * the entry names. Such a fault must not become a panic.
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

static bool kdefer_returns_to_library(unsigned long ip)
{
	return kdefer_is_library(ip - 1);
}

/*
 * A bad pointer that the module has handed to a function of the kernel that holds nothing, and
 * perhaps that one to another one.
 */
static bool kdefer_fault_in_library(const struct module *owner, struct pt_regs *regs)
{
	if (!kdefer_is_library(instruction_pointer(regs)))
		return false;
	return within_module(kdefer_arch_fault_caller(regs, kdefer_returns_to_library) - 1, owner);
}

/*
 * Whether the fault happened in the module that has called kdefer_set_panic_on_fault(), with enough
 * stack left for the panic and its deferred calls.
 */
static bool kdefer_fault_is_ours(const struct kdefer_task *task, struct pt_regs *regs)
{
	unsigned long sp = kernel_stack_pointer(regs);
	unsigned long ip = instruction_pointer(regs);

	if (sp > task->stack_hi || sp < task->stack_lo + KDEFER_FAULT_STACK)
		return false;
	if (ip >= PAGE_SIZE && !within_module(ip, task->fault_owner))
		return kdefer_fault_in_library(task->fault_owner, regs);
	if (ip >= PAGE_SIZE)
		return !kdefer_fault_has_fixup(task->fault_owner, ip);
	/*
	 * After a call through a NULL pointer the instruction pointer lies in no module, so the
	 * return address decides. It lies in the module, or in kdefer: when kdefer has called a
	 * deferred function that ends in a tail call of NULL, no return address of the module is
	 * left.
	 */
	ip = kdefer_arch_fault_caller(regs, NULL);
	return within_module(ip, task->fault_owner) || within_module(ip, THIS_MODULE);
}

/*
 * What the kernel adds to preempt_count() for the call of the notifiers: it calls them in an RCU
 * read-side section, which disables preemption unless RCU is preemptible.
 */
#define KDEFER_NOTIFIER_PREEMPT	(IS_ENABLED(CONFIG_PREEMPT_RCU) ? 0 : PREEMPT_DISABLE_OFFSET)

/*
 * A fault with a spinlock held or with interrupts off stays an oops, because the deferred calls
 * could not run there. If the newest KDEFER function was entered with interrupts off, its snapshot
 * has KDEFER_IRQS_DISABLED set, a bit that preempt_count() never has: the two differ, and its
 * faults stay oopses too.
 */
static u32 kdefer_fault_preempt_then(const struct kdefer_task *task)
{
	const struct kdefer_chunk *chunk = task->chunk;
	const struct kdefer *d = task->top;

	while (d != task->floor) {
		if (chunk->older && d == chunk->record + 1) {
			chunk = chunk->older;
			d = chunk->end;
			continue;
		}
		if ((--d)->owner & KDEFER_TOKEN)
			return kdefer_landing_of(kdefer_owner(d))->snapshot.preempt;
	}
	return task->barrier ? task->barrier->snapshot.preempt : 0;
}

static bool kdefer_fault_context_ok(const struct kdefer_task *task, struct pt_regs *regs,
				    int preempt_added)
{
	u32 then = kdefer_fault_preempt_then(task);

	then += KDEFER_NOTIFIER_PREEMPT + preempt_added;
	return kdefer_arch_fault_irqs_on(regs) && preempt_count() == then &&
	       !(current->flags & PF_EXITING);
}

/*
 * Whether a fault becomes a panic of the current task. @regs are the registers at the fault, and
 * @preempt_added is what the kernel has added to preempt_count() between the fault and the call of
 * the notifiers.
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

/*
 * Tells in the log, once, which of the promised faults this architecture does not turn into panics.
 */
static void kdefer_fault_say_limits(void)
{
	unsigned long missing = KDEFER_FAULT_KINDS & ~kdefer_arch_fault_kinds();

	if (!missing)
		return;
	pr_notice_once("kdefer: kdefer_set_panic_on_fault(): on this kernel%s%s%s%s stay oopses\n",
		       missing & BIT(KDEFER_FAULT_NULL) ? " page faults," : "",
		       missing & BIT(KDEFER_FAULT_DIVIDE) ? " divide errors," : "",
		       missing & BIT(KDEFER_FAULT_PROTECTION) ? " protection faults," : "",
		       missing & BIT(KDEFER_FAULT_BUG) ? " BUG() and invalid instructions" : "");
}

bool __kdefer_set_panic_on_fault(bool on, struct module *owner)
{
	struct kdefer_task *task = kdefer_current();
	bool old;

	WARN_ONCE(!task,
		  "kdefer_set_panic_on_fault(): outside of a KDEFER function; call it inside\n");
	if (!task)
		return false;
	if (on)
		kdefer_fault_say_limits();
	old = task->panic_on_fault;
	task->panic_on_fault = on && owner;
	task->fault_owner = owner;
	return old;
}
EXPORT_SYMBOL_GPL(__kdefer_set_panic_on_fault);
