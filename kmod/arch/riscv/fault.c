// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults as panics on riscv64: after a page fault the thread raises the panic where it would be
 * ended. A BUG() cannot be one: its breakpoint counts as an NMI, in which the kernel panics.
 */
#include <linux/bits.h>
#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <linux/notifier.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <asm/csr.h>
#include <asm/ptrace.h>

#include "../../host/host.h"
#include "../generic/task-dead.h"

/*
 * The CPU knows neither a divide error nor a general protection fault, so none of them is missed.
 */
unsigned long kdefer_arch_fault_kinds(void)
{
	unsigned long kinds = BIT(KDEFER_FAULT_DIVIDE) | BIT(KDEFER_FAULT_PROTECTION);

	if (kdefer_task_dead_hooked())
		kinds |= BIT(KDEFER_FAULT_NULL) | BIT(KDEFER_FAULT_ADDRESS);
	return kinds;
}

unsigned long kdefer_arch_fault_caller(struct pt_regs *regs, bool (*passed)(unsigned long ip))
{
	return regs->ra;
}

bool kdefer_arch_fault_irqs_on(struct pt_regs *regs)
{
	return regs->status & SR_PIE;
}

static int kdefer_die(struct notifier_block *nb, unsigned long val, void *data)
{
	struct die_args *args = data;
	struct kdefer_fault fault;

	if (val != DIE_OOPS || !args->regs || strcmp(args->str, "Oops") ||
	    !kdefer_task_dead_hooked())
		return NOTIFY_DONE;
	if (!kdefer_fault_is_panic(args->regs, PREEMPT_DISABLE_OFFSET + KDEFER_OOPS_PREEMPT))
		return NOTIFY_DONE;
	/* After a call of NULL it is who has made the call that has failed. */
	fault.ip = args->regs->epc;
	if (fault.ip < PAGE_SIZE)
		fault.ip = kdefer_arch_fault_caller(args->regs, NULL);
	fault.address = args->regs->badaddr;
	fault.error_code = args->regs->cause;
	fault.kind = fault.address < PAGE_SIZE ? KDEFER_FAULT_NULL : KDEFER_FAULT_ADDRESS;
	kdefer_task_dead_raise(&fault, args->regs->s0);
	return NOTIFY_STOP;
}
NOKPROBE_SYMBOL(kdefer_die);

/* Before all others: one that dumps ftrace, say, takes it that the machine is dying. */
static struct notifier_block kdefer_die_notifier = {
	.notifier_call = kdefer_die,
	.priority = INT_MAX,
};

/* Here nothing of an exception is left to be undone. */
void kdefer_arch_leave_exception(struct pt_regs *regs)
{
}
NOKPROBE_SYMBOL(kdefer_arch_leave_exception);

/* An instruction has two bytes or four; who looks for its function takes one off. */
void kdefer_arch_pretend_call(struct pt_regs *regs, unsigned long ip, unsigned long fp)
{
	regs->s0 = fp;
	regs->ra = ip + 2;
}
NOKPROBE_SYMBOL(kdefer_arch_pretend_call);

int kdefer_arch_fault_init(void)
{
	kdefer_task_dead_init();
	return register_die_notifier(&kdefer_die_notifier);
}

void kdefer_arch_fault_exit(void)
{
	unregister_die_notifier(&kdefer_die_notifier);
	kdefer_task_dead_exit();
}
