// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults as panics where the kernel ends the thread although a die notifier says that it is not to.
 *
 * A page fault of such an architecture calls make_task_dead() whatever the notifier answers. A
 * kprobe there makes the thread continue in a function that raises the panic. That runs on the
 * thread's stack, below the frames of the exception, which recovery skips. Nobody is to be told of
 * those as of functions that held something: what follows frame pointers goes from the one that
 * raises the panic to the one that has faulted, as if that had called it. What the exception has
 * changed elsewhere it has undone by then, or is undone by nothing that would still come: the
 * thread runs as if the exception had returned.
 */
#include <linux/kprobes.h>
#include <linux/printk.h>
#include <linux/ptrace.h>

#include "../../host/host.h"
#include "task-dead.h"

static bool hooked;

/* The thread continues here, with what was on its stack when it called make_task_dead(). */
static notrace void kdefer_raise_instead(void)
{
	struct kdefer_task *task = kdefer_current();
	struct kdefer_fault fault = task->fault;

	kdefer_fault_entry(fault.kind, fault.address, fault.ip, fault.error_code);
}
NOKPROBE_SYMBOL(kdefer_raise_instead);

static int kdefer_task_dead(struct kprobe *p, struct pt_regs *regs)
{
	/* Not kdefer_current(): a breakpoint may count as an NMI. */
	struct kdefer_task *task = kdefer_current_in_trap();

	if (!task)
		return 0;
	if (!task->fault_pending) {
		kdefer_arch_leave_exception(regs);
		return 0;
	}
	task->fault_pending = false;
	kdefer_arch_pretend_call(regs, task->fault.ip, task->fault_fp);
	instruction_pointer_set(regs, (unsigned long)kdefer_raise_instead);
	return 1;
}
NOKPROBE_SYMBOL(kdefer_task_dead);

static struct kprobe kdefer_task_dead_probe = {
	.symbol_name = "make_task_dead",
	.pre_handler = kdefer_task_dead,
};

void kdefer_task_dead_init(void)
{
	hooked = !register_kprobe(&kdefer_task_dead_probe);
}

void kdefer_task_dead_exit(void)
{
	if (hooked)
		unregister_kprobe(&kdefer_task_dead_probe);
}

bool kdefer_task_dead_hooked(void)
{
	return hooked;
}

void kdefer_task_dead_raise(const struct kdefer_fault *fault, unsigned long fp)
{
	struct kdefer_task *task = kdefer_current();

	task->fault = *fault;
	task->fault_fp = fp;
	task->fault_pending = true;
}
NOKPROBE_SYMBOL(kdefer_task_dead_raise);
